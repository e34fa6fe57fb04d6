import type { RenderRefusal } from '../channel.ts';
import { fitsButtons, fitsList, numbered, type Question, refusalOf, wellFormed } from '../question.ts';
import type { QuestionContent } from './account.ts';
import { capabilities } from './capabilities.ts';
import { plain } from './plain.ts';
import type { Said } from './said.ts';
import { contentOf } from './template.ts';

/**
 * The question by a content of the account's that has its shape: buttons, else a list. Where there is none, or it does not fit, it is
 * numbered text, which can be answered with the number or the words.
 */
export function question(asked: Question, contents: readonly QuestionContent[]): Said | RenderRefusal {
  const wrong = refusalOf(asked);
  if (wrong !== undefined) return wrong;
  const said = wellFormed(asked);
  const { choices } = said;
  const buttons = fitsButtons(said, capabilities.buttons)
    ? find(contents, 'buttons', choices.length)
    : undefined;
  if (buttons !== undefined) {
    const values = [said.text, ...choices.flatMap(({ title, id }) => [title, id])];
    return contentOf(buttons.contentSid, values);
  }
  // A content's rows have a second line or have none: an empty one is no row that WhatsApp takes.
  const described = choices.filter(({ description }) => description !== undefined).length;
  const isUniform = described === 0 || described === choices.length;
  const list =
    isUniform && fitsList(said, capabilities.list)
      ? find(contents, 'list', choices.length, described > 0)
      : undefined;
  if (list === undefined) return plain(numbered(said));
  const rows = choices.flatMap(({ title, id, description }) =>
    description === undefined ? [title, id] : [title, id, description],
  );
  return contentOf(list.contentSid, [said.text, said.listLabel, ...rows]);
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
