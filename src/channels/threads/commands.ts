import type { Tx } from '#platform/db/db.ts';
import { practiceSubject, type Sealer } from '#security/index.ts';
import type { ChannelUser } from '../channel.ts';
import { addressContext, ThreadRaced } from './addresses/commands.ts';
import type { Continued } from './place.ts';

/**
 * Threads.
 *
 * - **thread**: a conversation as its channel sees it: account, addresses, when the patient last wrote.
 * - **continued**: a thread whose patient turned out to be the one of a later one. It is answered where that one is.
 */

export type Touch = {
  readonly conversationId: string;
  readonly channel: string;
  readonly accountId: string;
  /** When the user wrote. */
  readonly at: string;
  /** When we heard of it: the beginning of a thread that is new. */
  readonly now: string;
};

/**
 * Writes down when users wrote, and begins the threads that are new. Returns whose key seals what is said, by conversation: the
 * conversation's own, until a patient is known.
 *
 * The caller holds the locks of the conversations' mailboxes: a turn takes those first and the threads' rows second, and whoever
 * did it the other way round would wait for the turn while the turn waits for them.
 * @throws ThreadRaced when one was erased while we waited for its lock: read again, the message begins a new one
 */
export async function touchThreads(tx: Tx, touches: readonly Touch[]): Promise<ReadonlyMap<string, string>> {
  const latest = new Map<string, Touch>();
  for (const touch of touches) {
    const before = latest.get(touch.conversationId);
    if (before === undefined || before.at < touch.at) latest.set(touch.conversationId, touch);
  }
  if (latest.size === 0) return new Map();
  const rows = await upsertThreads(tx, [...latest.values()]);
  if (rows.length < latest.size) throw new ThreadRaced();
  return new Map(rows.map((row) => [row.conversation_id, row.subject]));
}

function upsertThreads(
  tx: Tx,
  touches: readonly Touch[],
): Promise<{ conversation_id: string; subject: string }[]> {
  return tx.query(
    `insert into channel_threads
       (practice_id, conversation_id, channel, account_id, started_at, last_inbound_at, subject)
     select $1, conversation_id, channel, account_id, started_at, last_inbound_at, conversation_id
     from unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::timestamptz[])
       as t(conversation_id, channel, account_id, started_at, last_inbound_at)
     where exists (
       select from conversation_addresses a where a.practice_id = $1 and a.conversation_id = t.conversation_id
     )
     on conflict (practice_id, conversation_id) do update set
       last_inbound_at = greatest(channel_threads.last_inbound_at, excluded.last_inbound_at),
       subject = case channel_threads.subject when '${practiceSubject}' then excluded.subject else channel_threads.subject end
     returning conversation_id, subject`,
    [
      tx.practiceId,
      touches.map((touch) => touch.conversationId),
      touches.map((touch) => touch.channel),
      touches.map((touch) => touch.accountId),
      touches.map((touch) => touch.now),
      touches.map((touch) => touch.at),
    ],
  );
}

export type Thread = {
  readonly channel: string;
  readonly accountId: string;
  /** The provider's time of the patient's last message, in whichever of their conversations. */
  readonly lastInboundAt: string | undefined;
  readonly subject: string;
  /** Until when what was sent would have taken at the pace that a provider allows to one person: milliseconds since 1970. */
  readonly pacedUntil?: number;
  /** When we last wrote first: milliseconds since 1970. */
  readonly wroteFirstAt?: number;
  /** How to reach them. */
  readonly user: ChannelUser;
  /** The same person's later conversation: whoever says stop there has stopped this one too. */
  readonly continuedIn?: string;
};

type ThreadRow = {
  conversation_id: string;
  channel: string;
  account_id: string;
  last_inbound_at: Date | null;
  subject: string;
  continued_in: string | null;
  paced_until: Date | null;
  wrote_first_at: Date | null;
  kind: string | null;
  address: Buffer | null;
  address_subject: string | null;
};

export const threadsSql = `
  select t.*, a.kind, a.address, a.subject as address_subject
  from unnest($2::text[]) as wanted(conversation_id)
  cross join lateral (
    select t.conversation_id, t.channel, t.account_id, t.subject, t.continued_in,
      coalesce(t.continued_in, t.conversation_id) as reached_in,
      greatest(t.last_inbound_at, later.last_inbound_at) as last_inbound_at,
      greatest(t.paced_until, later.paced_until) as paced_until,
      greatest(t.wrote_first_at, later.wrote_first_at) as wrote_first_at
    from channel_threads t
    left join channel_threads later on later.practice_id = t.practice_id and later.conversation_id = t.continued_in
    where t.practice_id = $1 and t.conversation_id = wanted.conversation_id
    offset 0
  ) t
  left join lateral (
    select kind, address, subject from conversation_addresses
    where practice_id = $1 and conversation_id = t.reached_in and answers and until is null
    offset 0
  ) a on true`;

