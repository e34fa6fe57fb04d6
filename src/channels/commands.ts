import { hash } from 'node:crypto';
import type { OwedJob } from '#kernel/owed.ts';
import { type Clock, isoNow } from '#platform/clock.ts';
import { type Coalescer, createCoalescer, NotTaken } from '#platform/coalescer.ts';
import type { Db, Queryable } from '#platform/db/db.ts';
import { newId } from '#platform/ids.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { Queues } from '#platform/queue.ts';
import type { Sealer } from '#security/index.ts';
import type { Account } from './accounts.ts';
import { parseJob } from './jobs.ts';

/**
 * Storing deliveries.
 *
 * - **delivery**: one webhook request, kept raw and sealed until retention drops it.
 */

type StoredDelivery = {
  readonly account: Account;
  readonly digest: Buffer;
  readonly deliveryId: string;
  /** Sealed. */
  readonly body: Buffer;
  /** Sealed; undefined where there is none. */
  readonly query: Buffer | undefined;
  readonly receivedAt: string;
};

const digestBytes = 32;

/**
 * Returns the ids of those that were not there yet.
 *
 * What is bytes goes over as two values for all rows: in an array each would be written in hexadecimal and escaped, which costs more
 * than storing it. Everybody inserts in the order of the digests, so that two commits with the same repeats do not wait for each
 * other in a ring.
 */
export async function insertDeliveries(
  tx: Queryable,
  deliveries: readonly StoredDelivery[],
): Promise<ReadonlySet<string>> {
  const sorted = deliveries.toSorted((a, b) => Buffer.compare(a.digest, b.digest));
  const accounts = [...new Set(sorted.map(({ account }) => account))];
  const places = new Map(accounts.map((account, i) => [account, i + 1]));
  const rows = await tx.query<{ delivery_id: string }>(
    `insert into webhook_deliveries (practice_id, day, digest, delivery_id, channel, account_id, body, query,
       received_at)
     select ($1::text[])[r.account], (r.received_at at time zone 'UTC')::date,
            substr($4::bytea, (r.n::int - 1) * ${digestBytes} + 1, ${digestBytes}), r.delivery_id,
            ($2::text[])[r.account], ($3::text[])[r.account], substr($5::bytea, r.starts_at, r.bytes), r.query,
            r.received_at
     from unnest($6::int[], $7::uuid[], $8::timestamptz[], $9::int[], $10::int[], $11::bytea[])
       with ordinality as r (account, delivery_id, received_at, starts_at, bytes, query, n)
     on conflict do nothing
     returning delivery_id`,
    [
      accounts.map((account) => account.practiceId),
      accounts.map((account) => account.channel),
      accounts.map((account) => account.id),
      Buffer.concat(sorted.map((d) => d.digest)),
      Buffer.concat(sorted.map((d) => d.body)),
      sorted.map((d) => places.get(d.account)),
      sorted.map((d) => d.deliveryId),
      sorted.map((d) => d.receivedAt),
      startsOf(sorted.map((d) => d.body)),
      sorted.map((d) => d.body.length),
      sorted.map((d) => d.query),
    ],
  );
  return new Set(rows.map((row) => row.delivery_id));
}

/** Where each begins in all of them together, counted from 1. */
function startsOf(bodies: readonly Buffer[]): readonly number[] {
  let end = 1;
  return bodies.map(({ length }) => {
    const start = end;
    end += length;
    return start;
  });
}

export const queryContext = (deliveryId: string) => `webhook_deliveries|query|${deliveryId}`;

export const deliveryContext = (deliveryId: string) => `webhook_deliveries|body|${deliveryId}`;

/**
 * What a store takes and how long it waits. Deliveries wait for a commit for some milliseconds; more wait only while the database is
 * in trouble. A delivery that no commit took in `waitMs` is given back; a commit that says nothing for `writeMs` is not waited for.
 */
