import { type ChannelEvent, type MessageStatus, messageStatuses } from '../channel.ts';
import { filled, id, isRecord, list, present, record, word } from '../json.ts';
import { nameOf, readCode } from './errors.ts';
import { notice } from './notice.ts';
import { introduce, type People, readUser } from './people.ts';
import { instant } from './time.ts';

/**
 * One element of `statuses`. It belongs to a message of ours by its id, so it is good without a recipient: then
 * `recipient` is empty. Statuses come in any order and more than once; ranking them is the reader's task.
 */
export function readStatus(raw: unknown, people: People, receiver: string | undefined): ChannelEvent {
  if (!isRecord(raw)) return notice('status.malformed', raw, false);
  const externalId = id(raw.id);
  if (externalId === undefined) return notice('status.without-id', raw, false);
  const name = word(raw.status);
  // One member's receipt is not the message's; and nothing of ours goes to groups.
  if (raw.recipient_type === 'group') {
    return notice('group-status', [externalId, name, raw.recipient_participant_id ?? null], true);
  }
  const status = messageStatuses.find((each): each is MessageStatus => each === name);
  if (status === undefined) return notice(`status.${name ?? 'unnamed'}`, externalId, false);
  const at = instant(raw.timestamp);
  if (at === undefined) return notice('status.without-time', [externalId, status], false);
  const code = status === 'failed' ? readCode(record(list(raw.errors)[0]).code) : undefined;
  // Until May 2026 under its other name.
  const parent = raw.recipient_parent_user_id ?? raw.parent_recipient_user_id;
  return present({
    type: 'status' as const,
    externalId,
    status,
    at,
    recipient: introduce(readUser(raw.recipient_id, raw.recipient_user_id, parent), people),
    ourId: filled(raw.biz_opaque_callback_data),
    code: code === undefined ? undefined : nameOf(code),
    receiver,
  });
}
