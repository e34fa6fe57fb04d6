import type { Choice, OutboundContent, RenderRefusal } from '../channel.ts';
import { numbered } from '../meta/choices.ts';
import type { QuestionContent } from './account.ts';
import {
  maxButtonBodyChars,
  maxButtonIdChars,
  maxButtons,
  maxButtonTitleChars,
  maxListBodyChars,
  maxListDescriptionChars,
  maxListIdChars,
  maxListLabelChars,
  maxListRows,
  maxListTitleChars,
} from './limits.ts';
import { plain } from './plain.ts';
import type { Said } from './refusal.ts';
import { contentOf } from './template.ts';

type Question = Extract<OutboundContent, { kind: 'choices' }>;

/**
 * The question by a content of the account's that has its shape: buttons, else a list. Where there is none, or it does not fit, it is
 * numbered text, which can be answered with the number or the words.
 */
export function question(asked: Question, contents: readonly QuestionContent[]): Said | RenderRefusal {
  const wrong = firstWrong(asked);
  if (wrong !== undefined) return wrong;
  const said = { ...asked, text: asked.text.toWellFormed(), choices: asked.choices.map(wellFormed) };
  const { choices } = said;
  const buttons = fitsButtons(said) ? find(contents, 'buttons', choices.length) : undefined;
  if (buttons !== undefined) {
    const values = [said.text, ...choices.flatMap(({ title, id }) => [title, id])];
    return contentOf(buttons.contentSid, values);
  }
  // A content's rows have a second line or have none: an empty one is no row that WhatsApp takes.
  const described = choices.filter(({ description }) => description !== undefined).length;
  const isUniform = described === 0 || described === choices.length;
  const list =
    isUniform && fitsList(said) ? find(contents, 'list', choices.length, described > 0) : undefined;
  if (list === undefined) return plain(numbered(said));
  const rows = choices.flatMap(({ title, id, description }) =>
    description === undefined ? [title, id] : [title, id, description],
  );
  return contentOf(list.contentSid, [said.text, said.listLabel.toWellFormed(), ...rows]);
}

function find(
  contents: readonly QuestionContent[],
  shape: QuestionContent['shape'],
  choices: number,
  descriptions = false,
): QuestionContent | undefined {
  return contents.find(
    (content) =>
      content.shape === shape &&
      content.choices === choices &&
      (shape === 'buttons' || (content.descriptions ?? false) === descriptions),
  );
}

function firstWrong({ text, choices }: Question): RenderRefusal | undefined {
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

function wellFormed(choice: Choice): Choice {
  const title = choice.title.toWellFormed();
  const description = choice.description?.toWellFormed();
  return { id: choice.id.toWellFormed(), title, ...(description?.trim() && { description }) };
}

/** Whether it can be shown as it stands: nothing is ever cut off to make it fit. */
function fitsButtons({ text, choices }: Question): boolean {
  return (
    choices.length <= maxButtons &&
    text.length <= maxButtonBodyChars &&
    haveDistinctTitles(choices) &&
    choices.every(
      ({ id, title, description }) =>
        isLabel(title, maxButtonTitleChars) && id.length <= maxButtonIdChars && description === undefined,
    )
  );
}

function fitsList({ text, choices, listLabel }: Question): boolean {
  return (
    choices.length <= maxListRows &&
    text.length <= maxListBodyChars &&
    isLabel(listLabel, maxListLabelChars) &&
    haveDistinctTitles(choices) &&
    choices.every(
      ({ id, title, description }) =>
        isLabel(title, maxListTitleChars) &&
        id.length <= maxListIdChars &&
        (description ?? '').length <= maxListDescriptionChars &&
        !/[\n\r\t]/.test(description ?? ''),
    )
  );
}

/** Controls show one line; WhatsApp refuses line breaks in them. */
function isLabel(title: string, maxChars: number): boolean {
  return title.trim() !== '' && title.length <= maxChars && !/[\n\r\t]/.test(title);
}

/** WhatsApp refuses the same title twice, and nobody could tell the two apart. */
function haveDistinctTitles(choices: readonly Choice[]): boolean {
  return new Set(choices.map(({ title }) => title.trim())).size === choices.length;
}