function selectThreads(tx: Tx, conversationIds: readonly string[]): Promise<ThreadRow[]> {
  return tx.query<ThreadRow>(threadsSql, [tx.practiceId, conversationIds]);
}

async function userOf(tx: Tx, sealer: Sealer, rows: readonly ThreadRow[]): Promise<ChannelUser> {
  const user: { userId?: string; phone?: string } = {};
  for (const { conversation_id: own, continued_in: later, kind, address, address_subject: owner } of rows) {
    if (kind === null || address === null || owner === null) continue;
    const value = (await sealer.open(tx, owner, addressContext(later ?? own, kind), address)).toString();
    if (kind === 'phone') user.phone = value;
    else user.userId = value;
  }
  return user;
}

/** The threads of conversations with their addresses; one that there is not is left out. */
export async function readThreads(
  tx: Tx,
  sealer: Sealer,
  conversationIds: readonly string[],
): Promise<ReadonlyMap<string, Thread>> {
  const threads = new Map<string, Thread>();
  if (conversationIds.length === 0) return threads;
  const rows = await selectThreads(tx, [...new Set(conversationIds)]);
  await sealer.prepareOpening(
    tx,
    rows.flatMap((row) => row.address_subject ?? []),
  );
  for (const [conversationId, own] of Map.groupBy(rows, (row) => row.conversation_id)) {
    const [first] = own;
    if (first === undefined) continue;
    threads.set(conversationId, {
      channel: first.channel,
      accountId: first.account_id,
      lastInboundAt: first.last_inbound_at?.toISOString(),
      subject: first.subject,
      ...(first.paced_until === null ? {} : { pacedUntil: first.paced_until.getTime() }),
      ...(first.wrote_first_at === null ? {} : { wroteFirstAt: first.wrote_first_at.getTime() }),
      user: await userOf(tx, sealer, own),
      ...(first.continued_in === null ? {} : { continuedIn: first.continued_in }),
    });
  }
  return threads;
}

/** A conversation's thread with its addresses, or undefined when there is none. */
export async function readThread(
  tx: Tx,
  sealer: Sealer,
  conversationId: string,
): Promise<Thread | undefined> {
  return (await readThreads(tx, sealer, [conversationId])).get(conversationId);
}

export type Pace = {
  readonly conversationId: string;
  /** As in a thread. */
  readonly pacedUntil: number;
  readonly wroteFirstAt: number | undefined;
};

/** One index lookup per thread. */
export const paceThreadsSql = `
  update channel_threads t set
    paced_until = p.paced_until, wrote_first_at = coalesce(p.wrote_first_at, t.wrote_first_at)
  from unnest($2::text[], $3::timestamptz[], $4::timestamptz[]) as p(conversation_id, paced_until, wrote_first_at)
  where t.practice_id = $1 and t.conversation_id = p.conversation_id`;

/** Keeps how fast we write to people. The caller holds the locks of the conversations' mailboxes. */
export function paceThreads(tx: Tx, paces: readonly Pace[]): void {
  if (paces.length === 0) return;
  tx.send(paceThreadsSql, [
    tx.practiceId,
    paces.map((pace) => pace.conversationId),
    paces.map((pace) => new Date(pace.pacedUntil).toISOString()),
    paces.map((pace) => (pace.wroteFirstAt === undefined ? null : new Date(pace.wroteFirstAt).toISOString())),
  ]);
}

/** From now on, what is said in these conversations is sealed with these subjects' keys. */
export function setThreadSubjects(
  tx: Tx,
  changes: readonly { readonly conversationId: string; readonly subject: string }[],
): void {
  if (changes.length === 0) return;
  tx.send(
    `update channel_threads t set subject = c.subject
     from unnest($2::text[], $3::text[]) as c(conversation_id, subject)
     where t.practice_id = $1 and t.conversation_id = c.conversation_id`,
    [tx.practiceId, changes.map((change) => change.conversationId), changes.map((change) => change.subject)],
  );
}

/** Those of one person: from now on the older ones are answered where the last one is. Comes after `touchThreads`. */
export function continueThreads(tx: Tx, continued: readonly Continued[]): void {
  if (continued.length === 0) return;
  tx.send(
    `update channel_threads t set continued_in = c.last
     from unnest($2::text[], $3::text[]) as c(older, last)
     where t.practice_id = $1 and (t.conversation_id = c.older or t.continued_in = c.older) and t.conversation_id <> c.last`,
    [tx.practiceId, continued.map(({ from }) => from), continued.map(({ to }) => to)],
  );
}
