import type { ChannelEvent } from '#channels/channel.ts';
import {
  type Account,
  type Accounts,
  type DeliveryKey,
  type DeliveryStore,
  type HeardNews,
  isConcerned,
  pausingNames,
  type ReadDelivery,
  readDeliveries,
  receiverOf,
  sameSigner,
  ThreadRaced,
  UnreadableDelivery,
} from '#channels/index.ts';
import { type BatchResult, createBatcher } from '#platform/batcher.ts';
import { isoNow } from '#platform/clock.ts';
import { meansOutage, type Tx } from '#platform/db/db.ts';
import { Hopeless, type RunningJob } from '#platform/job.ts';
import { knownMail } from '#platform/mailbox.ts';
import { type ConversationDeps, mailKeyOf, wakeConversations } from '../commands.ts';
import { takeTurnsIn } from '../turns/commands.ts';
import { takeNews } from './commands.ts';
import { countEvent } from './counted.ts';
import { newsOf } from './news.ts';
import { type Follow, letterName, takeIn } from './said/commands.ts';
import type { Brought, ReadStatus } from './who-wrote.ts';

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

/** Those of a delivery that are for the account in its URL; they are counted. */
function ownEvents(
  deps: Pick<IngestDeps, 'metrics'>,
  { channel, events }: ReadDelivery,
  own: Account | undefined,
): readonly ChannelEvent[] {
  const ours = events.filter((event) => isFor(own, event));
  deps.metrics.count('vestibule_channel_events_misrouted', { channel }, events.length - ours.length);
  for (const event of ours) countEvent(deps.metrics, channel, event);
  return ours;
}
