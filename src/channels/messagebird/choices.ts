import type { Json } from '../json.ts';
import { fitsButtons, fitsList, type Question } from '../question.ts';
import { capabilities } from './capabilities.ts';

/** The question as reply buttons or as a list, or undefined where it fits neither as it stands: nothing is ever cut off. */
export function controls(question: Question): Json | undefined {
  if (fitsButtons(question, capabilities.buttons)) return buttons(question);
  return fitsList(question, capabilities.list) ? listOf(question) : undefined;
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
