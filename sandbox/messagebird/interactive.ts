import { invalid } from './errors.ts';
import { distinct, type Json, list, object, text } from './fields.ts';

const path = 'content.interactive';

/** Refuses an `interactive` object that WhatsApp would refuse. MessageBird's buttons are flat, where Meta nests `reply`. */
export function checkInteractive(value: unknown): void {
  const interactive = object(value, path);
  const type = text(interactive.type, `${path}.type`, 64);
  const action = object(interactive.action, `${path}.action`);
  switch (type) {
    case 'button':
      text(object(interactive.body, `${path}.body`).text, `${path}.body.text`, 1024);
      checkButtons(action);
      return;
    case 'list':
      text(object(interactive.body, `${path}.body`).text, `${path}.body.text`, 4096);
      checkList(action);
      return;
    default:
      throw invalid(`${path}.type`, 'is not supported');
  }
}

function checkButtons(action: Json): void {
  const at = `${path}.action.buttons`;
  const buttons = list(action.buttons, at, 3).map((each, index) => {
    const button = object(each, `${at}[${index}]`);
    if (button.type !== 'reply') throw invalid(`${at}[${index}].type`, 'must be reply');
    return {
      id: text(button.id, `${at}[${index}].id`, 256),
      title: label(button.title, `${at}[${index}].title`, 20),
    };
  });
  distinct(
    buttons.map(({ id }) => id),
    `${at}.id`,
  );
  distinct(
    buttons.map(({ title }) => title),
    `${at}.title`,
  );
}

function checkList(action: Json): void {
  label(action.button, `${path}.action.button`, 20);
  const at = `${path}.action.sections`;
  const sections = list(action.sections, at, 10).map((each, index) => object(each, `${at}[${index}]`));
  const rows = sections.flatMap((section, index) => {
    if (sections.length > 1) text(section.title, `${at}[${index}].title`, 24);
    return list(section.rows, `${at}[${index}].rows`, 10).map((each) => {
      const row = object(each, `${at}[${index}].rows`);
      if (row.description !== undefined) text(row.description, `${at}[${index}].rows.description`, 72);
      return {
        id: text(row.id, `${at}[${index}].rows.id`, 200),
        title: label(row.title, `${at}[${index}].rows.title`, 24),
      };
    });
  });
  if (rows.length > 10) throw invalid(at, 'must have at most 10 rows');
  distinct(
    rows.map(({ id }) => id),
    `${at}.rows.id`,
  );
}

function label(value: unknown, at: string, max: number): string {
  const title = text(value, at, max);
  if (/[\n\r\t]/.test(title)) throw invalid(at, 'must be one line');
  return title;
}
