import type { Clock } from '#platform/clock.ts';
import type { Db } from '#platform/db/db.ts';
import type { LoadedPractice } from '../cli/load-practices.ts';

/** Days of webhook deliveries that have a partition ahead of time. */
const partitionDays = 14;

export async function makePartitions(
  db: Db,
  practices: readonly LoadedPractice[],
  clock: Clock,
): Promise<void> {
  const [first] = practices;
  if (first === undefined) return;
  const today = new Date(clock.now()).toISOString().slice(0, 10);
  await db.tx(first.settings.id, (tx) =>
    tx.query('select make_delivery_partitions($1, $2)', [today, partitionDays]),
  );
}
