import type { Choice } from '../channel.ts';
import type { Question } from '../meta/choices.ts';
import type { Json } from '../meta/json.ts';
import {
  maxButtonBodyChars,
  maxButtonPayloadChars,
  maxButtons,
  maxButtonTitleChars,
  maxListBodyChars,
  maxListLabelChars,
  maxListPayloadChars,
  maxListRows,
  maxListTitleChars,
} from './limits.ts';

/** Whether the question can be shown as buttons as it stands: nothing is ever cut off to make it fit. */
export function fitsButtons(question: Question): boolean {
  return (
    question.choices.length <= maxButtons &&
    question.text.length <= maxButtonBodyChars &&
    fitActions(question.choices, maxButtonTitleChars, maxButtonPayloadChars)
  );
}

export function fitsList(question: Question): boolean {
  return (
    question.choices.length <= maxListRows &&
    question.text.length <= maxListBodyChars &&
    isLabel(question.listLabel, maxListLabelChars) &&
    fitActions(question.choices, maxListTitleChars, maxListPayloadChars)
  );
}

/** An action is a label and what comes back: a choice with a description needs the numbered text. */
function fitActions(choices: readonly Choice[], titleChars: number, payloadChars: number): boolean {
  return (
    new Set(choices.map((choice) => choice.title.trim())).size === choices.length &&
    choices.every(
      (choice) =>
        isLabel(choice.title, titleChars) &&
        choice.id.length <= payloadChars &&
        choice.description === undefined,
    )
  );
}

/** Controls show one line. */
function isLabel(title: string, maxChars: number): boolean {
  return title.trim() !== '' && title.length <= maxChars && !/[\n\r\t]/.test(title);
}

/** https://docs.bird.com/api/channels-api/message-types/text */
export function buttons({ text, choices }: Question): Json {
  return { type: 'text', text: { text, actions: choices.map(postback) } };
}

/**
 * One item: then the list has no sections, and its actions are the rows. The title names the control that opens it.
 * https://docs.bird.com/api/channels-api/message-types/list
 */
export function listOf({ text, choices, listLabel }: Question): Json {
  return { type: 'list', list: { title: listLabel, text, items: [{ actions: choices.map(postback) }] } };
}

function postback({ id, title }: Choice): Json {
  return { type: 'postback', postback: { text: title, payload: id } };
}
