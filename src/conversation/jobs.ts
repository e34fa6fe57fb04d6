import type { ChannelEvent, ChannelUser } from '#channels/channel.ts';
import {
  type Account,
  type Accounts,
  conversationFor,
  type DeliveryStore,
  type ReadDelivery,
  readDelivery,
  readThread,
  sameSigner,
  touchThread,
} from '#channels/index.ts';
import { placeStatuses, recordStatus, type StatusReport } from '#messages/index.ts';
import { isoNow } from '#platform/clock.ts';
import type { Tx } from '#platform/db/db.ts';
import { Hopeless, type JobData, type RunningJob } from '#platform/job.ts';
import { lockMailboxes, mailboxesWithOldMail } from '#platform/mailbox.ts';
import { conversationOfAppointment } from '#scheduling/index.ts';
import { type ConversationDeps, postMail, takeConversationTurn } from './commands.ts';
import { wake } from './reactions.ts';
import { appointmentNews, type Mail } from './turn.ts';
import { conversationOfIntake } from './views.ts';

type Deps = ConversationDeps;

export type IngestDeps = Deps & { readonly accounts: Accounts; readonly deliveries: DeliveryStore };

/**
 * The job of the `ingest` queue: reads one stored delivery. Messages go into the mailboxes of their conversations, statuses
 * to the messages that they are about, everything else is counted. All of it in one transaction, so a delivery is
 * read whole or not at all; a repeat changes nothing.
 */
export function parseDelivery(deps: IngestDeps): (job: RunningJob) => Promise<void> {
  return async ({ data }) => {
    const practiceId = String(data.practiceId);
    const key = { deliveryId: String(data.deliveryId), day: String(data.day) };
    const others = await deps.db.tx(practiceId, (tx) => parseIn(tx, deps, key));
    for (const { account, body } of others) await deps.deliveries.store(account, body);
  };
}

type ForOther = { readonly account: Account; readonly body: Uint8Array };

/**
 * A provider's app has one callback address for every number it serves, so a delivery may hold events for accounts of ours other
 * than the one in its URL. Those are stored again for the account that they name, if the same app signs for it; each account
 * reads only its own.
 */
function forOthers(deps: IngestDeps, delivery: ReadDelivery, own: Account | undefined): readonly ForOther[] {
  const others = new Set<Account>();
  for (const event of delivery.events) {
    if (event.type === 'notice' || event.receiver === undefined) continue;
    const account = deps.accounts.byReceiver(delivery.channel, event.receiver);
    if (account !== undefined && own !== undefined && account !== own && sameSigner(account, own))
      others.add(account);
  }
  return [...others].map((account) => ({ account, body: delivery.body }));
}

function isFor(account: Account | undefined, event: ChannelEvent): boolean {
  return (
    event.type === 'notice' ||
    event.receiver === undefined ||
    event.receiver === account?.config.phoneNumberId
  );
}

type MessageEvent = Extract<ChannelEvent, { type: 'message' }>;

async function parseIn(
  tx: Tx,
  deps: IngestDeps,
  key: { deliveryId: string; day: string },
): Promise<readonly ForOther[]> {
  const delivery = await readable(tx, deps, key);
  if (delivery === undefined) return [];
  const own = deps.accounts.find(delivery.channel, delivery.accountId);
  const events = delivery.events.filter((event) => isFor(own, event));
  deps.metrics.count(
    'vestibule_channel_events_misrouted',
    { channel: delivery.channel },
    delivery.events.length - events.length,
  );
  for (const event of events) countEvent(deps, delivery.channel, event);
  const messages = events.filter((event) => event.type === 'message');
  const statuses = events.filter((event) => event.type === 'status');
  const senders = await sendersOf(tx, deps, delivery, messages);
  const placed = await placeStatuses(tx, deps.sealer, statuses.map(reportOf));
  // Every lock that this delivery needs, at once and in order.
  const conversationIds = [...senders.values(), ...placed].map((place) => place.conversationId);
  await lockMailboxes(tx, conversationIds);
  const threads = await threadsOf(tx, delivery, senders);
  for (const status of placed) await recordStatus(tx, deps, status);
  await postMail(
    tx,
    deps,
    messages.flatMap((message) => letterOf(delivery, message, threads)),
  );
  return forOthers(deps, delivery, own);
}

/** What is rightly signed and yet not the provider's JSON stays stored, as a dead letter for a person to look at. */
async function readable(
  tx: Tx,
  deps: Deps,
  key: { deliveryId: string; day: string },
): Promise<ReadDelivery | undefined> {
  try {
    return await readDelivery(tx, deps.sealer, key);
  } catch (error) {
    throw error instanceof SyntaxError ? new Hopeless('UNREADABLE_DELIVERY') : error;
  }
}

