import type { ChannelEvent, ChannelUser, InboundContent } from '../channel.ts';
import { filled, id, present } from '../json.ts';
import { readContents } from './content.ts';
import type { Params } from './form.ts';
import { notice } from './notice.ts';
import { isNobody, phoneIn, readUser, userIdIn } from './people.ts';

/**
 * A message that came in. It needs a sender, or it would have no conversation: without one it is a notice. Everything else about it may
 * be wrong: then its content is `unknown`. The first event has the message's own id; each further file that id with its number.
 */
export function readMessages(params: Params, externalId: string, at: string): ChannelEvent[] {
  const user = readSender(params);
  if (isNobody(user)) return [notice('message.without-sender', [externalId], false)];
  const from = present({ ...user, profileName: filled(params.get('ProfileName')) });
  const event = (content: InboundContent, index: number): ChannelEvent =>
    present({
      type: 'message' as const,
      externalId: index === 0 ? externalId : `${externalId}/${index}`,
      at,
      from,
      content,
      replyTo: id(params.get('OriginalRepliedMessageSid')),
      forwarded: isTrue(params.get('Forwarded')) || isTrue(params.get('FrequentlyForwarded')) || undefined,
      receiver: phoneIn(params.get('To')),
    });
  return readContents(params).map(event);
}

function readSender(params: Params): ChannelUser {
  // `WaId` first: it is the account's own number where `From` is spelled otherwise. With a hidden number it is missing or empty.
  const user = readUser(params.get('WaId'), params.get('From'), params.get('ExternalUserId'));
  const parent = userIdIn(params.get('ParentExternalUserId'));
  if (user.userId === undefined) return present({ ...user, userId: parent });
  return present({ ...user, parentUserId: parent === user.userId ? undefined : parent });
}

function isTrue(value: string | undefined): boolean {
  return value?.toLowerCase() === 'true';
}
