import { unreachable } from '#kernel/decider.ts';
import type { HttpRequest } from '#kernel/http.ts';
import type { ChannelUser, OutboundContent, OutboundMessage, RenderRefusal } from '../channel.ts';
import type { Json } from '../json.ts';
import { fitsButtons, fitsList, numbered, type Question, refusalOf, wellFormed } from '../question.ts';
import { isRefusal, tooLong } from '../refusal.ts';
import type { BirdAccount } from './account.ts';
import { capabilities } from './capabilities.ts';
import { buttons, listOf } from './choices.ts';
import { maxReferenceChars } from './limits.ts';
import { template } from './template.ts';
import { messagesUrl } from './url.ts';

type Sender = Omit<BirdAccount, 'practiceId' | 'id' | 'signingKeys' | 'maxSignatureAgeMs'>;

/**
 * The request that sends the message by the Bird Channels API, or why it cannot be said. Nothing is ever cut off to make it fit.
 *
 * `reference` carries our id, and statuses bring it back. Nothing says that Bird refuses a second message of the same reference, so
 * a message that may have been sent must not be rendered again.
 * https://docs.bird.com/api/channels-api/supported-channels/programmable-whatsapp/sending-whatsapp-messages
 */
export function render(message: OutboundMessage, account: Sender): HttpRequest | RenderRefusal {
  const body = outbound(message, account);
  if (isRefusal(body)) return body;
  return {
    method: 'POST',
    url: messagesUrl(account),
    headers: { authorization: `AccessKey ${account.accessKey}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

function outbound({ id, to, content }: OutboundMessage, account: Sender): Json | RenderRefusal {
  // No message can be marked as read, and no typing shown.
  if (content.kind === 'read') return { refused: 'NOT_OFFERED', field: 'kind' };
  if (id === '') return { refused: 'EMPTY', field: 'id' };
  if (id.length > maxReferenceChars) return tooLong('id', maxReferenceChars, id.length);
  const contact = address(to);
  if (contact === undefined) return { refused: 'NO_RECIPIENT', field: 'to' };
  const said = saying(content, account);
  if (isRefusal(said)) return said;
  return { receiver: { contacts: [contact] }, ...said, reference: id };
}

function saying(content: Exclude<OutboundContent, { kind: 'read' }>, account: Sender): Json | RenderRefusal {
  switch (content.kind) {
    case 'text':
      return asBody(plain(content.text));
    case 'choices':
      return asBody(question(content, account.choices ?? 'interactive'));
    case 'template': {
      const filled = template(content, account);
      return isRefusal(filled) ? filled : { template: filled };
    }
    case 'contact-request':
      return saying(content.otherwise, account);
    default:
      return unreachable(content);
  }
}

function asBody(body: Json | RenderRefusal): Json | RenderRefusal {
  return isRefusal(body) ? body : { body };
}

/** The phone number where there are both, as everywhere. A user id goes out under its own key, and as it came. */
function address(user: ChannelUser): Json | undefined {
  const digits = /^\+?(\d{5,20})$/.exec(user.phone ?? '')?.[1];
  if (digits !== undefined) return { identifierKey: 'phonenumber', identifierValue: `+${digits}` };
  return user.userId ? { identifierKey: 'whatsappbsuid', identifierValue: user.userId } : undefined;
}

function plain(said: string): Json | RenderRefusal {
  const text = said.toWellFormed();
  if (text.trim() === '') return { refused: 'EMPTY', field: 'text' };
  if (text.length > capabilities.textChars) return tooLong('text', capabilities.textChars, text.length);
  return { type: 'text', text: { text } };
}

function question(asked: Question, as: 'interactive' | 'numbered'): Json | RenderRefusal {
  const wrong = refusalOf(asked);
  if (wrong !== undefined) return wrong;
  const said = wellFormed(asked);
  if (as === 'interactive' && fitsButtons(said, capabilities.buttons)) return buttons(said);
  if (as === 'interactive' && fitsList(said, capabilities.list)) return listOf(said);
  return plain(numbered(said));
}
