import type { ChannelEvent, Found, MessageStatus } from '../channel.ts';
import { filled, id, type Json, list, present, record, word } from '../json.ts';
import { notice } from '../meta/notice.ts';
import { failureName } from './errors.ts';
import { readUser } from './people.ts';
import { firstInstant } from './time.ts';

/**
 * Bird's statuses in ours. `undefined` is a step on the way, or an end that needs no word (`deleted`).
 * https://docs.bird.com/api/channels-api/message-status-and-interactions
 */
const statuses: ReadonlyMap<string, MessageStatus | undefined> = new Map([
  ['accepted', undefined],
  ['queued', undefined],
  ['scheduled', undefined],
  ['processing', undefined],
  ['deleted', undefined],
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'read'],
  ['sending_failed', 'failed'],
  ['delivery_failed', 'failed'],
  ['failed', 'failed'],
  ['rejected', 'failed'],
  ['undeliverable', 'failed'],
  ['expired', 'failed'],
  ['skipped', 'failed'],
  ['canceled', 'failed'],
  ['cancelled', 'failed'],
]);

/** What the API says of a message that it lists or shows, in our words. */
export function statusIn(listed: Json): Pick<Found, 'status' | 'code'> {
  const name = word(listed.status);
  const status = name === undefined ? undefined : statuses.get(name);
  const code = name !== undefined && status === 'failed' ? failureName(listed, name) : undefined;
  return present({ status, code });
}

/** What a patient did with a message of ours, where it says that they have seen it. */
const seenInteractions: readonly unknown[] = ['read', 'opened'];

/**
 * The state of a message of ours (`whatsapp.outbound`). It belongs to the message by its id, so it is good without a recipient: then
 * `recipient` is empty. Statuses come in any order and more than once; ranking them is the reader's task.
 */
export function readStatus(payload: Json, receivedAt: string): ChannelEvent {
  const externalId = id(payload.id);
  if (externalId === undefined) return notice('status.without-id', payload, false);
  if (payload.direction === 'incoming') return notice('status.incoming', externalId, false);
  const name = word(payload.status);
  const status = name === undefined ? undefined : statuses.get(name);
  if (name === undefined || status === undefined) {
    return notice(
      `status.${name ?? 'unnamed'}`,
      [externalId, payload.lastStatusAt ?? null],
      statuses.has(name ?? ''),
    );
  }
  const at = firstInstant(payload.lastStatusAt, payload.updatedAt, receivedAt);
  if (at === undefined) return notice('status.without-time', [externalId, status], false);
  const [contact] = list(record(payload.receiver).contacts);
  return present({
    type: 'status' as const,
    externalId,
    status,
    at,
    recipient: readUser(contact, record(payload.meta).extraInformation),
    ourId: filled(payload.reference),
    code: status === 'failed' ? failureName(payload, name) : undefined,
    receiver: id(payload.channelId),
  });
}

/** What became of a message after it had arrived (`whatsapp.interaction`): that it was read, or else a notice. */
export function readInteraction(payload: Json, receivedAt: string): ChannelEvent {
  const type = word(payload.type) ?? word(record(payload.interaction).type);
  const externalId = id(payload.messageId) ?? id(record(payload.message).id);
  const at = firstInstant(payload.createdAt, payload.updatedAt, receivedAt);
  if (externalId === undefined || at === undefined || !seenInteractions.includes(type)) {
    return notice(`interaction.${type ?? 'unnamed'}`, payload, type !== undefined);
  }
  return present({
    type: 'status' as const,
    externalId,
    status: 'read' as const,
    at,
    recipient: readUser(record(payload.sender).contact, record(payload.meta).extraInformation),
    ourId: filled(payload.messageReference) ?? filled(payload.reference),
    receiver: id(payload.channelId),
  });
}
