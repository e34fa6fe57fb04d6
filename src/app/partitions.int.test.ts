import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Db, openDb } from '#platform/db/db.ts';
import { createTestDatabase, type TestDatabase } from '../../test/db.ts';
import { makePartitions } from './partitions.ts';

let database: TestDatabase;
let processes: readonly Db[];

beforeAll(async () => {
  database = await createTestDatabase();
  processes = Array.from({ length: 8 }, () =>
    openDb({ url: database.url, role: 'vestibule_app', maxConnections: 1 }),
  );
});

afterAll(async () => {
  for (const db of processes) await db.close();
  await database.drop();
});

test('processes that start in the same moment make the days together, and none fails', async () => {
  const practices = [{ settings: { id: 'aurora' } }];
  for (const day of ['2031-01-01', '2031-03-01', '2031-05-01', '2031-07-01']) {
    const clock = { now: () => Date.parse(`${day}T12:00:00Z`) };
    await Promise.all(processes.map((db) => makePartitions(db, practices, clock)));
  }
  const [made] = await processes.map((db) =>
    db.batch((tx) =>
      tx.query<{ n: number }>(
        `select count(*)::int as n from pg_class where relname like 'webhook_deliveries_2031%' and relkind = 'r'`,
      ),
    ),
  );
  expect(await made).toEqual([{ n: 4 * 14 }]);
});
