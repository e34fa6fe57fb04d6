import { createHash } from 'node:crypto';
import { type Clock, isoNow } from '#platform/clock.ts';
import { type Coalescer, createCoalescer, NotTaken } from '#platform/coalescer.ts';
import type { Db, Queryable, Tx } from '#platform/db/db.ts';
import { newId } from '#platform/ids.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { Queues } from '#platform/queue.ts';
import { practiceSubject, type Sealer } from '#security/index.ts';
import type { Account } from './accounts.ts';
import type { ChannelEvent, ChannelUser } from './channel.ts';
import { channels } from './registry.ts';

/**
 * Storing deliveries, and the threads that they belong to.
 *
 * - **delivery**: one webhook request, kept raw and sealed until retention drops it.
 * - **thread**: a conversation as its channel sees it: account, addresses, when the patient last wrote.
 */

/** The queue whose jobs parse stored deliveries. */
export const ingestQueue = 'ingest';

type StoredDelivery = {
  readonly practiceId: string;
  readonly day: string;
  readonly digest: Buffer;
  readonly deliveryId: string;
  readonly channel: string;
  readonly accountId: string;
  readonly body: Buffer;
  readonly receivedAt: string;
};

/** Returns the ids of those that were not there yet. */
export async function insertDeliveries(
  tx: Queryable,
  deliveries: readonly StoredDelivery[],
): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ delivery_id: string }>(
    `insert into webhook_deliveries (practice_id, day, digest, delivery_id, channel, account_id, body, received_at)
     select * from unnest($1::text[], $2::date[], $3::bytea[], $4::uuid[], $5::text[], $6::text[], $7::bytea[], $8::timestamptz[])
     on conflict do nothing
     returning delivery_id`,
    [
      deliveries.map((d) => d.practiceId),
      deliveries.map((d) => d.day),
      deliveries.map((d) => d.digest),
      deliveries.map((d) => d.deliveryId),
      deliveries.map((d) => d.channel),
      deliveries.map((d) => d.accountId),
      deliveries.map((d) => d.body),
      deliveries.map((d) => d.receivedAt),
    ],
  );
  return new Set(rows.map((row) => row.delivery_id));
}

const deliveryContext = (deliveryId: string) => `webhook_deliveries|body|${deliveryId}`;

/** Most deliveries, and bytes of them, in one commit, and most commits at the same time. */
const deliveriesPerCommit = 200;
const bytesPerCommit = 4 * 1024 * 1024;
const commitsInFlight = 2;

/** What may wait for a commit. Deliveries wait some milliseconds; this much waits only while the database is in trouble. */
const maxWaiting = 2_000;
const maxWaitingBytes = 32 * 1024 * 1024;

/** Milliseconds until a delivery that no commit took is given back, and until a commit that says nothing is not waited for. */
const waitMs = 5_000;
const commitMs = 5_000;

export type DeliveryStore = {
  /**
   * Resolves once the delivery, and the job that parses it, are durable. A repeat stores nothing and resolves too.
   * @throws NotTaken, or what the database says: it was not stored, or (`unknown`, a lost connection) nobody knows
   */
  readonly store: (account: Account, body: Uint8Array) => Promise<void>;
  /** False while so much waits that `store` would refuse. */
  readonly hasRoom: () => boolean;
};

/** Stores deliveries in shared commits. `db` acts as the ingest role, which may add deliveries and nothing else. */
export function createDeliveryStore(options: {
  readonly db: Db;
  readonly sealer: Sealer;
  readonly queues: Pick<Queues, 'enqueue'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
}): DeliveryStore {
  const { db, sealer, queues, clock, metrics } = options;

  async function write(deliveries: readonly StoredDelivery[]): Promise<void> {
    const added = await db.batch(async (tx) => {
      const ids = await insertDeliveries(tx, deliveries);
      const fresh = deliveries.filter((delivery) => ids.has(delivery.deliveryId));
      if (fresh.length > 0) await queues.enqueue(tx, fresh.map(parseJob));
      return fresh.length;
    });
    metrics.count('vestibule_deliveries_stored', {}, added);
    if (added < deliveries.length)
      metrics.count('vestibule_deliveries_repeated', {}, deliveries.length - added);
  }

  const coalescer: Coalescer<StoredDelivery> = createCoalescer({
    write,
    weigh: (delivery) => delivery.body.length,
    maxItems: deliveriesPerCommit,
    maxWeight: bytesPerCommit,
    maxInFlight: commitsInFlight,
    maxWaiting,
    maxWaitingWeight: maxWaitingBytes,
    waitMs,
    writeMs: commitMs,
  });

  return {
    hasRoom: coalescer.hasRoom,
    async store(account, body) {
      // Before it is sealed, which is what costs.
      if (!coalescer.hasRoom()) throw new NotTaken('full');
      const deliveryId = newId();
      const receivedAt = isoNow(clock);
      await coalescer.add({
        practiceId: account.practiceId,
        day: receivedAt.slice(0, 10),
        digest: createHash('sha256').update(`${account.channel}/${account.id}\n`).update(body).digest(),
        deliveryId,
        channel: account.channel,
        accountId: account.id,
        body: sealer.sealForPractice(account.practiceId, deliveryContext(deliveryId), body),
        receivedAt,
      });
    },
  };
}

