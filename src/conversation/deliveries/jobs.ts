import type { ChannelEvent } from '#channels/channel.ts';
import {
  type Account,
  type Accounts,
  continueThreads,
  conversationsFor,
  type DeliveryKey,
  type DeliveryStore,
  type HeardNews,
  isConcerned,
  type Places,
  pausingNames,
  type ReadDelivery,
  readDeliveries,
  receiverOf,
  sameSigner,
  settleAddresses,
  ThreadRaced,
  touchThreads,
  UnreadableDelivery,
} from '#channels/index.ts';
import { placeStatuses, recordStatuses, type StatusReport } from '#messages/index.ts';
import { type BatchResult, createBatcher } from '#platform/batcher.ts';
import { isoNow } from '#platform/clock.ts';
import { meansOutage, type Tx } from '#platform/db/db.ts';
import { Hopeless, type RunningJob } from '#platform/job.ts';
import { knownMail, lockMailboxes } from '#platform/mailbox.ts';
import { type ConversationDeps, mailKeyOf, putMail, wakeConversations } from '../commands.ts';
import { noteFiles, type ReceivedLetter } from '../media/commands.ts';
import type { Mail } from '../turn.ts';
import { takeTurnsIn } from '../turns/commands.ts';
import { takeNews } from './commands.ts';
import { newsOf } from './news.ts';
import { type Brought, metBy, type ReadStatus, type SaidEvent, speakerOf, userChange } from './who-wrote.ts';

export type IngestDeps = ConversationDeps & {
  readonly accounts: Accounts;
  readonly deliveries: DeliveryStore;
};

/** Most deliveries that are read in one transaction, and most such transactions at the same time. */
const deliveriesPerBatch = 100;
const batchesInFlight = 2;

const pausing: ReadonlySet<string> = new Set(pausingNames);

type ToParse = { readonly practiceId: string; readonly key: DeliveryKey };

/**
 * The job of the `ingest` queue: reads one stored delivery. Messages go into the mailboxes of their conversations, whose turns are
 * taken at once; statuses to the messages that they are about; everything else is counted. All of it in one transaction, which
 * deliveries of one practice that come together share, so a delivery is read whole or not at all; a repeat changes nothing.
 */
export function parseDelivery(deps: IngestDeps): (job: RunningJob) => Promise<void> {
  const batcher = createBatcher<ToParse, readonly ForOther[]>({
    keyOf: ({ practiceId }) => practiceId,
    work: (practiceId, items) =>
      parseAndAnswer(
        deps,
        practiceId,
        items.map(({ key }) => key),
      ),
    maxItems: deliveriesPerBatch,
    maxInFlight: batchesInFlight,
  });
  return async ({ data }) => {
    const key = { deliveryId: String(data.deliveryId), day: String(data.day) };
    const others = await batcher.add({ practiceId: String(data.practiceId), key });
    for (const { account, body, query } of others) await deps.deliveries.store(account, { body, query });
  };
}

type Parsed = BatchResult<readonly ForOther[]>;

/**
 * What a message leads to is decided in the transaction that reads it. Where that fails, or nothing is known of the practice, the
 * message is kept all the same, and a job of its own takes its turn.
 */
async function parseAndAnswer(
  deps: IngestDeps,
  practiceId: string,
  keys: readonly DeliveryKey[],
): Promise<readonly Parsed[]> {
  // The batcher finds the one that fails; its message is kept, whatever is wrong with its turn.
  return await answering(deps, practiceId, keys.length === 1, (tx, follow) =>
    parseIn(tx, deps, keys, follow),
  );
}

/** Reads and answers in one transaction; where that fails and it is to be kept all the same, reads, and leaves the turns to jobs. */
async function answering<T>(
  deps: ConversationDeps,
  practiceId: string,
  isKept: boolean,
  read: (tx: Tx, follow: Follow) => Promise<T>,
): Promise<T> {
  const wake: Follow = (tx, woken) => wakeConversations(tx, deps, woken);
  const practice = deps.practice(practiceId);
  if (practice === undefined) return await twice(deps, practiceId, (tx) => read(tx, wake));
  try {
    return await twice(deps, practiceId, (tx) =>
      read(tx, async (inTx, woken) => void (await takeTurnsIn(inTx, deps, practice, woken))),
    );
  } catch (error) {
    if (!isKept || meansOutage(error)) throw error;
    return await twice(deps, practiceId, (tx) => read(tx, wake));
  }
}

/** What becomes of conversations that got mail, whose locks are held. */
type Follow = (tx: Tx, conversationIds: readonly string[]) => Promise<void>;

async function twice<T>(
  deps: ConversationDeps,
  practiceId: string,
  work: (tx: Tx) => Promise<T>,
): Promise<T> {
  try {
    return await deps.db.tx(practiceId, work);
  } catch (error) {
    // Two first deliveries of one user raced, or an erasure was first. Ours waited for it, so it finds what holds now.
    if (error instanceof ThreadRaced) return await deps.db.tx(practiceId, work);
    throw error;
  }
}

/**
 * Reads what a provider listed and we do not have, as if it had been delivered; a webhook that comes late is a repeat. It is kept,
 * whatever is wrong with its turn. Returns how many there were.
 */
