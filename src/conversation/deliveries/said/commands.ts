import {
  continueThreads,
  conversationsFor,
  type Places,
  settleAddresses,
  touchThreads,
} from '#channels/index.ts';
import { placeStatuses, recordStatuses, type StatusReport } from '#messages/index.ts';
import type { Tx } from '#platform/db/db.ts';
import { lockMailboxes } from '#platform/mailbox.ts';
import { type ConversationDeps, putMail } from '../../commands.ts';
import { noteFiles, type ReceivedLetter } from '../../media/commands.ts';
import type { Mail } from '../../turn.ts';
import { type Brought, metBy, type ReadStatus, type SaidEvent, speakerOf, userChange } from '../who-wrote.ts';

/** Where what was said belongs, and how it gets there. */

/** What becomes of conversations that got mail, whose locks are held. */
export type Follow = (tx: Tx, conversationIds: readonly string[]) => Promise<void>;

/** Puts what was said into its mailboxes and statuses to their messages; `follow` then has the conversations that got mail. */
export async function takeIn(
  tx: Tx,
  deps: ConversationDeps,
  brought: readonly Brought[],
  statuses: readonly ReadStatus[],
  follow: Follow,
): Promise<void> {
  const places = await placesOf(tx, deps, brought, statuses);
  const placed = await placeStatuses(
    tx,
    deps.sealer,
    statuses.map(({ status }) => reportOf(status)),
  );
  // Every lock that these deliveries need, at once and in order.
  const conversationIds = [...places.said.values(), ...placed].map((place) => place.conversationId);
  lockMailboxes(tx, [...conversationIds, ...places.alsoLock]);
  await settleAddresses(tx, deps.sealer, places.owed);
  // Whose key seals is read under the mailboxes' locks: a turn may just have changed it.
  const subjects = await touchThreads(tx, [...places.said.values()]);
  continueThreads(tx, places.continued);
  await recordStatuses(tx, deps, placed);
  const letters = brought.flatMap((each) => letterOf(each, places.said, subjects));
  const woken = await putMail(tx, deps, letters);
  await noteFiles(tx, deps, letters);
  await follow(tx, woken);
}

function reportOf({ externalId, ourId, status, code, at }: ReadStatus['status']): StatusReport {
  return { externalId, ourId, status, code, at };
}

/** A notice of the provider's, or what was said to the user, is no message of theirs: it does not open the service window. */
const neverWrote = '1970-01-01T00:00:00.000Z';

const wroteAt = ({ type, at, content }: SaidEvent) =>
  type === 'echo' || content.kind === 'identity-change' ? neverWrote : at;

/** Where something was said, and when the patient wrote last. */
type Place = {
  readonly conversationId: string;
  readonly channel: string;
  readonly accountId: string;
  readonly at: string;
  readonly now: string;
};

type PlacesOfSaid = Omit<Places, 'conversationIds' | 'changed'> & {
  readonly said: ReadonlyMap<Brought, Place>;
};

/**
 * The conversations of all that was said. What the provider says of a user whom nobody knows has none: it is about nobody's chat.
 */
async function placesOf(
  tx: Tx,
  deps: Pick<ConversationDeps, 'sealer'>,
  brought: readonly Brought[],
  statuses: readonly ReadStatus[],
): Promise<PlacesOfSaid> {
  const changes = brought.flatMap((each) => userChange(each) ?? []);
  const spoken = brought.filter((each) => !changes.some(({ of }) => of === each));
  const { conversationIds, changed, ...rest } = await conversationsFor(tx, deps.sealer, {
    senders: spoken.map(({ delivery, message }) => ({
      accountId: delivery.accountId,
      user: speakerOf(message),
      at: message.at,
    })),
    changes,
    met: statuses.flatMap(metBy),
  });
  const said = new Map<Brought, Place>();
  const put = (each: Brought | undefined, conversationId: string | undefined) => {
    if (each === undefined || conversationId === undefined) return;
    const { channel, accountId, receivedAt: now } = each.delivery;
    said.set(each, { conversationId, channel, accountId, at: wroteAt(each.message), now });
  };
  for (const [i, each] of spoken.entries()) put(each, conversationIds[i]);
  for (const [i, { of }] of changes.entries()) put(of, changed[i]);
  return { ...rest, said };
}

/** Makes a repeat harmless, whichever way it comes. */
export function letterName(channel: string, accountId: string, { externalId }: SaidEvent): string {
  return `${channel}/${accountId}/${externalId}`;
}

function letterOf(
  each: Brought,
  said: ReadonlyMap<Brought, Place>,
  subjects: ReadonlyMap<string, string>,
): readonly ReceivedLetter[] {
  const conversationId = said.get(each)?.conversationId;
  const subject = subjects.get(conversationId ?? '');
  if (conversationId === undefined || subject === undefined) return [];
  const { channel, accountId } = each.delivery;
  const name = letterName(channel, accountId, each.message);
  const { at: sentAt } = each.message;
  return [{ conversationId, subject, name, sentAt, mail: mailOf(each.message), channel, accountId }];
}

function mailOf(said: SaidEvent): Mail {
  const { externalId, at, content } = said;
  if (said.type === 'echo') return { kind: 'echo', externalId, at, by: said.by, content };
  const standby = said.standby ? { standby: true as const } : {};
  return { kind: 'message', externalId, at, from: said.from, content, ...standby };
}
