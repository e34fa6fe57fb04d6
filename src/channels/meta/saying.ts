import { unreachable } from '#kernel/decider.ts';
import type { OutboundContent, RenderRefusal } from '../channel.ts';
import type { Json } from '../json.ts';
import { fitsButtons, fitsList, numbered, type Question, refusalOf, wellFormed } from '../question.ts';
import { tooLong } from '../refusal.ts';
import { capabilities } from './capabilities.ts';
import { template } from './template.ts';

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
    case 'contact-request':
      return contactRequest(content);
    default:
      return unreachable(content);
  }
}

function plain(text: string): Json | RenderRefusal {
  const body = text.toWellFormed();
  if (body.trim() === '') return { refused: 'EMPTY', field: 'text' };
  if (body.length > capabilities.textChars) return tooLong('text', capabilities.textChars, body.length);
  // No preview: fetching the page behind a private one-time link would be its one use.
  return { type: 'text', text: { body, preview_url: false } };
}

function question(asked: Question): Json | RenderRefusal {
  const wrong = refusalOf(asked);
  if (wrong !== undefined) return wrong;
  const said = wellFormed(asked);
  if (fitsButtons(said, capabilities.buttons)) return buttons(said);
  if (fitsList(said, capabilities.list)) return listOf(said);
  return plain(numbered(said));
}

/** Until May 2026 under the name `contact_request`. */
function contactRequest({
  text,
  otherwise,
}: Extract<OutboundContent, { kind: 'contact-request' }>): Json | RenderRefusal {
  const body = text.toWellFormed();
  const limits = capabilities.contactRequest;
  if (limits === 'no' || body.trim() === '' || body.length > limits.bodyChars) return saying(otherwise);
  const name = 'request_contact_info';
  return { type: 'interactive', interactive: { type: name, body: { text: body }, action: { name } } };
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
