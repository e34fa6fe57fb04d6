import type { ChannelEvent, ChannelUser } from '#channels/channel.ts';
import type { ReadDelivery, Sender, UserChange } from '#channels/index.ts';
import { ownPhoneIn } from '#channels/shared-contact.ts';

/** What the events of deliveries tell of who wrote. */

/** What was said in a chat: by the user, or to them and not by us. */
export type SaidEvent = Extract<ChannelEvent, { type: 'message' | 'echo' }>;

/** What was said, with the delivery that brought it. */
export type Brought = { readonly delivery: ReadDelivery; readonly message: SaidEvent };

export type ReadStatus = {
  readonly delivery: ReadDelivery;
  readonly status: Extract<ChannelEvent, { type: 'status' }>;
};

/** Whose chat it was said in; with the number that they shared because we asked for it. */
export function speakerOf(message: SaidEvent): ChannelUser {
  if (message.type === 'echo') return message.to;
  const phone = message.from.phone ?? ownPhoneIn(message.content);
  return phone === undefined ? message.from : { ...message.from, phone };
}

/** The user has another number, or another id. The notice may come from the old addresses, from the new ones, or from a mix. */
export function userChange(each: Brought): (UserChange & { readonly of: Brought }) | undefined {
  const { delivery, message } = each;
  if (message.type === 'echo' || message.content.kind !== 'identity-change') return undefined;
  const { userId, previousUserId, phone } = message.content;
  const { from, at } = message;
  const before = previousUserId ?? (from.userId === userId ? undefined : from.userId);
  return {
    of: each,
    accountId: delivery.accountId,
    was: {
      ...(before === undefined ? {} : { userId: before }),
      ...(from.phone === undefined || from.phone === phone ? {} : { phone: from.phone }),
    },
    is: { ...(userId === undefined ? {} : { userId }), ...(phone === undefined ? {} : { phone }) },
    at,
  };
}

/**
 * Whom a message of ours reached: the provider names them by number and id together, often before they ever write from behind a
 * username. One status of each message is enough.
 */
export function metBy({ delivery, status }: ReadStatus): readonly Sender[] {
  const { recipient, at } = status;
  const isTelling =
    status.status === 'delivered' && recipient.userId !== undefined && recipient.phone !== undefined;
  return isTelling ? [{ accountId: delivery.accountId, user: recipient, at }] : [];
}
