import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/db.ts';
import { createLog } from './log.ts';
import { keepPresence } from './presence.ts';

let database: TestDatabase;
let owner: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
});

afterAll(async () => {
  await owner.end();
  await database.drop();
});

const log = createLog('silent', { write: () => undefined });
const connect = (whenAlone: () => void) =>
  keepPresence(
    { connectionString: database.url, application_name: 'presence' },
    log,
    async () => void whenAlone(),
  );

type Holder = { pid: number };

const holders = async () =>
  (
    await owner.query<Holder>(
      `select l.pid from pg_locks l join pg_stat_activity a using (pid)
       where l.locktype = 'advisory' and l.granted and a.application_name = 'presence' and a.datname = current_database()`,
    )
  ).rows;

test('a process whose connection was lost still counts as living when another one starts', async () => {
  let alone = 0;
  const first = await connect(() => (alone += 1));
  expect(alone).toBe(1);
  const [before] = await holders();
  await owner.query('select pg_terminate_backend($1)', [before?.pid]);
  await expect.poll(async () => (await holders()).some(({ pid }) => pid !== before?.pid)).toBe(true);
  const second = await connect(() => (alone += 1));
  expect(alone).toBe(1);
  await first.stop();
  await second.stop();
  const third = await connect(() => (alone += 1));
  expect(alone).toBe(2);
  await third.stop();
});
