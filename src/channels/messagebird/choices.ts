import type { Choice } from '../channel.ts';
import type { Json } from '../meta/json.ts';
import { capabilities } from './capabilities.ts';
import {
  maxButtonBodyChars,
  maxButtonIdChars,
  maxListBodyChars,
  maxListIdChars,
  maxListLabelChars,
} from './limits.ts';

export type Question = {
  readonly text: string;
  readonly choices: readonly Choice[];
  readonly listLabel: string;
};

/** The question as reply buttons or as a list, or undefined where it fits neither as it stands: nothing is ever cut off. */
export function controls(question: Question): Json | undefined {
  if (fitsButtons(question)) return buttons(question);
  return fitsList(question) ? listOf(question) : undefined;
}

function fitsButtons({ text, choices }: Question): boolean {
  const { max, titleChars } = capabilities.buttons;
  return (
    choices.length <= max &&
    text.length <= maxButtonBodyChars &&
    haveDistinctTitles(choices) &&
    choices.every(
      ({ id, title, description }) =>
        isLabel(title, titleChars) && id.length <= maxButtonIdChars && !description?.trim(),
    )
  );
}

function fitsList({ text, choices, listLabel }: Question): boolean {
  const { rows, titleChars, descriptionChars } = capabilities.list;
  return (
    choices.length <= rows &&
    text.length <= maxListBodyChars &&
    isLabel(listLabel, maxListLabelChars) &&
    haveDistinctTitles(choices) &&
    choices.every(
      ({ id, title, description }) =>
        isLabel(title, titleChars) &&
        id.length <= maxListIdChars &&
        (description ?? '').length <= descriptionChars,
    )
  );
}

/** Controls show one line; WhatsApp refuses line breaks in them. */
function isLabel(title: string, maxChars: number): boolean {
  return title.trim() !== '' && title.length <= maxChars && !/[\n\r\t]/.test(title);
}

/** WhatsApp refuses a message with the same title twice, and nobody could tell the two apart. */
function haveDistinctTitles(choices: readonly Choice[]): boolean {
  return new Set(choices.map((choice) => choice.title.trim())).size === choices.length;
}

/** Flat, where Meta nests `reply`. https://developers.messagebird.com/api/conversations/#whatsappinteractivebutton-object */
function buttons({ text, choices }: Question): Json {
  return {
    type: 'button',
    body: { text },
    action: { buttons: choices.map(({ id, title }) => ({ id, type: 'reply', title })) },
  };
}

/** One section: then it needs no title of its own. */
function listOf({ text, choices, listLabel }: Question): Json {
  return { type: 'list', body: { text }, action: { button: listLabel, sections: [{ rows: choices }] } };
}