export async function readListed(
  deps: Omit<IngestDeps, 'deliveries'>,
  account: Account,
  events: readonly ChannelEvent[],
): Promise<number> {
  const { practiceId, channel, id: accountId } = account;
  const said = events.filter((event) => event.type === 'message');
  if (said.length === 0) return 0;
  return await answering(deps, practiceId, true, async (tx, follow) => {
    const named = said.map((event) => ({
      event,
      key: mailKeyOf(tx, deps, letterName(channel, accountId, event)),
    }));
    const known = await knownMail(
      tx,
      named.map(({ key }) => key),
    );
    const fresh = named.filter(({ key }) => !known.has(key.toString('hex'))).map(({ event }) => event);
    const receivedAt = isoNow(deps.clock);
    const delivery = { channel, accountId, receivedAt, body: Buffer.alloc(0), query: '', events: fresh };
    const ours = ownEvents(deps, delivery, account).filter((event) => event.type === 'message');
    if (ours.length > 0)
      await takeIn(
        tx,
        deps,
        ours.map((message) => ({ delivery, message })),
        [],
        follow,
      );
    return ours.length;
  });
}

type ForOther = { readonly account: Account; readonly body: Uint8Array; readonly query: string };

/**
 * A provider's app has one callback address for every number it serves, so a delivery may hold events for accounts of ours other
 * than the one in its URL. Those are stored again for the account that they name, if the same app signs for it; each account
 * reads only its own.
 */
function forOthers(deps: IngestDeps, delivery: ReadDelivery, own: Account | undefined): readonly ForOther[] {
  const others = new Set<Account>();
  for (const event of delivery.events) {
    for (const account of addressed(deps.accounts, delivery.channel, event))
      if (own !== undefined && account !== own && sameSigner(account, own)) others.add(account);
  }
  return [...others].map((account) => ({ account, body: delivery.body, query: delivery.query }));
}

/** The accounts that an event names; none where it is of whoever it was sent to. */
function addressed(accounts: Accounts, channel: string, event: ChannelEvent): readonly Account[] {
  if (event.type !== 'notice') {
    const account = event.receiver === undefined ? undefined : accounts.byReceiver(channel, event.receiver);
    return account === undefined ? [] : [account];
  }
  if (event.receiver === undefined && event.business === undefined) return [];
  return accounts.all.filter((account) => account.channel === channel && isConcerned(account, event));
}

function isFor(account: Account | undefined, event: ChannelEvent): boolean {
  if (event.type === 'notice') return account === undefined || isConcerned(account, event);
  return event.receiver === undefined || (account !== undefined && event.receiver === receiverOf(account));
}

async function parseIn(
  tx: Tx,
  deps: IngestDeps,
  keys: readonly DeliveryKey[],
  follow: Follow,
): Promise<readonly Parsed[]> {
  const read = await readDeliveries(tx, deps.sealer, keys);
  const brought: Brought[] = [];
  const statuses: ReadStatus[] = [];
  const heard: HeardNews[] = [];
  const results = read.map((delivery): Parsed => {
    if (delivery === undefined) return { value: [] };
    // It stays stored, as a dead letter for a person to look at.
    if (delivery instanceof UnreadableDelivery) return { error: new Hopeless('UNREADABLE_DELIVERY') };
    const own = deps.accounts.find(delivery.channel, delivery.accountId);
    for (const event of ownEvents(deps, delivery, own)) {
      if (event.type === 'message' || event.type === 'echo') brought.push({ delivery, message: event });
      if (event.type === 'status') statuses.push({ delivery, status: event });
      heard.push(...newsOf(event, { ...delivery, pausing }));
    }
    return { value: forOthers(deps, delivery, own) };
  });
  await takeIn(tx, deps, brought, statuses, follow);
  await takeNews(tx, deps, heard);
  return results;
}

/** Puts what was said into its mailboxes and statuses to their messages; `follow` then has the conversations that got mail. */
async function takeIn(
  tx: Tx,
  deps: Omit<IngestDeps, 'deliveries'>,
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

/** Those of a delivery that are for the account in its URL; they are counted. */
function ownEvents(
  deps: Pick<IngestDeps, 'metrics'>,
  { channel, events }: ReadDelivery,
  own: Account | undefined,
): readonly ChannelEvent[] {
  const ours = events.filter((event) => isFor(own, event));
  deps.metrics.count('vestibule_channel_events_misrouted', { channel }, events.length - ours.length);
  for (const event of ours) countEvent(deps, channel, event);
  return ours;
}

function countEvent(deps: Pick<IngestDeps, 'metrics'>, channel: string, event: ChannelEvent): void {
  deps.metrics.count('vestibule_channel_events', { channel, kind: event.type });
  // The words of documented fields only: a label must not take whatever comes.
  const what = noticed(event);
  if (what !== undefined) deps.metrics.count('vestibule_channel_notices', { channel, what });
  const isSaid = event.type === 'message' || event.type === 'echo';
  if (isSaid ? event.content.kind === 'unknown' : event.type === 'notice' && !event.known)
    deps.metrics.count('vestibule_channel_events_unknown', { channel });
}

/** What an operator wants to know of: notices of documented fields, and that somebody else answers from the number. */
function noticed(event: ChannelEvent): string | undefined {
  if (event.type === 'notice') return event.known ? event.what : undefined;
  if (event.type === 'echo') return `echo.${event.by}`;
  return event.type === 'message' && event.standby ? 'standby' : undefined;
}

function reportOf({
  externalId,
  ourId,
  status,
  code,
  at,
}: Extract<ChannelEvent, { type: 'status' }>): StatusReport {
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
  deps: Pick<IngestDeps, 'sealer'>,
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
function letterName(channel: string, accountId: string, { externalId }: SaidEvent): string {
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
