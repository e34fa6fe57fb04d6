import { createHash } from 'node:crypto';
import { type Clock, isoNow } from '#platform/clock.ts';
import { type Coalescer, createCoalescer, NotTaken } from '#platform/coalescer.ts';
import type { Db, Queryable } from '#platform/db/db.ts';
import { newId } from '#platform/ids.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { Queues } from '#platform/queue.ts';
import type { Sealer } from '#security/index.ts';
import type { Account } from './accounts.ts';

/**
 * Storing deliveries.
 *
 * - **delivery**: one webhook request, kept raw and sealed until retention drops it.
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

export const deliveryContext = (deliveryId: string) => `webhook_deliveries|body|${deliveryId}`;

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
