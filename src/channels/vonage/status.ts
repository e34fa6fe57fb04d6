import type { ChannelEvent, MessageStatus } from '../channel.ts';
import { filled, id, type Json, present, record, word } from '../json.ts';
import { notice } from '../meta/notice.ts';
import { elsewhere, isElsewhere } from './elsewhere.ts';
import { nameOf, readCode } from './errors.ts';
import { readPerson, readReceiver } from './people.ts';
import { instant } from './time.ts';

/** https://developer.vonage.com/en/api/messages (message status) */
const statuses: ReadonlyMap<string, MessageStatus> = new Map([
  // Handed to WhatsApp.
  ['submitted', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'read'],
  // Vonage, or WhatsApp, would not have it; and: nobody could be reached.
  ['rejected', 'failed'],
  ['undeliverable', 'failed'],
]);

/**
 * The status of a message of ours. It belongs to it by its id, so it is good without a recipient. Here `from` is our number and `to`
 * the patient, the other way round than in a message. A status of a message that went another way in the end (failover) is told on
 * that channel, and is a notice: we send none.
 */
export function readStatus(raw: Json, receivedAt: string): ChannelEvent {
  const externalId = id(raw.message_uuid);
  if (externalId === undefined) return notice('status.without-id', raw, false);
  const name = word(raw.status);
  if (isElsewhere(raw.channel)) return elsewhere(raw.channel, [externalId, name]);
  const status = statuses.get(name ?? '');
  if (status === undefined) return notice(`status.${name ?? 'unnamed'}`, externalId, false);
  const code = status === 'failed' ? readCode(raw.error) : undefined;
  return present({
    type: 'status' as const,
    externalId,
    status,
    at: instant(raw.timestamp, receivedAt),
    recipient: readPerson(raw.to, record(raw.whatsapp).recipient, raw.profile),
    ourId: filled(raw.client_ref),
    code: code === undefined ? undefined : nameOf(code),
    receiver: readReceiver(raw.from),
  });
}
