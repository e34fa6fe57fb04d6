import type { ChannelEvent, MessageStatus } from '../channel.ts';
import { filled, id, type Json, present, record, word } from '../json.ts';
import { nameOf, readCode } from './errors.ts';
import { notice } from './notice.ts';
import { readPerson } from './people.ts';
import { instant } from './time.ts';

/**
 * MessageBird's statuses of what was sent: ours, or `underway` where nothing has become of the message yet, or nothing that we act on.
 * https://developers.messagebird.com/api/conversations/ ; the list is the Go SDK's.
 */
const statuses: ReadonlyMap<string, MessageStatus | 'underway'> = new Map([
  ['accepted', 'underway'],
  ['pending', 'underway'],
  ['dispatched', 'underway'],
  ['buffered', 'underway'],
  ['delayed', 'underway'],
  ['unknown', 'underway'],
  // Said of what came in, and of what somebody removed from MessageBird's own inbox: the patient still has it.
  ['received', 'underway'],
  ['deleted', 'underway'],
  // Handed over to WhatsApp.
  ['transmitted', 'sent'],
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'read'],
  ['rejected', 'failed'],
  ['failed', 'failed'],
  ['delivery_failed', 'failed'],
  ['expired', 'failed'],
  // E-mail's.
  ['opened', 'underway'],
  ['clicked', 'underway'],
  ['bounce', 'underway'],
  ['spam_complaint', 'underway'],
  ['out_of_bounded', 'underway'],
  ['list_unsubscribe', 'underway'],
]);

/** Whether the status says that the message will not arrive. */
export function isFailure(status: unknown): boolean {
  return typeof status === 'string' && statuses.get(status) === 'failed';
}

/** Why a message failed: our name for the error's code, else MessageBird's status (`EXPIRED`). */
export function failureCode(message: Json): string {
  const code = readCode(record(message.error).code);
  return code === undefined ? String(message.status).toUpperCase() : nameOf(code);
}

/**
 * The state of a message that was sent. It belongs to a message of ours by its id, so it is good without a recipient: then `recipient`
 * is empty. Statuses come in any order and more than once; ranking them is the reader's task.
 *
 * @param ref our id from the query of the report URL, which only MessageBird's signature makes trustworthy
 */
export function readStatus(
  message: Json,
  contact: Json,
  ref: string | undefined,
  receivedAt: string,
): ChannelEvent {
  const externalId = id(message.id);
  if (externalId === undefined) return notice('status.without-id', message, false);
  const name = word(message.status);
  const status = name === undefined ? undefined : statuses.get(name);
  if (status === undefined || status === 'underway') {
    return notice(`status.${name ?? 'unnamed'}`, externalId, status !== undefined);
  }
  const at = instant(message.updatedDatetime) ?? instant(message.createdDatetime) ?? instant(receivedAt);
  if (at === undefined) return notice('status.without-time', [externalId, status], false);
  return present({
    type: 'status' as const,
    externalId,
    status,
    at,
    recipient: readPerson(message.to, contact),
    ourId: ref ?? filled(record(message.source).ref),
    code: status === 'failed' ? failureCode(message) : undefined,
    receiver: id(message.channelId),
  });
}
