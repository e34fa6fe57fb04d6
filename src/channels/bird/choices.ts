import type { Choice } from '../channel.ts';
import type { Json } from '../json.ts';
import type { Question } from '../question.ts';

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
