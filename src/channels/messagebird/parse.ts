import type { ChannelEvent, Delivery } from '../channel.ts';
import { filled, id, isRecord, type Json, present, record, word } from '../json.ts';
import { isNobody } from '../meta/people.ts';
import { readContent } from './content.ts';
import { notice } from './notice.ts';
import { readPerson } from './people.ts';
import { readStatus } from './status.ts';
import { instant } from './time.ts';

/** Our id in the query of the report URL. */
export const refParameter = 'ref';

/** Words that may stand in a log, with the dots that `word` does not take. */
const typeShape = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

const documentedTypes: ReadonlySet<string> = new Set([
  'message.created',
  'message.updated',
  'conversation.created',
  'conversation.updated',
]);

/**
 * The event of a delivery: one of MessageBird's webhooks holds one. Throws `SyntaxError` where the body is no JSON, or not MessageBird's
 * envelope; its message never repeats any of the body.
 * https://developers.messagebird.com/api/conversations/
 */
export function parse(delivery: Delivery): ChannelEvent[] {
  const envelope = readJson(delivery.body);
  // What is posted to a message's own report URL is known to hold the message; that it names its type is not confirmed.
  if (!isRecord(envelope) || (typeof envelope.type !== 'string' && !isRecord(envelope.message))) {
    throw new SyntaxError('expected the envelope of a MessageBird webhook');
  }
  return [readEvent(envelope, delivery)];
}

function readJson(body: Uint8Array): unknown {
  // Lenient: one broken byte in somebody's name must not cost the message.
  const json = new TextDecoder().decode(body);
  try {
    return JSON.parse(json);
  } catch {
    // The original error quotes the body.
    throw new SyntaxError('expected JSON');
  }
}

function readEvent(envelope: Json, { query, receivedAt }: Delivery): ChannelEvent {
  const type = typeof envelope.type === 'string' && typeShape.test(envelope.type) ? envelope.type : undefined;
  if (!isRecord(envelope.message)) return otherNotice(type, envelope);
  const { message } = envelope;
  const platform = word(message.platform);
  // A channel of another kind (SMS, e-mail) under the same webhook. WhatsApp's sandbox has a name that begins like WhatsApp's.
  if (platform !== undefined && !platform.startsWith('whatsapp')) {
    return notice(`platform.${platform}`, [message.id ?? null, type ?? null, message.status ?? null], true);
  }
  const contact = record(envelope.contact);
  if (message.direction === 'sent') return readStatus(message, contact, readRef(query), receivedAt);
  if (message.direction !== 'received') return notice('message.without-direction', envelope, false);
  // A change to what a patient said (seen or removed in MessageBird's own inbox): read as a message, it would be said twice.
  if (type !== 'message.created')
    return notice(`${type ?? 'untyped'}.received`, envelope, type === 'message.updated');
  return readMessage(message, contact, receivedAt);
}

function otherNotice(type: string | undefined, envelope: Json): ChannelEvent {
  if (type?.startsWith('message.')) return notice(`${type}.malformed`, envelope, false);
  return notice(type ?? 'untyped', envelope, type !== undefined && documentedTypes.has(type));
}

function readRef(query: string): string | undefined {
  const refs = new URLSearchParams(query).getAll(refParameter);
  return refs.length === 1 ? filled(refs[0]) : undefined;
}

/**
 * It needs an id (or a repeat could not be told) and a sender (or it would have no conversation); one that lacks either is a notice,
 * which names what is missing. Everything else about it may be wrong: then its content is `unknown`.
 */
function readMessage(message: Json, contact: Json, receivedAt: string): ChannelEvent {
  const externalId = id(message.id);
  if (externalId === undefined) return notice('message.without-id', message, false);
  const at = instant(message.createdDatetime) ?? instant(receivedAt);
  if (at === undefined) return notice('message.without-time', externalId, false);
  const from = readPerson(message.from, contact);
  if (isNobody(from)) return notice('message.without-sender', externalId, false);
  const content = record(message.content);
  return present({
    type: 'message' as const,
    externalId,
    at,
    from,
    content: readContent(message),
    replyTo: id(record(record(content.whatsappText).context).id),
    receiver: id(message.channelId),
  });
}
