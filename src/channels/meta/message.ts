import type { ChannelEvent, ChannelUser, EchoedBy } from '../channel.ts';
import { id, isRecord, type Json, present, record } from '../json.ts';
import { readContent } from './content.ts';
import { notice } from './notice.ts';
import { introduce, isNobody, type People, readUser } from './people.ts';
import { instant } from './time.ts';

/**
 * One element of `messages`. It needs an id (or a repeat could not be told), a time (or the service window would be
 * counted from a guess) and a sender (or it would have no conversation); one that lacks any of them is a notice,
 * which names what is missing. Everything else about it may be wrong: then its content is `unknown`.
 */
export function readMessage(
  raw: unknown,
  people: People,
  receiver: string | undefined,
  standby = false,
): ChannelEvent {
  if (!isRecord(raw)) return notice('message.malformed', raw, false);
  const externalId = id(raw.id);
  if (externalId === undefined) return notice('message.without-id', raw, false);
  // What is said in a group is said to the group: a private answer from the practice would expose who is its patient.
  if (raw.group_id !== undefined && raw.group_id !== null) return notice('group-message', externalId, true);
  // Removed by Meta in 2026: a chat was opened, nothing was said.
  if (raw.type === 'request_welcome') return notice('request_welcome', externalId, true);
  const at = instant(raw.timestamp);
  if (at === undefined) return notice('message.without-time', externalId, false);
  const from = introduce(readSender(raw), people);
  if (isNobody(from)) return notice('message.without-sender', externalId, false);
  const context = record(raw.context);
  return present({
    type: 'message' as const,
    externalId,
    at,
    from,
    content: readContent(raw),
    replyTo: id(context.id),
    forwarded: context.forwarded === true || context.frequently_forwarded === true || undefined,
    receiver,
    standby: standby || undefined,
  });
}

/**
 * One element of `message_echoes`: what was said to a user from the same number, in the app for businesses or by another app. It
 * needs what a message needs, with a recipient in the sender's place. Another app's may hold the message one level deeper.
 */
export function readEcho(
  raw: unknown,
  people: People,
  receiver: string | undefined,
  by: EchoedBy,
): ChannelEvent {
  if (!isRecord(raw)) return notice('echo.malformed', raw, false);
  const externalId = id(raw.id);
  if (externalId === undefined) return notice('echo.without-id', raw, false);
  if (raw.group_id !== undefined && raw.group_id !== null) return notice('group-echo', externalId, true);
  const at = instant(raw.timestamp);
  if (at === undefined) return notice('echo.without-time', externalId, false);
  const said = isRecord(raw.message) ? raw.message : raw;
  const to = [raw, said]
    .map((each) => readUser(each.to, each.to_user_id, each.to_parent_user_id))
    .find((user) => !isNobody(user));
  // Known to come so: the message's statuses name who it was for, the echo itself does not always.
  if (to === undefined) return notice('echo.without-recipient', externalId, true);
  const content = readContent(said);
  return present({ type: 'echo' as const, externalId, at, to: introduce(to, people), by, content, receiver });
}

/** A change of identity may name the user only inside: by the id they had, under which we know them, else by the new one. */
function readSender(message: Json): ChannelUser {
  const sender = readUser(message.from, message.from_user_id, message.from_parent_user_id);
  if (!isNobody(sender) || message.type !== 'system') return sender;
  const system = record(message.system);
  const before = readUser(undefined, system.previous_user_id);
  return isNobody(before) ? readUser(system.wa_id, system.user_id) : before;
}
