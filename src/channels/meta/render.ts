import type { HttpRequest } from '#kernel/http.ts';
import type { ChannelUser, OutboundContent, OutboundMessage, RenderRefusal } from '../channel.ts';
import type { Json } from '../json.ts';
import { isRefusal, tooLong } from '../refusal.ts';
import type { MetaAccount } from './account.ts';
import { saying } from './saying.ts';

// https://developers.facebook.com/documentation/business-messaging/whatsapp/reference/whatsapp-business-phone-number/message-api
const maxCallbackDataChars = 512;

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

/**
 * A phone number goes into `to`, with its plus: without one, Meta would put the practice's own country code before it.
 * A user id goes into `recipient`: in `to`, Meta accepts it and then delivers to nobody.
 */
function address(user: ChannelUser): Json | undefined {
  const digits = /^\+?(\d{5,20})$/.exec(user.phone ?? '')?.[1];
  if (digits !== undefined) return { to: `+${digits}` };
  return user.userId ? { recipient: user.userId } : undefined;
}
