import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../../test/db.ts';
import { openPool } from './pool.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(() => database.drop());

test('a pool has ended when the last of its connections has', async () => {
  const { pool, end } = openPool({ connectionString: database.url, max: 10 }, () => {});
  let opened = 0;
  let ended = 0;
  pool.on('connect', (client) => {
    opened += 1;
    client.once('end', () => (ended += 1));
  });
  await Promise.all(Array.from({ length: 10 }, () => pool.query('select pg_sleep(0.05)')));
  const client = await pool.connect();
  const running = client.query<{ n: number }>('select 1 as n from pg_sleep(0.2)');
  void running.finally(() => client.release());
  await end();
  expect(opened).toBe(10);
  expect(ended).toBe(10);
  // What was running then was let finish.
  expect((await running).rows).toEqual([{ n: 1 }]);
});

test('a pool that nobody used ends at once', async () => {
  await openPool({ connectionString: database.url }, () => {}).end();
});
