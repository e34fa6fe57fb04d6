import { unreachable } from '#kernel/decider.ts';
import type { HttpRequest } from '#kernel/http.ts';
import type { ChannelUser, Choice, OutboundContent, OutboundMessage, RenderRefusal } from '../channel.ts';
import type { MetaAccount } from './account.ts';
import { fitsButtons, fitsList, numbered, type Question } from './choices.ts';
import type { Json } from './json.ts';
import { maxCallbackDataChars, maxTextChars } from './limits.ts';
import { template, tooLong } from './template.ts';

type Sender = Pick<MetaAccount, 'baseUrl' | 'apiVersion' | 'phoneNumberId' | 'accessToken'>;

/** The request that sends the message, or why it cannot be said. Nothing is ever cut off to make it fit. */
export function render(message: OutboundMessage, account: Sender): HttpRequest | RenderRefusal {
  const { id, to, content } = message;
  const body = content.kind === 'read' ? readReceipt(content) : outbound(id, to, content);
  if (isRefusal(body)) return body;
  const base = account.baseUrl.replace(/\/+$/, '');
  return {
    method: 'POST',
    url: `${base}/${account.apiVersion}/${encodeURIComponent(account.phoneNumberId)}/messages`,
    headers: { authorization: `Bearer ${account.accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

function isRefusal(body: Json | RenderRefusal): body is RenderRefusal {
  return 'refused' in body;
}

function readReceipt(content: {
  readonly externalId: string;
  readonly typing: boolean;
}): Json | RenderRefusal {
  if (content.externalId === '') return { refused: 'EMPTY', field: 'externalId' };
  return {
    messaging_product: 'whatsapp',
    status: 'read',
    message_id: content.externalId,
    ...(content.typing && { typing_indicator: { type: 'text' } }),
  };
}

function outbound(
  id: string,
  to: ChannelUser,
  content: Exclude<OutboundContent, { kind: 'read' }>,
): Json | RenderRefusal {
  if (id === '') return { refused: 'EMPTY', field: 'id' };
  if (id.length > maxCallbackDataChars) return tooLong('id', maxCallbackDataChars, id.length);
  const recipient = address(to);
  if (recipient === undefined) return { refused: 'NO_RECIPIENT', field: 'to' };
  const said = saying(content);
  if (isRefusal(said)) return said;
  return {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    ...recipient,
    ...said,
    biz_opaque_callback_data: id,
  };
}

function saying(content: Exclude<OutboundContent, { kind: 'read' }>): Json | RenderRefusal {
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

/**
 * A phone number goes into `to`, with its plus: without one, Meta would put the practice's own country code before it.
 * A user id goes into `recipient`: in `to`, Meta accepts it and then delivers to nobody.
 */
function address(user: ChannelUser): Json | undefined {
  const digits = /^\+?(\d{5,20})$/.exec(user.phone ?? '')?.[1];
  if (digits !== undefined) return { to: `+${digits}` };
  return user.userId ? { recipient: user.userId } : undefined;
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