const defaultLimits = {
  /** Per commit. */
  maxItems: 200,
  maxWeight: 4 * 1024 * 1024,
  /** Commits at the same time. */
  maxInFlight: 2,
  maxWaiting: 2_000,
  maxWaitingWeight: 32 * 1024 * 1024,
  waitMs: 5_000,
  writeMs: 5_000,
};

export type Received = {
  readonly body: Uint8Array;
  /** Of the webhook's URL, where the provider signs it (`Channel.readsQuery`). */
  readonly query?: string;
};

export type DeliveryStore = {
  /**
   * Resolves once the delivery, and the job that parses it, are durable. A repeat stores nothing and resolves too.
   * @throws NotTaken, or what the database says: it was not stored, or (`unknown`, a lost connection) nobody knows
   */
  readonly store: (account: Account, received: Received) => Promise<void>;
  /** False while so much waits that `store` would refuse. */
  readonly hasRoom: () => boolean;
};

/** Stores deliveries in shared commits. `db` acts as the ingest role, which may add deliveries and nothing else. */
export function createDeliveryStore(options: {
  readonly db: Db;
  readonly sealer: Sealer;
  readonly queues: Pick<Queues, 'enqueue'>;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'count'>;
  /** What differs from the default limits. */
  readonly limits?: Partial<typeof defaultLimits>;
}): DeliveryStore {
  const { db, sealer, queues, clock, metrics } = options;

  async function write(deliveries: readonly StoredDelivery[]): Promise<void> {
    const added = await db.batch(async (tx) => {
      const ids = await insertDeliveries(tx, deliveries);
      const fresh = deliveries.filter((delivery) => ids.has(delivery.deliveryId));
      if (fresh.length > 0) await queues.enqueue(tx, parseJobs(fresh));
      return fresh.length;
    });
    metrics.count('vestibule_deliveries_stored', {}, added);
    if (added < deliveries.length)
      metrics.count('vestibule_deliveries_repeated', {}, deliveries.length - added);
  }

  const coalescer: Coalescer<StoredDelivery> = createCoalescer({
    write,
    weigh: (delivery) => delivery.body.length,
    ...defaultLimits,
    ...options.limits,
  });

  return {
    hasRoom: coalescer.hasRoom,
    async store(account, { body, query = '' }) {
      // Before it is sealed, which is what costs.
      if (!coalescer.hasRoom()) throw new NotTaken('full');
      const deliveryId = newId();
      const receivedAt = isoNow(clock);
      await coalescer.add({
        account,
        digest: digestOf(account, body, query),
        deliveryId,
        body: sealer.sealForPractice(account.practiceId, deliveryContext(deliveryId), body),
        query:
          query === ''
            ? undefined
            : sealer.sealForPractice(account.practiceId, queryContext(deliveryId), Buffer.from(query)),
        receivedAt,
      });
    },
  };
}

/** The same delivery for the same account has the same digest. */
function digestOf({ channel, id }: Account, body: Uint8Array, query: string): Buffer {
  const place = query === '' ? `${channel}/${id}\n` : `${channel}/${id}?${query}\n`;
  return hash('sha256', Buffer.concat([Buffer.from(place), body]), 'buffer');
}

/** Most deliveries that share a job. A job costs the database more than a delivery does. */
const deliveriesPerJob = 20;

/** The jobs that read these deliveries: those of one practice and day share them. */
function parseJobs(deliveries: readonly StoredDelivery[]): readonly OwedJob[] {
  const dayOf = (delivery: StoredDelivery) => delivery.receivedAt.slice(0, 'yyyy-mm-dd'.length);
  const groups = Map.groupBy(deliveries, (each) => `${each.account.practiceId} ${dayOf(each)}`);
  const jobs: OwedJob[] = [];
  for (const group of groups.values()) {
    for (let i = 0; i < group.length; i += deliveriesPerJob) {
      const some = group.slice(i, i + deliveriesPerJob);
      const [first] = some;
      if (first !== undefined)
        jobs.push(
          parseJob(
            first.account.practiceId,
            dayOf(first),
            some.map((each) => each.deliveryId),
          ),
        );
    }
  }
  return jobs;
}
