import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/db.ts';
import { patienceMs } from '../../test/patience.ts';
import { type Db, openDb, type Tx } from './db/db.ts';
import { Hopeless, type QueueDefinition } from './job.ts';
import { createLog } from './log.ts';
import {
  addMail,
  holdMailboxes,
  lockMailboxes,
  mailboxesWithOldMail,
  type NewMail,
  takeMail,
  type WaitingMail,
} from './mailbox.ts';
import { openMetrics } from './metrics.ts';
import { deadLetterOf, openQueues, type Queues, setUpQueues } from './queue.ts';

const lane = { concurrency: 10, retryDelay: 1, retryDelayMax: 1 } as const;

const definitions: readonly QueueDefinition[] = [
  { name: 'plain', policy: 'all', retries: 1, ...lane },
  { name: 'wakes', policy: 'one-waiting', retries: 3, ...lane },
];

let database: TestDatabase;
let db: Db;
let ingestDb: Db;
let queues: Queues;
/** Jobs of the queue `plain` that ran, with their last attempt. */
const plain = new Map<string, number>();

const log = createLog('silent');

beforeAll(async () => {
  database = await createTestDatabase();
  await setUpQueues(database.url, definitions);
  await setUpQueues(database.url, definitions);
  db = openDb({ url: database.url, role: 'vestibule_app', maxConnections: 20 });
  ingestDb = openDb({ url: database.url, role: 'vestibule_ingest', maxConnections: 2 });
  queues = await openQueues({ url: database.url, definitions, log, metrics: await openMetrics(0) });
});

afterAll(async () => {
  await queues.stop(5_000);
  await db.close();
  await ingestDb.close();
  await database.drop();
});

function letter(mailboxId: string, n: number) {
  return {
    mailboxId,
    key: Buffer.from(`${mailboxId}/${n}`),
    kind: 'message',
    sentAt: new Date(Date.UTC(2026, 10, 22, 10, 0, n)).toISOString(),
    subject: 'practice',
    body: Buffer.from(String(n)),
  };
}

const now = '2026-11-22T10:00:00.000Z';

/** Adds mail as its senders do: the locks first. */
async function post(tx: Tx, mail: readonly NewMail[], arrivedAt: string): Promise<readonly string[]> {
  await lockMailboxes(
    tx,
    mail.map((one) => one.mailboxId),
  );
  return await addMail(tx, mail, arrivedAt);
}

/** Takes mail as a turn does: the lock first. */
async function take(tx: Tx, mailboxId: string, takenBy: string): Promise<readonly WaitingMail[]> {
  await holdMailboxes(tx, [mailboxId], true);
  return (await takeMail(tx, [{ mailboxId, takenBy }])).get(mailboxId) ?? [];
}

test('jobs exist only if their transaction commits; a failing one becomes a dead letter', async () => {
  const ran: string[] = [];
  const twice = Promise.withResolvers<void>();
  const turns = new Map<string, number>();
  const running = new Map<string, number>();
  const overlaps: string[] = [];
  const allRead = Promise.withResolvers<void>();
  const read = new Map<string, number[]>();
  const total = 20 * 5;

  await queues.work(
    new Map([
      [
        'plain',
        async (job) => {
          ran.push(String(job.data.id));
          plain.set(String(job.data.id), job.attempt);
          if (job.data.id === 'hopeless') throw new Hopeless('UNREADABLE');
          if (job.data.id === 'bad') {
            if (job.attempt === 2) twice.resolve();
            throw new TypeError('a bug');
          }
        },
      ],
      [
        'wakes',
        async (job) => {
          const mailboxId = String(job.data.mailboxId);
          await db.tx('aurora', async (tx) => {
            const mail = await take(tx, mailboxId, job.id);
            if (mail.length === 0) return;
            if ((running.get(mailboxId) ?? 0) > 0) overlaps.push(mailboxId);
            running.set(mailboxId, (running.get(mailboxId) ?? 0) + 1);
            await tx.query('select 1');
            turns.set(mailboxId, (turns.get(mailboxId) ?? 0) + 1);
            read.set(mailboxId, [
              ...(read.get(mailboxId) ?? []),
              ...mail.map((m) => Number(m.body.toString())),
            ]);
            running.set(mailboxId, (running.get(mailboxId) ?? 0) - 1);
          });
          if ([...read.values()].flat().length === total) allRead.resolve();
        },
      ],
    ]),
  );

  await expect(
    db.tx('aurora', async (tx) => {
      await queues.enqueue(tx, [{ queue: 'plain', data: { id: 'never' } }]);
      throw new Error('rolled back');
    }),
  ).rejects.toThrow('rolled back');
  // The ingest role may enqueue as well, and sees nothing else.
  await ingestDb.batch((tx) => queues.enqueue(tx, [{ queue: 'plain', data: { id: 'bad' } }]));
  await twice.promise;
  await expect
    .poll(
      async () =>
        (
          await db.batch((tx) =>
            tx.query(`select data from pgboss.job where name = $1`, [deadLetterOf('plain')]),
          )
        ).length,
    )
    .toBe(1);
  expect(ran).toEqual(['bad', 'bad']);
  // One that cannot succeed is not run again.
  await db.tx('aurora', (tx) => queues.enqueue(tx, [{ queue: 'plain', data: { id: 'hopeless' } }]));
  await expect
    .poll(() =>
      db.batch((tx) =>
        tx.query(`select data->>'id' as id from pgboss.job where name = $1 order by 1`, [
          deadLetterOf('plain'),
        ]),
      ),
    )
    .toEqual([{ id: 'bad' }, { id: 'hopeless' }]);
  expect(ran.filter((id) => id === 'hopeless')).toHaveLength(1);

  // Twenty racing turns per mailbox, mail added while they run: none overlaps, none is lost, each is read once and in order.
  const ids = Array.from({ length: 5 }, (_, i) => `m${i}`);
  await Promise.all(
    Array.from({ length: 20 }, (_, n) =>
      db.tx('aurora', async (tx) => {
        const woken = await post(
          tx,
          ids.map((id) => letter(id, n)),
          now,
        );
        await queues.enqueue(
          tx,
          woken.map((mailboxId) => ({ queue: 'wakes', data: { mailboxId }, key: mailboxId })),
        );
      }),
    ),
  );
  await allRead.promise;
  expect(overlaps).toEqual([]);
  for (const id of ids)
    expect([...(read.get(id) ?? [])].sort((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, n) => n));
  for (const id of ids) expect(turns.get(id)).toBeLessThanOrEqual(20);
});

