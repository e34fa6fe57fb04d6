import type { ChannelEvent } from '../channel.ts';
import { id, type Json, present, record } from '../json.ts';
import { notice } from '../meta/notice.ts';
import { readContent } from './content.ts';
import { isNobody, readUser } from './people.ts';
import { firstInstant } from './time.ts';

/**
 * A message from a patient. It needs an id (or a repeat could not be told) and a sender (or it would have no conversation); one
 * that lacks either is a notice, which names what is missing. Everything else about it may be wrong: then its content is `unknown`.
 *
 * Several files in one message become an event each; all but the first carry the place behind the message's id.
 */
export function readMessage(payload: Json, receivedAt: string): readonly ChannelEvent[] {
  const externalId = id(payload.id);
  if (externalId === undefined) return [notice('message.without-id', payload, false)];
  // Said by the practice, so nothing to answer.
  if (payload.direction === 'outgoing') return [notice('message.outgoing', externalId, false)];
  const extra = record(record(payload.meta).extraInformation);
  const from = readUser(record(payload.sender).contact, extra);
  if (isNobody(from)) return [notice('message.without-sender', externalId, false)];
  // Meta's own time of the message; Bird's is that of its arrival there.
  const at = firstInstant(extra.timestamp, payload.createdAt, receivedAt);
  if (at === undefined) return [notice('message.without-time', externalId, false)];
  return readContent(payload).map((content, index) =>
    present({
      type: 'message' as const,
      externalId: index === 0 ? externalId : `${externalId}/${index}`,
      at,
      from,
      content,
      replyTo: id(record(payload.replyTo).id),
      receiver: id(payload.channelId),
    }),
  );
}
