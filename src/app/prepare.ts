import { migrate } from '#platform/db/migrate.ts';
import { setUpQueues } from '#platform/queue.ts';
import { queueDefinitions } from './queues.ts';

/** Prepares the database: migrations, then the queues. Safe to run from several processes at once. */
export async function prepareDatabase(ownerUrl: string, migrationsDir: string): Promise<void> {
  await migrate(ownerUrl, migrationsDir);
  await setUpQueues(ownerUrl, queueDefinitions);
}
