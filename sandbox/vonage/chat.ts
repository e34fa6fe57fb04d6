import { randomUUID } from 'node:crypto';
import { isObject, type Json } from '../meta/fields.ts';
import type { RenderedTemplate } from '../meta/template-send.ts';
import { knownOf, type VonageAccount, type WhatsAppUser } from './accounts.ts';
import { type ErrorCode, statusError } from './errors.ts';
import type { Send } from './send.ts';

/** A message of either side, seen from the business: `in` is what the user wrote. */
export type ChatMessage = {
  readonly uuid: string;
  readonly number: string;
  readonly userId: string | undefined;
  readonly direction: 'in' | 'out';
  readonly at: number;
  readonly type: string;
  readonly payload: unknown;
  readonly to: string;
  readonly clientRef: string | undefined;
  readonly replyTo: string | undefined;
  readonly status: 'submitted' | 'delivered' | 'read' | 'rejected';
  /** Why it was rejected. */
  readonly error?: ErrorCode;
  /** Of a template: as the phone shows it. */
  readonly rendered?: RenderedTemplate;
};

export function inbound(account: VonageAccount, user: WhatsAppUser, content: Json, at: number): ChatMessage {
  const type = String(content.message_type);
  return {
    uuid: randomUUID(),
    number: account.number,
    userId: user.id,
    direction: 'in',
    at,
    type,
    payload: content[type],
    to: account.number,
    clientRef: undefined,
    replyTo: isObject(content.context) ? String(content.context.message_uuid) : undefined,
    status: 'delivered',
  };
}

export function outbound(
  account: VonageAccount,
  { type, payload, to, clientRef, replyTo }: Send,
  user: WhatsAppUser | undefined,
  at: number,
): ChatMessage {
  return {
    uuid: randomUUID(),
    number: account.number,
    userId: user?.id,
    direction: 'out',
    at,
    type,
    payload,
    to,
    clientRef,
    replyTo,
    status: 'submitted',
  };
}

/** What the callback is told of a message that a user wrote. */
export function inboundWebhook(
  account: VonageAccount,
  user: WhatsAppUser,
  { uuid, at }: ChatMessage,
  content: Json,
  url: string,
): Json {
  const { address, ids, profile } = knownOf(user, account);
  return {
    channel: 'whatsapp',
    message_uuid: uuid,
    to: account.number,
    from: address,
    timestamp: isoSeconds(at),
    context_status: content.context === undefined ? 'none' : 'available',
    profile,
    ...(ids && { whatsapp: { sender: ids } }),
    ...content,
    _self: { href: `${url}/v1/messages/${uuid}` },
  };
}

/** What the callback is told of a message of the business. */
export function statusWebhook(
  account: VonageAccount,
  { uuid, to, clientRef }: ChatMessage,
  user: WhatsAppUser | undefined,
  status: string,
  nowMs: number,
  error?: ErrorCode,
): Json {
  const known = user === undefined || error !== undefined ? undefined : knownOf(user, account);
  return {
    message_uuid: uuid,
    to,
    from: account.number,
    timestamp: isoSeconds(nowMs),
    status,
    channel: 'whatsapp',
    ...(clientRef !== undefined && { client_ref: clientRef }),
    ...(error !== undefined && { error: statusError(error, randomUUID()) }),
    ...(status === 'submitted' && { usage: { currency: 'EUR', price: '0.0333' } }),
    ...(known && { profile: known.profile }),
    ...(known?.ids && { whatsapp: { recipient: known.ids } }),
  };
}

function isoSeconds(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}