function parseJob(delivery: StoredDelivery) {
  const { practiceId, deliveryId, day } = delivery;
  return { queue: ingestQueue, data: { practiceId, deliveryId, day } };
}

export type ReadDelivery = {
  readonly channel: string;
  readonly accountId: string;
  readonly receivedAt: string;
  readonly body: Uint8Array;
  readonly events: readonly ChannelEvent[];
};

type DeliveryRow = { channel: string; account_id: string; body: Buffer; received_at: Date };

/** Opens a stored delivery and reads its events; undefined when retention dropped it. */
export async function readDelivery(
  tx: Tx,
  sealer: Sealer,
  key: { readonly deliveryId: string; readonly day: string },
): Promise<ReadDelivery | undefined> {
  const [row] = await tx.query<DeliveryRow>(
    `select channel, account_id, body, received_at from webhook_deliveries
     where practice_id = $1 and day = $2 and delivery_id = $3`,
    [tx.practiceId, key.day, key.deliveryId],
  );
  if (row === undefined) return undefined;
  const body = await sealer.open(tx, 'practice', deliveryContext(key.deliveryId), row.body);
  const channel = Object.entries(channels).find(([name]) => name === row.channel)?.[1];
  if (channel === undefined) throw new Error(`no channel is registered as "${row.channel}"`);
  return {
    channel: row.channel,
    accountId: row.account_id,
    receivedAt: row.received_at.toISOString(),
    body,
    events: channel.parse({ body }),
  };
}

type Address = { readonly kind: 'user-id' | 'phone'; readonly value: string };

function addressesOf(user: ChannelUser): readonly Address[] {
  return [
    ...(user.userId === undefined ? [] : [{ kind: 'user-id' as const, value: user.userId }]),
    ...(user.phone === undefined ? [] : [{ kind: 'phone' as const, value: user.phone }]),
  ];
}

/** Bound to its conversation: moved to another's row it does not open. */
const addressContext = (conversationId: string, kind: string) =>
  `conversation_addresses|address|${conversationId}|${kind}`;

function findConversations(tx: Tx, accountId: string, hashes: readonly Buffer[]) {
  return tx.query<{ conversation_id: string; address_hash: Buffer }>(
    `select conversation_id, address_hash from conversation_addresses
     where practice_id = $1 and account_id = $2 and address_hash = any($3)`,
    [tx.practiceId, accountId, hashes],
  );
}

function insertAddress(
  tx: Tx,
  accountId: string,
  conversationId: string,
  kind: string,
  hash: Buffer,
  sealed: Buffer,
) {
  return tx.query<{ conversation_id: string }>(
    `insert into conversation_addresses (practice_id, account_id, address_hash, conversation_id, kind, address, subject)
     values ($1, $2, $3, $4, $5, $6, $4)
     on conflict (practice_id, account_id, address_hash) do update set kind = excluded.kind
     returning conversation_id`,
    [tx.practiceId, accountId, hash, conversationId, kind, sealed],
  );
}

/**
 * The conversation of a user on an account: found by any address, begun where there is none. A user whose id and phone
 * are seen together is known by both from then on; where both are known already, the provider's own id decides.
 *
 * Takes no lock on what is there already: the caller takes the mailboxes' locks first, then comes `touchThread`.
 */
