import type { ButtonsCapability, ListCapability } from './capabilities.ts';
import type { Choice, OutboundContent, RenderRefusal } from './channel.ts';

/** A question with choices, and what it can be shown as: all providers show WhatsApp's buttons and lists, each within limits of its own. */
export type Question = Pick<Extract<OutboundContent, { kind: 'choices' }>, 'text' | 'choices' | 'listLabel'>;

/** What is wrong with the question itself, whoever shows it. */
export function refusalOf({ text, choices }: Question): RenderRefusal | undefined {
  if (text.trim() === '') return { refused: 'EMPTY', field: 'text' };
  if (choices.length === 0) return { refused: 'EMPTY', field: 'choices' };
  const seen = new Set<string>();
  for (const [index, choice] of choices.entries()) {
    if (choice.id === '') return { refused: 'EMPTY', field: `choices.${index}.id` };
    if (choice.title.trim() === '') return { refused: 'EMPTY', field: `choices.${index}.title` };
    if (seen.has(choice.id)) return { refused: 'DUPLICATE_ID', field: `choices.${index}.id` };
    seen.add(choice.id);
  }
  return undefined;
}

/** The same question in whole characters, and without descriptions that say nothing. */
export function wellFormed({ text, choices, listLabel }: Question): Question {
  const whole = choices.map(({ id, title, description }): Choice => {
    const more = description?.trim() ? { description: description.toWellFormed() } : {};
    return { id: id.toWellFormed(), title: title.toWellFormed(), ...more };
  });
  return { text: text.toWellFormed(), choices: whole, listLabel: listLabel.toWellFormed() };
}

/** Whether a well-formed question can be shown as reply buttons as it stands: nothing is ever cut off to make it fit. */
export function fitsButtons({ text, choices }: Question, limits: ButtonsCapability): boolean {
  return (
    limits !== 'numbered' &&
    choices.length <= limits.max &&
    text.length <= limits.bodyChars &&
    haveDistinctTitles(choices) &&
    choices.every(
      ({ id, title, description }) =>
        isLabel(title, limits.titleChars) && id.length <= limits.idChars && description === undefined,
    )
  );
}

/** The same for a list. */
export function fitsList({ text, choices, listLabel }: Question, limits: ListCapability): boolean {
  return (
    limits !== 'numbered' &&
    choices.length <= limits.rows &&
    text.length <= limits.bodyChars &&
    isLabel(listLabel, limits.labelChars) &&
    haveDistinctTitles(choices) &&
    choices.every(
      ({ id, title, description }) =>
        isLabel(title, limits.titleChars) &&
        id.length <= limits.idChars &&
        (description === undefined || isLabel(description, limits.descriptionChars)),
    )
  );
}

/** The question as plain text, one numbered line per choice, so that it can be answered with a number or a name. */
export function numbered({ text, choices }: Question): string {
  const lines = choices.map(({ title, description }, index) => {
    const name = `${index + 1}. ${oneLine(title)}`;
    return description?.trim() ? `${name} – ${oneLine(description)}` : name;
  });
  return [text, '', ...lines].join('\n');
}

/** Controls show one line; WhatsApp refuses line breaks in them. */
function isLabel(title: string, maxChars: number): boolean {
  return title.trim() !== '' && title.length <= maxChars && !/[\n\r\t]/.test(title);
}

/** WhatsApp refuses a message with the same title twice, and nobody could tell the two apart. */
function haveDistinctTitles(choices: readonly Choice[]): boolean {
  return new Set(choices.map(({ title }) => title.trim())).size === choices.length;
}

function oneLine(value: string): string {
  return value.replaceAll(/\s+/g, ' ').trim();
}
