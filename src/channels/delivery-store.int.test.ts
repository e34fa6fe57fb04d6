import { createServer } from 'node:net';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { systemClock } from '#platform/clock.ts';
import { type Db, openDb, type Patience } from '#platform/db/db.ts';
import { createHttp } from '#platform/http/server.ts';
import type { JobHandler } from '#platform/job.ts';
import { createLog } from '#platform/log.ts';
import { openMetrics } from '#platform/metrics.ts';
import { openQueues, type Queues, setUpQueues } from '#platform/queue.ts';
import { createSealer, openKeyProvider, type Sealer } from '#security/index.ts';
import { createTestDatabase, type TestDatabase } from '../../test/db.ts';
import { makeFolder, removeFolder } from '../../test/folder.ts';
import { openRaw, requestText, statusesIn } from '../../test/raw-client.ts';
import { signatureOf } from '../../test/scenarios/delivery.ts';
import { accountsOf } from './accounts.ts';
import { createDeliveryStore } from './commands.ts';
import { eachDelivery, ingestQueue, parseJob } from './jobs.ts';
import config from './meta/testdata/account.json' with { type: 'json' };
import { webhookRoutes } from './routes.ts';

const practiceId = 'aurora';
const own = { practiceId, id: 'aurora-wa', channel: 'meta', config: { ...config, practiceId } } as const;
const lane = { concurrency: 4, retries: 1, retryDelay: 0, retryDelayMax: 0 } as const;
const definitions = [{ name: ingestQueue, policy: 'all', ...lane }] as const;
const log = createLog('silent');

let database: TestDatabase;
let folder: string;
let db: Db;
let sealer: Sealer;
let queues: Queues;
const opened: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await makeFolder();
  await setUpQueues(database.url, definitions);
  db = openDb({ url: database.url, role: 'vestibule_app', maxConnections: 5 });
  sealer = createSealer({ db, provider: openKeyProvider(`file:${join(folder, 'keys.json')}`) });
  await sealer.preparePractice(practiceId);
  queues = await openQueues({ url: database.url, definitions, log, metrics: await openMetrics(0) });
});

afterEach(async () => {
  for (const close of opened.splice(0).toReversed()) await close();
});

afterAll(async () => {
  await queues.stop(5_000);
  await db.close();
  await database.drop();
  await removeFolder(folder);
});

type StoreOptions = Parameters<typeof createDeliveryStore>[0];

function storeOn(url: string, options: { patience?: Patience; limits?: StoreOptions['limits'] } = {}) {
  const { patience, limits = {} } = options;
  const given = { url, role: 'vestibule_ingest', maxConnections: 3, onError: () => undefined } as const;
  const ingestDb = openDb(patience === undefined ? given : { ...given, patience });
  opened.push(ingestDb.close);
  const metrics = { count: () => undefined };
  return createDeliveryStore({ db: ingestDb, sealer, queues, clock: systemClock, metrics, limits });
}