function countEvent(deps: Deps, channel: string, event: ChannelEvent): void {
  deps.metrics.count('vestibule_channel_events', { channel, kind: event.type });
  const unknown =
    event.type === 'message' ? event.content.kind === 'unknown' : event.type === 'notice' && !event.known;
  if (unknown) deps.metrics.count('vestibule_channel_events_unknown', { channel });
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

const userKey = ({ userId, phone }: ChannelUser) => `${userId ?? ''}/${phone ?? ''}`;

type Sender = { readonly conversationId: string; readonly latestAt: string };

/** The conversations of everyone who wrote, by user; in sorted order, so that racing first deliveries do not lock in a ring. */
async function sendersOf(
  tx: Tx,
  deps: Deps,
  { accountId }: ReadDelivery,
  messages: readonly MessageEvent[],
): Promise<ReadonlyMap<string, Sender>> {
  const senders = new Map<string, Sender>();
  const byUser = Map.groupBy(messages, (message) => userKey(message.from));
  for (const name of [...byUser.keys()].sort()) {
    const latest = byUser.get(name)?.reduce((a, b) => (a.at > b.at ? a : b));
    if (latest === undefined) continue;
    const conversationId = await conversationFor(tx, deps.sealer, { accountId, user: latest.from });
    if (conversationId !== undefined) senders.set(name, { conversationId, latestAt: latest.at });
  }
  return senders;
}

type Thread = { readonly conversationId: string; readonly subject: string };

/** The threads of everyone who wrote, by user. Whose key seals is read under the mailboxes' locks: a turn may just have changed it. */
async function threadsOf(
  tx: Tx,
  { channel, accountId, receivedAt }: ReadDelivery,
  senders: ReadonlyMap<string, Sender>,
): Promise<ReadonlyMap<string, Thread>> {
  const threads = new Map<string, Thread>();
  for (const [name, { conversationId, latestAt }] of senders) {
    const subject = await touchThread(tx, { conversationId, channel, accountId, at: latestAt }, receivedAt);
    threads.set(name, { conversationId, subject });
  }
  return threads;
}

function letterOf(delivery: ReadDelivery, message: MessageEvent, threads: ReadonlyMap<string, Thread>) {
  const thread = threads.get(userKey(message.from));
  if (thread === undefined) return [];
  const { externalId, at, from, content } = message;
  const mail: Mail = { kind: 'message', externalId, at, from, content };
  return [{ ...thread, name: `${delivery.channel}/${delivery.accountId}/${externalId}`, sentAt: at, mail }];
}

/** The job of the `turns` queue. */
export function takeTurnJob(deps: Deps): (job: RunningJob) => Promise<void> {
  return async ({ data }) => {
    await takeConversationTurn(deps, String(data.practiceId), String(data.conversationId));
  };
}

type Letter = { readonly conversationId: string; readonly name: string; readonly mail: Mail };

const intakeNews = ['intake-filed', 'intake-delayed', 'intake-refused'] as const;

/** The letter that a job of the `news` queue carries; undefined where no conversation waits for it. */
async function letterOfNews(tx: Tx, data: JobData): Promise<Letter | undefined> {
  const version = Number(data.version);
  if (data.kind === 'staff-done') {
    const conversationId = String(data.conversationId);
    const name = `staff-done/${conversationId}/${version}`;
    return { conversationId, name, mail: { kind: 'staff-done', resume: data.resume === true } };
  }
  if (data.kind === 'appointment-news') {
    const appointmentId = String(data.appointmentId);
    const news = appointmentNews.find((known) => known === data.news);
    const conversationId = await conversationOfAppointment(tx, appointmentId);
    if (news === undefined || conversationId === undefined) return undefined;
    const name = `appointment/${appointmentId}/${version}`;
    return { conversationId, name, mail: { kind: 'appointment-news', appointmentId, news, version } };
  }
  const kind = intakeNews.find((known) => known === data.kind);
  if (kind === undefined) throw new Error('news of an unknown kind');
  const intakeId = String(data.intakeId);
  const conversationId = await conversationOfIntake(tx, intakeId);
  return conversationId === undefined
    ? undefined
    : { conversationId, name: `${kind}/${intakeId}`, mail: { kind, intakeId } };
}

/** The job of the `news` queue: what became of an intake or a visit goes into the mailbox of its conversation. */
export function carryNews(deps: Deps): (job: RunningJob) => Promise<void> {
  return async ({ data }) => {
    await deps.db.tx(String(data.practiceId), async (tx) => {
      const letter = await letterOfNews(tx, data);
      if (letter !== undefined) await postLetter(tx, deps, letter);
    });
  };
}

/** Puts one letter from inside into a conversation's mailbox, under its lock. `name` makes a repeat harmless. */
export async function postLetter(
  tx: Tx,
  deps: Pick<Deps, 'sealer' | 'queues' | 'clock'>,
  letter: Letter,
): Promise<void> {
  await lockMailboxes(tx, [letter.conversationId]);
  const thread = await readThread(tx, deps.sealer, letter.conversationId);
  // Erased: nobody is left to tell.
  if (thread === undefined) return;
  await postMail(tx, deps, [{ ...letter, subject: thread.subject, sentAt: isoNow(deps.clock) }]);
}

/** Milliseconds that mail may wait before the sweep wakes its conversation. */
const oldMailMs = 10_000;
const sweepLimit = 500;

/** Wakes conversations whose mail was left lying: a process died with the wake-up in its hands. Normally none. */
export async function sweepMail(tx: Tx, deps: Pick<Deps, 'queues' | 'clock'>): Promise<number> {
  const before = new Date(deps.clock.now() - oldMailMs).toISOString();
  const conversationIds = await mailboxesWithOldMail(tx, before, sweepLimit);
  await deps.queues.enqueue(
    tx,
    conversationIds.map((id) => wake(tx.practiceId, id)),
  );
  return conversationIds.length;
}
