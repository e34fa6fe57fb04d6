import type { ChannelEvent, Delivery } from '../channel.ts';
import { isRecord, type Json } from '../json.ts';
import { notice } from '../meta/notice.ts';
import { readMessage } from './message.ts';
import { readInteraction, readStatus } from './status.ts';

/** Words of Bird's events: `whatsapp.inbound`, `channel.created`. */
const eventShape = /^[a-z][a-z-]{0,39}\.[a-z][a-z._-]{0,39}$/;

/** Events of the service `channels` that are no message and no status. */
const documentedEvents: ReadonlySet<string> = new Set([
  'channel.created',
  'channel.updated',
  'channel.deleted',
]);

type Reader = (payload: Json, receivedAt: string) => readonly ChannelEvent[];

const readers: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ['whatsapp.inbound', readMessage],
  ['whatsapp.outbound', (payload, receivedAt) => [readStatus(payload, receivedAt)]],
  ['whatsapp.interaction', (payload, receivedAt) => [readInteraction(payload, receivedAt)]],
]);

/**
 * Every event of a delivery of the Bird Channels API: one message, one status or one notice, but for a message with several files.
 * Nothing is deduplicated. Throws `SyntaxError` where the body is no JSON, or not the envelope of this API; the events of Bird's
 * platform API and of MessageBird's Conversations API are not. Its message never repeats any of the body.
 *
 * @param delivery `receivedAt` stands for the time where the message tells none.
 */
export function parse(delivery: Pick<Delivery, 'body' | 'receivedAt'>): ChannelEvent[] {
  const envelope = readJson(delivery.body);
  if (!isRecord(envelope) || typeof envelope.event !== 'string' || !('payload' in envelope)) {
    throw new SyntaxError('expected the envelope of the Bird Channels API');
  }
  const { service, payload } = envelope;
  const event = eventShape.test(envelope.event) ? envelope.event : undefined;
  if (event === undefined) return [notice('event.unnamed', envelope, false)];
  const isOurs = service === 'channels' || service === undefined;
  const reader = isOurs ? readers.get(event) : undefined;
  if (reader === undefined) return [notice(event, envelope, isOurs && documentedEvents.has(event))];
  if (!isRecord(payload)) return [notice(`${event}.malformed`, payload, false)];
  return [...reader(payload, delivery.receivedAt)];
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
