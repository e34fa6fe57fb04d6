import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Db, openDb } from '#platform/db/db.ts';
import { createLog } from '#platform/log.ts';
import type { Metrics } from '#platform/metrics.ts';
import { setUpQueues } from '#platform/queue.ts';
import { createTestDatabase, type TestDatabase } from '../../test/db.ts';
import { makePartitions } from './partitions.ts';
import { queueDefinitions } from './queues.ts';
import { retentionLook } from './retention.ts';

/** What has been kept long enough goes, by the product's clock; what was not read stays, and says so. */

let database: TestDatabase;
let db: Db;
let ingest: Db;
let owner: pg.Client;
let now = Date.parse('2031-03-01T12:00:00Z');
let logged = '';
let kept = 0;

const clock = { now: () => now };
const practiceIds = ['aurora', 'riverside'];
const practices = practiceIds.map((id) => ({ settings: { id } }));
const metrics: Metrics = {
  count: (name) => {
    if (name === 'vestibule_unread_days_kept') kept += 1;
  },
  close: async () => undefined,
};

beforeAll(async () => {
  database = await createTestDatabase();
  await setUpQueues(database.url, queueDefinitions);
  db = openDb({ url: database.url, role: 'vestibule_app', maxConnections: 4 });
  ingest = openDb({ url: database.url, role: 'vestibule_ingest', maxConnections: 4 });
  owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
});

afterAll(async () => {
  await db.close();
  await ingest.close();
  await owner.end();
  await database.drop();
});

const look = () => {
  const log = createLog('debug', {
    write: (line) => {
      logged += line;
    },
  });
  return retentionLook({
    db,
    clock,
    log,
    metrics,
    practiceIds,
    keep: { deliveriesDays: 30, mailDays: 365, filesDays: 90 },
  });
};

let number = 0;
async function deliver(practiceId: string, day: string): Promise<void> {
  number += 1;
  await ingest.batch((tx) =>
    tx.query(
      `insert into webhook_deliveries (practice_id, day, digest, delivery_id, channel, account_id, body, received_at)
       values ($1, $2, $3, gen_random_uuid(), 'meta', 'a', 'x', $2::date)`,
      [practiceId, day, Buffer.from(`d${number}`)],
    ),
  );
}

const days = async () =>
  (
    await owner.query<{ day: string }>('select distinct day::text as day from webhook_deliveries order by 1')
  ).rows.map(({ day }) => day);

const later = (ms: number) => {
  now += ms;
};
const dayMs = 86_400_000;

test('a day of deliveries goes when its time is over and all of it was read', async () => {
  await makePartitions(db, practices, clock);
  const clear = look();
  for (const day of ['2031-03-01', '2031-03-02', '2031-03-03']) {
    await deliver('aurora', day);
    await deliver('riverside', day);
  }
  // A day that no partition was made for, and one delivery that nobody has read.
  await deliver('aurora', '2031-02-27');
  await owner.query(
    `insert into pgboss.job (name, data) values ('ingest-dead', '{"practiceId": "riverside", "day": "2031-03-02"}')`,
  );
  await clear();
  expect(await days()).toEqual(['2031-02-27', '2031-03-01', '2031-03-02', '2031-03-03']);
  later(30 * dayMs);
  await clear();
  expect(await days()).toEqual(['2031-03-01', '2031-03-02', '2031-03-03']);
  later(2 * dayMs);
  await clear();
  expect(await days()).toEqual(['2031-03-02', '2031-03-03']);
  expect(kept).toBe(1);
  expect(logged).toContain('kept past their time');
  await owner.query(`delete from pgboss.job where name = 'ingest-dead'`);
  later(dayMs);
  await clear();
  expect(await days()).toEqual([]);
  const left = await owner.query(`select 1 from pg_class where relname ~ 'webhook_deliveries_2031030[12]'`);
  expect(left.rows).toEqual([]);
});

test('a day that is being written to is tried again, and nothing that comes in waits for it for long', async () => {
  await makePartitions(db, practices, clock);
  const clear = look();
  await deliver('aurora', '2031-04-04');
  later(33 * dayMs);
  await makePartitions(db, practices, clock);
  await owner.query('begin');
  await owner.query('lock table webhook_deliveries in row exclusive mode');
  const clearing = clear();
  const today = new Date(now).toISOString().slice(0, 10);
  await deliver('aurora', today);
  await clearing;
  await owner.query('commit');
  expect(await days()).toEqual(['2031-04-04', today]);
  await clear();
  expect(await days()).toEqual([today]);
});

test('mail that was read goes after its time; what waits does not', async () => {
  const arrived = new Date(now - 366 * dayMs).toISOString();
  await owner.query(
    `insert into mailbox (practice_id, mail_key, mailbox_id, kind, sent_at, arrived_at, subject, body, taken_by)
     values ('aurora', 'old-read', 'c', 'message', $1, $1, 's', 'x', 't'), ('aurora', 'old-waiting', 'c', 'message', $1, $1, 's', 'x', null),
       ('aurora', 'new-read', 'c', 'message', $2, $2, 's', 'x', 't')`,
    [arrived, new Date(now).toISOString()],
  );
  await look()();
  const left = await owner.query(`select encode(mail_key, 'escape') as key from mailbox order by 1`);
  expect(left.rows).toEqual([{ key: 'new-read' }, { key: 'old-waiting' }]);
});

test('sign-ins that ended long ago leave no row; those that stand do', async () => {
  await owner.query(`
    insert into staff (practice_id, staff_id, name, role) values ('aurora', 's1', 'Rui', 'admin');
    insert into staff_sessions (practice_id, session_id, secret_hash, staff_id, way, idle_ends_at, ends_at)
      values ('aurora', 'old', 'a', 's1', 'passkey', now() - interval '91 days', now() - interval '91 days'),
        ('aurora', 'new', 'b', 's1', 'passkey', now() + interval '1 hour', now() + interval '1 hour');
    insert into enrolments (practice_id, enrolment_id, token_hash, staff_id, expires_at)
      values ('aurora', 'old', 'a', 's1', now() - interval '91 days'), ('aurora', 'new', 'b', 's1', now());
    insert into sign_in_attempts (practice_id, kind, source, attempts, window_ends_at)
      values ('aurora', 'k', 'old', 1, now() - interval '2 days'), ('aurora', 'k', 'new', 1, now())`);
  await look()();
  const left = await owner.query(
    `select session_id as id from staff_sessions union all select enrolment_id from enrolments
     union all select encode(source, 'escape') from sign_in_attempts`,
  );
  expect(left.rows).toEqual([{ id: 'new' }, { id: 'new' }, { id: 'new' }]);
});
