import type { ChannelEvent, ChannelUser } from '#channels/channel.ts';
import {
  type Account,
  type Accounts,
  conversationsFor,
  type DeliveryKey,
  type DeliveryStore,
  type HeardNews,
  hearNews,
  isConcerned,
  moveAddresses,
  pausingNames,
  type ReadDelivery,
  readDeliveries,
  receiverOf,
  sameSigner,
  ThreadRaced,
  touchThreads,
  UnreadableDelivery,
} from '#channels/index.ts';
import { placeStatuses, recordStatuses, type StatusReport } from '#messages/index.ts';
import { type BatchResult, createBatcher } from '#platform/batcher.ts';
import { isoNow } from '#platform/clock.ts';
import { meansOutage, type Tx } from '#platform/db/db.ts';
import { Hopeless, type RunningJob } from '#platform/job.ts';
import { lockMailboxes } from '#platform/mailbox.ts';
import { type ConversationDeps, putMail, wakeConversations } from '../commands.ts';
import { noteFiles, type ReceivedLetter } from '../media/commands.ts';
import type { Mail } from '../turn.ts';
import { takeTurnsIn } from '../turns/commands.ts';
import { newsOf } from './news.ts';

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
  const wake: Follow = (tx, woken) => wakeConversations(tx, deps, woken);
  const practice = deps.practice(practiceId);
  if (practice === undefined) return await parseTogether(deps, practiceId, keys, wake);
  try {
    return await parseTogether(deps, practiceId, keys, async (tx, woken) => {
      await takeTurnsIn(tx, deps, practice, woken);
    });
  } catch (error) {
    // The batcher finds the one that fails; its message is kept, whatever is wrong with its turn.
    if (keys.length > 1 || meansOutage(error)) throw error;
    return await parseTogether(deps, practiceId, keys, wake);
  }
}

/** What becomes of conversations that got mail, whose locks are held. */
type Follow = (tx: Tx, conversationIds: readonly string[]) => Promise<void>;

