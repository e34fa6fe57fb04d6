import { unreachable } from '#kernel/decider.ts';
import type { Choice, OutboundContent, RenderRefusal } from '../channel.ts';
import { fitsButtons, fitsList, numbered, type Question } from './choices.ts';
import type { Json } from './json.ts';
import { maxTextChars } from './limits.ts';
import { template, tooLong } from './template.ts';

export function isRefusal(body: Json | RenderRefusal): body is RenderRefusal {
  return 'refused' in body;
}

/**
 * What is said, as the inner object of a message: `type`, and under it what the type needs. Whom it is for and by whom stands around
 * it, and differs: providers that pass Meta's own objects on (Vonage's `custom`) take the very same.
 */
export function saying(content: Exclude<OutboundContent, { kind: 'read' }>): Json | RenderRefusal {
  switch (content.kind) {
    case 'text':
      return plain(content.text);
    case 'choices':
      return question(content);
    case 'template':
      return template(content);
    default:
      return unreachable(content);
  }
}

function plain(text: string): Json | RenderRefusal {
  const body = text.toWellFormed();
  if (body.trim() === '') return { refused: 'EMPTY', field: 'text' };
  if (body.length > maxTextChars) return tooLong('text', maxTextChars, body.length);
  // No preview: fetching the page behind a private one-time link would be its one use.
  return { type: 'text', text: { body, preview_url: false } };
}

function question(asked: Question): Json | RenderRefusal {
  const wrong = firstWrong(asked);
  if (wrong !== undefined) return wrong;
  const text = asked.text.toWellFormed();
  const choices = asked.choices.map(wellFormed);
  const said = { ...asked, text, choices };
  if (fitsButtons(said)) return buttons(said);
  if (fitsList(said)) return listOf(said);
  return plain(numbered(said));
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
  return { id: choice.id, title, ...(description?.trim() && { description }) };
}

function buttons({ text, choices }: Question): Json {
  return {
    type: 'interactive',
    interactive: {
      type: 'button',
      body: { text },
      action: { buttons: choices.map(({ id, title }) => ({ type: 'reply', reply: { id, title } })) },
    },
  };
}

/** One section: then it needs no title of its own. */
function listOf({ text, choices, listLabel }: Question): Json {
  return {
    type: 'interactive',
    interactive: {
      type: 'list',
      body: { text },
      action: { button: listLabel, sections: [{ rows: choices }] },
    },
  };
}