test('a job whose worker is gone runs again, and one that waits runs when its time has come', async () => {
  // As a killed process leaves it, while others live.
  await db.tx('aurora', (tx) =>
    tx.query(
      `insert into pgboss.job (name, data, state, retry_limit, retry_delay, started_on, heartbeat_seconds, heartbeat_on, policy)
       values ('plain', '{"id": "orphan"}', 'active', 1, 0, now(), 10, now() - interval '11 seconds', 'standard')`,
    ),
  );
  await expect.poll(() => plain.get('orphan'), { timeout: patienceMs }).toBe(2);
  await db.tx('aurora', (tx) =>
    queues.enqueue(tx, [{ queue: 'plain', data: { id: 'later' }, afterSeconds: 1 }]),
  );
  await expect.poll(() => plain.get('later'), { timeout: patienceMs }).toBe(1);
});

test('the same mail twice is one, and wakes nobody', async () => {
  const first = await db.tx('aurora', (tx) => post(tx, [letter('twice', 1)], now));
  const second = await db.tx('aurora', (tx) => post(tx, [letter('twice', 1)], now));
  expect([first, second]).toEqual([['twice'], []]);
});

test('mail is read in the order in which it was written, not in that of its arrival', async () => {
  await db.tx('aurora', (tx) => post(tx, [letter('order', 3), letter('order', 1)], now));
  await db.tx('aurora', (tx) => post(tx, [letter('order', 2)], now));
  const mail = await db.tx('aurora', (tx) => take(tx, 'order', 't1'));
  expect(mail.map((m) => m.body.toString())).toEqual(['1', '2', '3']);
});

test('a turn that runs while mail is being added either sees it or leaves it to the wake that follows', async () => {
  // The mailbox exists: only then can a wake for it be waiting already.
  await db.tx('aurora', (tx) => post(tx, [letter('late', 0)], now));
  await db.tx('aurora', (tx) => take(tx, 'late', 't0'));
  const added = Promise.withResolvers<void>();
  const mayCommit = Promise.withResolvers<void>();
  const adding = db.tx('aurora', async (tx) => {
    await post(tx, [letter('late', 1)], now);
    added.resolve();
    await mayCommit.promise;
  });
  await added.promise;
  // This turn was woken by somebody else. It waits for the adding transaction instead of finding nothing.
  const turn = db.tx('aurora', (tx) => take(tx, 'late', 't1'));
  mayCommit.resolve();
  await adding;
  expect(await turn).toHaveLength(1);
});

test('the sweep finds mail that nobody took', async () => {
  await db.tx('riverside', (tx) => post(tx, [letter('lying', 1)], now));
  const old = (before: string) => db.tx('riverside', (tx) => mailboxesWithOldMail(tx, before, 10));
  expect(await old(now)).toEqual([]);
  expect(await old('2026-11-22T10:00:01.000Z')).toEqual(['lying']);
});