export async function conversationFor(
  tx: Tx,
  sealer: Sealer,
  from: { readonly accountId: string; readonly user: ChannelUser },
): Promise<string | undefined> {
  const addresses = addressesOf(from.user).map((address) => ({
    ...address,
    hash: sealer.blind(tx.practiceId, 'address', `${address.kind}:${address.value}`),
  }));
  if (addresses.length === 0) return undefined;
  const found = await findConversations(
    tx,
    from.accountId,
    addresses.map((address) => address.hash),
  );
  const known = (hash: Buffer) => found.find((row) => row.address_hash.equals(hash))?.conversation_id;
  let conversationId =
    addresses.map((address) => known(address.hash)).find((id) => id !== undefined) ?? newId();
  for (const { kind, value, hash } of addresses) {
    if (known(hash) !== undefined) continue;
    const context = addressContext(conversationId, kind);
    const sealed = await sealer.seal(tx, conversationId, context, Buffer.from(value));
    const [row] = await insertAddress(tx, from.accountId, conversationId, kind, hash, sealed);
    // A racing delivery of the same user was first: its conversation is the one.
    conversationId = row?.conversation_id ?? conversationId;
  }
  return conversationId;
}

/**
 * Writes down that the user wrote at `at`, and begins the thread where there is none. Returns whose key seals what is said: the
 * conversation's own, until a patient is known.
 *
 * The caller holds the lock of the conversation's mailbox: a turn takes that first and the thread's row second, and whoever
 * did it the other way round would wait for the turn while the turn waits for them.
 */
export async function touchThread(
  tx: Tx,
  thread: {
    readonly conversationId: string;
    readonly channel: string;
    readonly accountId: string;
    readonly at: string;
  },
  now: string,
): Promise<string> {
  const [row] = await tx.query<{ subject: string }>(
    `insert into channel_threads
       (practice_id, conversation_id, channel, account_id, started_at, last_inbound_at, subject)
     select $1, $2, $3, $4, $6, $5, $2
     where exists (select from conversation_addresses where practice_id = $1 and conversation_id = $2)
     on conflict (practice_id, conversation_id) do update set
       last_inbound_at = greatest(channel_threads.last_inbound_at, excluded.last_inbound_at),
       subject = case channel_threads.subject when '${practiceSubject}' then excluded.subject else channel_threads.subject end
     returning subject`,
    [tx.practiceId, thread.conversationId, thread.channel, thread.accountId, thread.at, now],
  );
  // It was erased while we waited for its lock: read again, the message begins a new one.
  if (row === undefined) throw new Error('the conversation of a message is gone');
  return row.subject;
}

export type Thread = {
  readonly channel: string;
  readonly accountId: string;
  /** The provider's time of the patient's last message. */
  readonly lastInboundAt: string | undefined;
  readonly subject: string;
  /** How to reach them. */
  readonly user: ChannelUser;
};

type ThreadRow = {
  channel: string;
  account_id: string;
  last_inbound_at: Date | null;
  subject: string;
  kind: string | null;
  address: Buffer | null;
  address_subject: string | null;
};

/** A conversation's thread with its addresses, or undefined when there is none. */
export async function readThread(
  tx: Tx,
  sealer: Sealer,
  conversationId: string,
): Promise<Thread | undefined> {
  const rows = await tx.query<ThreadRow>(
    `select t.channel, t.account_id, t.last_inbound_at, t.subject, a.kind, a.address, a.subject as address_subject
     from channel_threads t
     left join conversation_addresses a using (practice_id, conversation_id)
     where t.practice_id = $1 and t.conversation_id = $2`,
    [tx.practiceId, conversationId],
  );
  const [first] = rows;
  if (first === undefined) return undefined;
  const user: { userId?: string; phone?: string } = {};
  for (const { kind, address, address_subject: owner } of rows) {
    if (kind === null || address === null || owner === null) continue;
    const value = (await sealer.open(tx, owner, addressContext(conversationId, kind), address)).toString();
    if (kind === 'phone') user.phone = value;
    else user.userId = value;
  }
  return {
    channel: first.channel,
    accountId: first.account_id,
    lastInboundAt: first.last_inbound_at?.toISOString(),
    subject: first.subject,
    user,
  };
}

/** From now on, what is said in this conversation is sealed with the subject's key. */
export async function setThreadSubject(tx: Tx, conversationId: string, subject: string): Promise<void> {
  await tx.query(`update channel_threads set subject = $3 where practice_id = $1 and conversation_id = $2`, [
    tx.practiceId,
    conversationId,
    subject,
  ]);
}
