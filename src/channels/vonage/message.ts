import type { ChannelEvent } from '../channel.ts';
import { id, type Json, present, record } from '../json.ts';
import { notice } from '../meta/notice.ts';
import { isNobody } from '../meta/people.ts';
import { readContent } from './content.ts';
import { elsewhere, isElsewhere } from './elsewhere.ts';
import { readPerson, readReceiver } from './people.ts';
import { instant } from './time.ts';

/**
 * An inbound message. It needs an id (or a repeat could not be told) and a sender (or it would have no conversation); one that lacks
 * either is a notice, which names what is missing. Everything else about it may be wrong: then its content is `unknown`.
 */
export function readMessage(raw: Json, receivedAt: string): ChannelEvent {
  const externalId = id(raw.message_uuid);
  if (externalId === undefined) return notice('message.without-id', raw, false);
  if (isElsewhere(raw.channel)) return elsewhere(raw.channel, externalId);
  const from = readPerson(raw.from, record(raw.whatsapp).sender, raw.profile);
  if (isNobody(from)) return notice('message.without-sender', externalId, false);
  return present({
    type: 'message' as const,
    externalId,
    at: instant(raw.timestamp, receivedAt),
    from,
    content: readContent(raw),
    replyTo: id(record(raw.context).message_uuid),
    receiver: readReceiver(raw.to),
  });
}