async function parseTogether(
  deps: IngestDeps,
  practiceId: string,
  keys: readonly DeliveryKey[],
  follow: Follow,
): Promise<readonly Parsed[]> {
  const parse = () => deps.db.tx(practiceId, (tx) => parseIn(tx, deps, keys, follow));
  try {
    return await parse();
  } catch (error) {
    // Two first deliveries of one user raced, or an erasure was first. Ours waited for it, so it finds what holds now.
    if (error instanceof ThreadRaced) return await parse();
    throw error;
  }
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

/** What was said in a chat: by the user, or to them and not by us. */
type SaidEvent = Extract<ChannelEvent, { type: 'message' | 'echo' }>;

/** What was said, with the delivery that brought it. */
type Brought = { readonly delivery: ReadDelivery; readonly message: SaidEvent };

/** Whose chat it was said in. */
const userOf = (message: SaidEvent): ChannelUser => (message.type === 'echo' ? message.to : message.from);

async function parseIn(
  tx: Tx,
  deps: IngestDeps,
  keys: readonly DeliveryKey[],
  follow: Follow,
): Promise<readonly Parsed[]> {
  const read = await readDeliveries(tx, deps.sealer, keys);
  const brought: Brought[] = [];
  const reports: StatusReport[] = [];
  const heard: HeardNews[] = [];
  const results = read.map((delivery): Parsed => {
    if (delivery === undefined) return { value: [] };
    // It stays stored, as a dead letter for a person to look at.
    if (delivery instanceof UnreadableDelivery) return { error: new Hopeless('UNREADABLE_DELIVERY') };
    const own = deps.accounts.find(delivery.channel, delivery.accountId);
    for (const event of ownEvents(deps, delivery, own)) {
      if (event.type === 'message' || event.type === 'echo') brought.push({ delivery, message: event });
      if (event.type === 'status') reports.push(reportOf(event));
      heard.push(...newsOf(event, { ...delivery, pausing }));
    }
    return { value: forOthers(deps, delivery, own) };
  });
  const senders = await sendersOf(tx, deps, brought);
  const placed = await placeStatuses(tx, deps.sealer, reports);
  // Every lock that these deliveries need, at once and in order.
  const conversationIds = [...senders.values(), ...placed].map((place) => place.conversationId);
  lockMailboxes(tx, conversationIds);
  // Whose key seals is read under the mailboxes' locks: a turn may just have changed it.
  const subjects = await touchThreads(tx, [...senders.values()]);
  await recordStatuses(tx, deps, placed);
  const letters = brought.flatMap((each) => letterOf(each, senders, subjects));
  const woken = await putMail(tx, deps, letters);
  await noteFiles(tx, deps, letters);
  await moveAddresses(
    tx,
    deps.sealer,
    brought.flatMap((each) => moveOf(each, senders)),
  );
  await follow(tx, woken);
  await hearNews(tx, deps.store, heard, isoNow(deps.clock));
  return results;
}

/** Those of a delivery that are for the account in its URL; they are counted. */
function ownEvents(
  deps: IngestDeps,
  { channel, events }: ReadDelivery,
  own: Account | undefined,
): readonly ChannelEvent[] {
  const ours = events.filter((event) => isFor(own, event));
  deps.metrics.count('vestibule_channel_events_misrouted', { channel }, events.length - ours.length);
  for (const event of ours) countEvent(deps, channel, event);
  return ours;
}

function countEvent(deps: IngestDeps, channel: string, event: ChannelEvent): void {
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

const senderKey = (accountId: string, { userId, phone }: ChannelUser) =>
  `${accountId}/${userId ?? ''}/${phone ?? ''}`;

const senderOf = ({ delivery, message }: Brought) => senderKey(delivery.accountId, userOf(message));

/** A notice of the provider's, or what was said to the user, is no message of theirs: it does not open the service window. */
const neverWrote = '1970-01-01T00:00:00.000Z';

const wroteAt = ({ type, at, content }: SaidEvent) =>
  type === 'echo' || content.kind === 'identity-change' ? neverWrote : at;

/** The user has another number, or another id: the conversation is found by those from now on. */
function moveOf({ delivery, message }: Brought, senders: ReadonlyMap<string, Sender>) {
  const { content } = message;
  const conversationId = senders.get(senderKey(delivery.accountId, userOf(message)))?.conversationId;
  if (content.kind !== 'identity-change' || conversationId === undefined) return [];
  const { userId, phone } = content;
  const user = { ...(userId === undefined ? {} : { userId }), ...(phone === undefined ? {} : { phone }) };
  return [{ conversationId, accountId: delivery.accountId, user }];
}

/** Who wrote, where, and when last. */
type Sender = {
  readonly conversationId: string;
  readonly channel: string;
  readonly accountId: string;
  readonly at: string;
  readonly now: string;
};

/** The conversations of everyone who wrote, by sender; in sorted order, so that racing first deliveries do not lock in a ring. */
async function sendersOf(
  tx: Tx,
  deps: IngestDeps,
  brought: readonly Brought[],
): Promise<ReadonlyMap<string, Sender>> {
  const latest = new Map<string, Brought>();
  for (const each of brought) {
    const before = latest.get(senderOf(each));
    if (before === undefined || wroteAt(before.message) < wroteAt(each.message))
      latest.set(senderOf(each), each);
  }
  const sorted = [...latest].sort(([a], [b]) => (a < b ? -1 : 1));
  const conversationIds = await conversationsFor(
    tx,
    deps.sealer,
    sorted.map(([, { delivery, message }]) => ({ accountId: delivery.accountId, user: userOf(message) })),
  );
  const senders = new Map<string, Sender>();
  for (const [i, [name, { delivery, message }]] of sorted.entries()) {
    const conversationId = conversationIds[i];
    const { channel, accountId, receivedAt: now } = delivery;
    if (conversationId !== undefined)
      senders.set(name, { conversationId, channel, accountId, at: wroteAt(message), now });
  }
  return senders;
}

function letterOf(
  each: Brought,
  senders: ReadonlyMap<string, Sender>,
  subjects: ReadonlyMap<string, string>,
): readonly ReceivedLetter[] {
  const conversationId = senders.get(senderOf(each))?.conversationId;
  const subject = subjects.get(conversationId ?? '');
  if (conversationId === undefined || subject === undefined) return [];
  const { channel, accountId } = each.delivery;
  const { externalId, at } = each.message;
  const name = `${channel}/${accountId}/${externalId}`;
  return [{ conversationId, subject, name, sentAt: at, mail: mailOf(each.message), channel, accountId }];
}

function mailOf(said: SaidEvent): Mail {
  const { externalId, at, content } = said;
  if (said.type === 'echo') return { kind: 'echo', externalId, at, by: said.by, content };
  const standby = said.standby ? { standby: true as const } : {};
  return { kind: 'message', externalId, at, from: said.from, content, ...standby };
}
