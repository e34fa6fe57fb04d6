import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/db.ts';
import { type Db, openDb } from './db/db.ts';
import type { QueueDefinition, RunningJob } from './job.ts';
import { createLog } from './log.ts';
import { openMetrics } from './metrics.ts';
import { openQueues, type Queues, setUpQueues } from './queue.ts';

/** By themselves they look only once an hour: what runs here was announced. */
const watchEveryMs = 3_600_000;

const lane = { concurrency: 2, retryDelay: 600, retryDelayMax: 600 } as const;

const definitions: readonly QueueDefinition[] = [
  { name: 'later', policy: 'all', retries: 1, ...lane },
  { name: 'long', policy: 'all', retries: 1, ...lane },
];

const twoDays = 2 * 86_400;
const log = createLog('silent');

let database: TestDatabase;
let db: Db;
let queues: Queues;
let ran: string[];
let waiting: (() => boolean)[];
let handle: (job: RunningJob) => Promise<void>;

beforeAll(async () => {
  database = await createTestDatabase();
  await setUpQueues(database.url, definitions);
  db = openDb({ url: database.url, role: 'vestibule_app', maxConnections: 4 });
  queues = await openQueues({
    url: database.url,
    definitions,
    log,
    metrics: await openMetrics(0),
    watchEveryMs,
  });
  const handler = (job: RunningJob) => handle(job);
  await queues.work(new Map(definitions.map(({ name }) => [name, handler])));
});

beforeEach(() => {
  ran = [];
  waiting = [];
  handle = async ({ data }) => {
    ran.push(String(data.id));
    waiting = waiting.filter((isOver) => !isOver());
  };
});

afterAll(async () => {
  await queues.stop(5_000);
  await db.close();
  await database.drop();
});

const later = (id: string, afterSeconds: number) =>
  db.tx('aurora', (tx) => queues.enqueue(tx, [{ queue: 'later', data: { id }, afterSeconds }]));

const now = (id: string, queue: string) =>
  db.tx('aurora', (tx) => queues.enqueue(tx, [{ queue, data: { id } }]));

/** Resolves when all of these have run. */
function untilRan(...ids: readonly string[]): Promise<void> {
  return new Promise((resolve) => {
    const isOver = () => {
      const all = ids.every((id) => ran.includes(id));
      if (all) resolve();
      return all;
    };
    if (!isOver()) waiting.push(isOver);
  });
}

test('what is due in two days runs as soon as the clock is moved by two days, and nothing that is due after', async () => {
  await later('reminder', twoDays);
  await later('after it', twoDays + 3_600);
  await queues.followClock((twoDays - 60) * 1000);
  await later('marker', 60);
  expect(ran).toEqual([]);
  await queues.followClock(twoDays * 1000);
  await untilRan('reminder', 'marker');
  expect(ran.toSorted()).toEqual(['marker', 'reminder']);
  // Told of the same time again, nobody steps again.
  await queues.followClock(twoDays * 1000);
  await queues.followClock((twoDays + 3_599) * 1000);
  await now('second marker', 'later');
  await untilRan('second marker');
  expect(ran).not.toContain('after it');
  await queues.followClock((twoDays + 3_600) * 1000);
  await untilRan('after it');
});

test('a job that runs while the clock is moved by a year is not taken for dead', async () => {
  const begun = Promise.withResolvers<void>();
  const mayEnd = Promise.withResolvers<void>();
  let runs = 0;
  handle = async () => {
    runs++;
    begun.resolve();
    await mayEnd.promise;
  };
  await now('long', 'long');
  await queues.followClock((twoDays + 3_601) * 1000);
  await begun.promise;
  await queues.followClock(366 * 86_400 * 1000);
  const [job] = await db.batch((tx) =>
    tx.query<{ state: string; alive: boolean }>(
      `select state, heartbeat_on + heartbeat_seconds * interval '1 second' > pgboss.job_now()
         and started_on + expire_seconds * interval '1 second' > pgboss.job_now() as alive
       from pgboss.job where name = 'long'`,
    ),
  );
  expect(job).toEqual({ state: 'active', alive: true });
  mayEnd.resolve();
  expect(runs).toBe(1);
});

test('a step that a killed process did not pass on is made up for, and a clock that was set back moves nothing', async () => {
  const yearMs = 366 * 86_400 * 1000;
  await queues.followClock(yearMs);
  await later('kept', 600);
  const next = await openQueues({
    url: database.url,
    definitions,
    log,
    metrics: await openMetrics(0),
    watchEveryMs,
  });
  await next.followClock(yearMs - 1_000_000);
  await next.followClock(yearMs - 500_000);
  expect(ran).toEqual([]);
  await next.followClock(yearMs + 100_000);
  await untilRan('kept');
  await next.stop(1_000);
});
