import type { Clock } from '#platform/clock.ts';
import type { Db, Tx } from '#platform/db/db.ts';
import type { LoadedPractice } from '../cli/load-practices.ts';

/** Days of webhook deliveries that have a partition ahead of time. */
const partitionDays = 14;

export async function makePartitions(
  db: Db,
  practices: readonly { readonly settings: Pick<LoadedPractice['settings'], 'id'> }[],
  clock: Clock,
): Promise<void> {
  const [first] = practices;
  if (first === undefined) return;
  const today = new Date(clock.now()).toISOString().slice(0, 10);
  await db.tx(first.settings.id, async (tx) => {
    await lockPartitions(tx);
    await tx.query('select make_delivery_partitions($1, $2)', [today, partitionDays]);
  });
}

/** Of processes that start in the same moment each would make the same day, and all but one fail: PostgreSQL's `if not exists` races. */
export function lockPartitions(tx: Tx): Promise<object[]> {
  return tx.query(`select pg_advisory_xact_lock(hashtext('vestibule.partitions'))`);
}
