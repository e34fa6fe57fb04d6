import type { Body } from '../provider/provider.ts';
import type { Content } from './accounts.ts';
import { TwilioError } from './errors.ts';
import { maxBodyChars } from './limits.ts';

/** WhatsApp: quick replies in the service window, and in a template that it has approved. */
const maxButtons = { session: 3, approved: 10 } as const;
const maxTitleChars = 20;
const maxApprovedTitleChars = 25;
const maxIdChars = 200;
const maxRows = 10;
const maxRowChars = 24;
const maxDescriptionChars = 72;
/** Of a body above buttons or a list, and of a template's. */
const maxRichBodyChars = 1024;

/** A content with its variables set. */
export type Filled = {
  readonly body: string;
  readonly shown: Body;
  /** False where WhatsApp refuses it: a label too long, two the same, too many. */
  readonly isFit: boolean;
};

/** Sets the variables into the content. Throws 21656 where one is missing, or they cannot be read. */
export function fill(content: Content, written: string | null): Filled {
  const values = readVariables(written ?? '{}');
  for (let number = 1; number <= content.variables; number++) {
    const value = values.get(String(number));
    if (value === undefined || value === '' || value.length > maxBodyChars) throw new TwilioError(21656);
  }
  const set = (text: string) =>
    text.replaceAll(/\{\{(\d+)\}\}/g, (place, number: string) => values.get(number) ?? place);
  const body = set(content.body);
  const buttons = (content.buttons ?? []).map(({ title, id = title }) => ({
    id: set(id),
    title: set(title),
  }));
  const rows = (content.list?.items ?? []).map(({ item, id, description }) => ({
    id: set(id),
    title: set(item),
    ...(description === undefined ? {} : { description: set(description) }),
  }));
  const isFit = body.length <= maxRichBodyChars || (buttons.length === 0 && rows.length === 0);
  return {
    body,
    isFit: isFit && areButtonsFit(buttons, content.approved) && areRowsFit(rows),
    shown: shownAs(content, body, buttons, rows),
  };
}

function shownAs(
  { approved, list }: Content,
  text: string,
  buttons: NonNullable<Body['buttons']>,
  rows: readonly { id: string; title: string; description?: string }[],
): Body {
  if (list !== undefined) return { kind: 'list', text, list: { label: list.button, sections: [{ rows }] } };
  const some = buttons.length === 0 ? {} : { buttons };
  if (approved) return { kind: 'template', text, ...some };
  return { kind: buttons.length === 0 ? 'text' : 'buttons', text, ...some };
}

function areButtonsFit(buttons: NonNullable<Body['buttons']>, isApproved: boolean): boolean {
  const titleChars = isApproved ? maxApprovedTitleChars : maxTitleChars;
  return (
    buttons.length <= (isApproved ? maxButtons.approved : maxButtons.session) &&
    new Set(buttons.map(({ title }) => title)).size === buttons.length &&
    buttons.every(({ id, title }) => isOneLine(title, titleChars) && id.length <= maxIdChars)
  );
}

function areRowsFit(rows: readonly { id: string; title: string; description?: string }[]): boolean {
  return (
    rows.length <= maxRows &&
    new Set(rows.map(({ id }) => id)).size === rows.length &&
    rows.every(
      ({ id, title, description = '' }) =>
        isOneLine(title, maxRowChars) && id.length <= maxIdChars && description.length <= maxDescriptionChars,
    )
  );
}

function isOneLine(text: string, maxChars: number): boolean {
  return text.trim() !== '' && text.length <= maxChars && !/[\n\r\t]/.test(text);
}

function readVariables(written: string): ReadonlyMap<string, string> {
  let fields: unknown;
  try {
    fields = JSON.parse(written);
  } catch {
    throw new TwilioError(21656);
  }
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) throw new TwilioError(21656);
  const entries = Object.entries(fields).map(([name, value]): [string, string] => {
    if (typeof value !== 'string') throw new TwilioError(21656);
    return [name, value];
  });
  return new Map(entries);
}
