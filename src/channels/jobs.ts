import type { OwedJob } from '#kernel/owed.ts';
import type { Db } from '#platform/db/db.ts';
import type { JobHandler } from '#platform/job.ts';
import type { Queues } from '#platform/queue.ts';

/** The queue whose jobs parse stored deliveries. */
export const ingestQueue = 'ingest';

/** The job that reads deliveries of one practice and day. */
export function parseJob(practiceId: string, day: string, deliveryIds: readonly string[]): OwedJob {
  return { queue: ingestQueue, data: { practiceId, day, deliveryIds: deliveryIds.join(',') } };
}

/**
 * The handler of the `ingest` queue: gives each delivery of a job to `parse`, as a job of its own. Those that fail do not hold up
 * the others: each gets a job of its own, with its own attempts and its own dead letter.
 */
export function eachDelivery(
  parse: JobHandler,
  deps: { readonly db: Db; readonly queues: Pick<Queues, 'enqueue'> },
): JobHandler {
  return async (job) => {
    const { practiceId, day, deliveryIds } = job.data;
    const ids = String(deliveryIds).split(',');
    const parseOne = (deliveryId: string | undefined) =>
      parse({
        ...job,
        data: { practiceId: String(practiceId), day: String(day), deliveryId: String(deliveryId) },
      });
    if (ids.length === 1) return await parseOne(ids[0]);
    const results = await Promise.allSettled(ids.map(parseOne));
    const failed = ids.filter((_, i) => results[i]?.status === 'rejected');
    if (failed.length === 0) return;
    const alone = failed.map((id) => parseJob(String(practiceId), String(day), [id]));
    await deps.db.tx(String(practiceId), (tx) => deps.queues.enqueue(tx, alone));
  };
}
