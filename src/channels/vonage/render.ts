import type { HttpRequest } from '#kernel/http.ts';
import type { ChannelUser, OutboundContent, OutboundMessage, RenderRefusal } from '../channel.ts';
import { type Json, record } from '../json.ts';
import { saying } from '../meta/saying.ts';
import { isRefusal, tooLong } from '../refusal.ts';
import type { VonageAccount } from './account.ts';
import { maxClientRefChars } from './limits.ts';

type Sender = Pick<VonageAccount, 'baseUrl' | 'updateBaseUrl' | 'number' | 'templateNamespace'>;

/** It becomes part of a path: no id of Vonage's (a UUID) has anything else in it. */
const messageIdShape = /^[A-Za-z0-9_-]{1,128}$/;

/**
 * The request that sends the message, without its authorization (`authorize`), or why it cannot be said. Nothing is ever cut off to
 * make it fit. Our id travels as `client_ref` and comes back in every status.
 *
 * https://developer.vonage.com/en/api/messages
 */
export function render(message: OutboundMessage, account: Sender): HttpRequest | RenderRefusal {
  const { id, to, content } = message;
  if (content.kind === 'read') return update(content, account);
  if (id === '') return { refused: 'EMPTY', field: 'id' };
  if (id.length > maxClientRefChars) return tooLong('id', maxClientRefChars, id.length);
  const recipient = address(to);
  if (recipient === undefined) return { refused: 'NO_RECIPIENT', field: 'to' };
  const said = saying(content);
  if (isRefusal(said)) return said;
  return request('POST', `${base(account.baseUrl)}/v1/messages`, {
    channel: 'whatsapp',
    from: account.number.replace(/^\+/, ''),
    to: recipient,
    ...asVonage(said, account),
    client_ref: id,
    webhook_version: 'v1',
  });
}

/**
 * Words go as Vonage's own text. Everything else goes as Meta's own object: only there do buttons, lists and the payloads of a
 * template's buttons have a place, and so Meta's limits are the limits.
 */
function asVonage(said: Json, { templateNamespace }: Sender): Json {
  if (said.type === 'text') return { message_type: 'text', text: record(said.text).body };
  const isNamespaced = said.type === 'template' && templateNamespace !== undefined;
  const custom = isNamespaced
    ? { ...said, template: { namespace: templateNamespace, ...record(said.template) } }
    : said;
  return { message_type: 'custom', custom };
}

/** Both kinds go into `to`: a phone number as digits without a plus, a user id whole, with its country and its dot. */
function address(user: ChannelUser): string | undefined {
  const digits = /^\+?(\d{5,20})$/.exec(user.phone ?? '')?.[1];
  return digits ?? (user.userId || undefined);
}

/**
 * Marks an inbound message as read. The message is known only in the region that took it: that region is the account's
 * (`updateBaseUrl`) and no part of the external id, which must stay the id that statuses and quotes name.
 *
 * https://developer.vonage.com/en/messages/concepts/whatsapp
 */
function update(
  { externalId, typing }: Extract<OutboundContent, { kind: 'read' }>,
  account: Sender,
): HttpRequest | RenderRefusal {
  if (externalId === '') return { refused: 'EMPTY', field: 'externalId' };
  if (!messageIdShape.test(externalId)) return { refused: 'NOT_OFFERED', field: 'externalId' };
  const url = `${base(account.updateBaseUrl ?? account.baseUrl)}/v1/messages/${externalId}`;
  return request('PATCH', url, {
    status: 'read',
    ...(typing && { replying_indicator: { show: true, type: 'text' } }),
  });
}

function request(method: 'POST' | 'PATCH', url: string, body: Json): HttpRequest {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  return { method, url, headers, body: JSON.stringify(body) };
}

function base(url: string): string {
  return url.replace(/\/+$/, '');
}