async function query<Row extends pg.QueryResultRow>(sql: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query<Row>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

const kept = async () => {
  const [row] = await query<{ n: number }>('select count(*)::int as n from webhook_deliveries');
  return row?.n ?? 0;
};

const bodies = (name: string, count: number) =>
  Array.from({ length: count }, (_, i) => Buffer.from(`${name} ${i} ${'x'.repeat(i * 50)}`));

test('deliveries that come together share jobs, and each is in one of them, as it came', async () => {
  const { store } = storeOn(database.url);
  const given = bodies('together', 50);
  await Promise.all(given.map((body) => store(own, { body })));
  const rows = await query<{ id: string; day: string; body: Buffer }>(
    'select delivery_id as id, day::text as day, body from webhook_deliveries',
  );
  const opens = (row: { id: string; body: Buffer }) =>
    db.tx(practiceId, (tx) => sealer.open(tx, 'practice', `webhook_deliveries|body|${row.id}`, row.body));
  const read = await Promise.all(rows.map(opens));
  expect(read.map(String).sort()).toEqual(given.map(String).sort());
  const jobs = await query<{ day: string; ids: string }>(
    `select data->>'day' as day, data->>'deliveryIds' as ids from pgboss.job where name = $1`,
    [ingestQueue],
  );
  expect(jobs.length).toBeLessThan(given.length / 5);
  const named = jobs.flatMap(({ day, ids }) => ids.split(',').map((id) => `${day} ${id}`));
  expect(named.sort()).toEqual(rows.map(({ day, id }) => `${day} ${id}`).sort());
});

test('the same deliveries from two sides, in opposite orders, are kept once and acknowledged to both', async () => {
  const before = await kept();
  const given = bodies('repeated', 150);
  const sides = [storeOn(database.url), storeOn(database.url)];
  const order = [given, given.toReversed()];
  for (let round = 0; round < 3; round += 1) {
    const added = sides.flatMap(({ store }, i) => (order[i] ?? []).map((body) => store(own, { body })));
    await Promise.all(added);
  }
  expect((await kept()) - before).toBe(given.length);
});

test('of the deliveries of a job those that fail get jobs of their own, and the others are done', async () => {
  const enqueued: unknown[] = [];
  const seen: string[] = [];
  const parse: JobHandler = async ({ data }) => {
    seen.push(String(data.deliveryId));
    if (data.deliveryId === 'bad') throw new Error('unreadable');
  };
  const collect = { enqueue: async (_: unknown, jobs: readonly unknown[]) => void enqueued.push(...jobs) };
  const handle = eachDelivery(parse, { db, queues: collect });
  const { data } = parseJob(practiceId, '2026-11-22', ['a', 'bad', 'b']);
  await handle({ id: 'j', attempt: 1, data });
  expect(seen).toEqual(['a', 'bad', 'b']);
  expect(enqueued).toEqual([parseJob(practiceId, '2026-11-22', ['bad'])]);
  // By itself it fails as a job does: with attempts, and then a dead letter.
  const [alone] = enqueued as [ReturnType<typeof parseJob>];
  await expect(handle({ id: 'k', attempt: 1, data: alone.data })).rejects.toThrow('unreadable');
});

/** The product's routes on a store. */
async function serve(
  store: ReturnType<typeof storeOn>,
): Promise<{ app: FastifyInstance; refused: string[] }> {
  const refused: string[] = [];
  const app = await createHttp({ log, apiToken: undefined, sandbox: false, version: '0.0.0' });
  const metrics = { count: (_: string, labels = {}) => void refused.push(Object.values(labels).join()) };
  const options = {
    accounts: accountsOf([own]),
    deliveries: store,
    metrics,
    publicUrl: 'http://localhost',
    log,
    clock: systemClock,
  };
  webhookRoutes(app, options);
  await app.listen({ host: '127.0.0.1', port: 0 });
  opened.push(() => app.close());
  return { app, refused };
}

async function post(app: FastifyInstance, body: string) {
  const headers = { 'x-hub-signature-256': signatureOf(config.appSecrets[0] ?? '', body) };
  const answer = await app.inject({
    method: 'POST',
    url: '/webhooks/meta/aurora-wa',
    headers,
    payload: body,
  });
  return { status: answer.statusCode, retryAfter: answer.headers['retry-after'] };
}

const busy = { status: 503, retryAfter: '2' };
const impatient: Patience = { connectMs: 150, statementMs: 150, answerMs: 300 };

/** Keeps every store from writing until the returned function is called. */
async function block(): Promise<() => Promise<unknown>> {
  const blocker = new pg.Client({ connectionString: database.url });
  await blocker.connect();
  opened.push(() => blocker.end());
  await blocker.query('begin; lock table webhook_deliveries in access exclusive mode');
  return () => blocker.query('rollback');
}

async function eventually(is: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await is())) await new Promise((resolve) => setTimeout(resolve, 5));
}

const someoneIsBlocked = async () =>
  (await query(`select from pg_locks where relation = 'webhook_deliveries'::regclass and not granted`))
    .length > 0;

test('a database that is not there, or takes connections and says nothing: 503, soon', async () => {
  const silent = createServer((socket) => void socket.on('error', () => undefined));
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  opened.push(async () => silent.close());
  const address = silent.address();
  const port = typeof address === 'object' ? address?.port : 0;
  for (const where of [`127.0.0.1:${port}`, '127.0.0.1:1']) {
    const { app, refused } = await serve(storeOn(`postgres://a:b@${where}/c`, { patience: impatient }));
    expect(await post(app, `nobody hears ${where}`)).toEqual(busy);
    expect(refused).toEqual(['not-stored']);
  }
});

test('a database that does not come to it: 503, nothing is kept, and all is well once it can', async () => {
  const { app, refused } = await serve(storeOn(database.url, { patience: impatient }));
  const before = await kept();
  const unblock = await block();
  expect(await post(app, 'too slow')).toEqual(busy);
  await unblock();
  expect(refused).toEqual(['not-stored']);
  expect(await kept()).toBe(before);
  expect((await post(app, 'too slow')).status).toBe(200);
  expect(await kept()).toBe(before + 1);
});

test('what waits is bounded: beyond, 503 before the body is even sent; every 200 is kept and no 503 is', async () => {
  const store = storeOn(database.url, { limits: { maxInFlight: 1, maxItems: 1, maxWaiting: 1 } });
  const { app, refused } = await serve(store);
  const port = Number(new URL(app.listeningOrigin).port);
  const before = await kept();
  const unblock = await block();
  const given = Array.from({ length: 8 }, (_, i) => `flood ${i}`);
  const answers = given.slice(0, 1).map((body) => post(app, body));
  await eventually(someoneIsBlocked);
  // One is being written, one waits; the others are told at once.
  answers.push(post(app, 'flood 1'));
  await eventually(() => !store.hasRoom());
  for (const body of given.slice(2)) expect(await post(app, body)).toEqual(busy);
  const polite = await openRaw(port);
  polite.say(requestText('POST /webhooks/meta/aurora-wa', ['expect: 100-continue', 'content-length: 9']));
  expect(statusesIn(await polite.until('UNAVAILABLE'))).toEqual([503]);
  polite.socket.destroy();
  await unblock();
  for (const answer of answers) expect((await answer).status).toBe(200);
  expect((await kept()) - before).toBe(answers.length);
  expect(new Set(refused)).toEqual(new Set(['busy']));
  // The provider repeats what it was refused.
  for (const body of given) expect((await post(app, body)).status).toBe(200);
  expect((await kept()) - before).toBe(given.length);
});
