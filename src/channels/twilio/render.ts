import { unreachable } from '#kernel/decider.ts';
import type { HttpRequest } from '#kernel/http.ts';
import type { OutboundContent, OutboundMessage, RenderRefusal } from '../channel.ts';
import { isRefusal, tooLong } from '../refusal.ts';
import type { TwilioAccount } from './account.ts';
import { basic, messagesUrl } from './auth.ts';
import { maxOurIdChars } from './limits.ts';
import { ourIdParam } from './parse.ts';
import { address } from './people.ts';
import { plain } from './plain.ts';
import { question } from './question.ts';
import type { Said } from './said.ts';
import { template } from './template.ts';

/** Asks Twilio to repeat a status callback that we did not take: by default it does so only where nothing answered. */
const callbackOverrides = '#rc=5&rp=ct,rt,5xx';

/**
 * The request that sends the message, or why it cannot be said. Nothing is ever cut off to make it fit.
 *
 * https://www.twilio.com/docs/messaging/api/message-resource
 */
export function render(message: OutboundMessage, account: TwilioAccount): HttpRequest | RenderRefusal {
  const { id, to, content } = message;
  if (content.kind === 'read') return typing(content, account);
  if (id === '') return { refused: 'EMPTY', field: 'id' };
  if (id.length > maxOurIdChars) return tooLong('id', maxOurIdChars, id.length);
  const recipient = address(to);
  if (recipient === undefined) return { refused: 'NO_RECIPIENT', field: 'to' };
  const said = saying(content, account);
  if (isRefusal(said)) return said;
  return post(messagesUrl(account), account, {
    To: recipient,
    From: `whatsapp:+${account.sender}`,
    ...(account.messagingServiceSid && { MessagingServiceSid: account.messagingServiceSid }),
    ...said,
    ...(account.statusCallbackUrl && { StatusCallback: callback(account.statusCallbackUrl, id) }),
  });
}

function saying(
  content: Exclude<OutboundContent, { kind: 'read' }>,
  account: TwilioAccount,
): Said | RenderRefusal {
  switch (content.kind) {
    case 'text':
      return plain(content.text);
    case 'choices':
      return question(content, account.questions);
    case 'template':
      return template(content, account.templates);
    case 'contact-request':
      return saying(content.otherwise, account);
    default:
      return unreachable(content);
  }
}

/**
 * Twilio marks a message as read only by showing that an answer is being written.
 * https://www.twilio.com/docs/whatsapp/api/typing-indicators-resource
 */
function typing(
  content: Extract<OutboundContent, { kind: 'read' }>,
  account: TwilioAccount,
): HttpRequest | RenderRefusal {
  if (content.externalId === '') return { refused: 'EMPTY', field: 'externalId' };
  if (!content.typing || !account.typing) return { refused: 'NOT_OFFERED', field: 'kind' };
  const base = account.messagingUrl.replace(/\/+$/, '');
  // A message with several files is several to us; to Twilio it has one id.
  const [messageId = ''] = content.externalId.split('/');
  return post(`${base}/v2/Indicators/Typing.json`, account, { messageId, channel: 'whatsapp' });
}

/** Our id in the query, with whatever stands there already; a fragment is for Twilio alone and is not signed. */
function callback(url: string, ourId: string): string {
  const [base = ''] = url.split('#');
  const separator = base.includes('?') ? '&' : '?';
  return `${base}${separator}${ourIdParam}=${encodeURIComponent(ourId.toWellFormed())}${callbackOverrides}`;
}

function post(url: string, account: TwilioAccount, params: Said): HttpRequest {
  return {
    method: 'POST',
    url,
    headers: {
      authorization: basic(account),
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    },
    body: new URLSearchParams(params).toString(),
  };
}
