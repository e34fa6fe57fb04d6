import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountsOf, latestNewsRows } from '#channels/index.ts';
import { accepted, accountRetry, type Outcome, rejected, retry, unknown } from '#kernel/outcome.ts';
import { createLog } from '#platform/log.ts';
import { openTurnsWorld, type TurnsWorld } from '../../test/turns-world.ts';
import config from '../channels/meta/testdata/account.json' with { type: 'json' };
import { type ChannelHealth, createChannelHealth } from './channel-health.ts';

/** A Tuesday, 11:00 in the practice's zone. */
const tuesday = Date.parse('2026-11-24T14:00:00.000Z');
const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const iso = (ms: number) => new Date(ms).toISOString();

let world: TurnsWorld;
let now = tuesday;
let counted: string[] = [];
const practiceId = 'aurora';
const own = {
  practiceId,
  id: 'aurora-wa',
  channel: 'meta' as const,
  config: { ...config, practiceId, id: 'aurora-wa' },
};

beforeAll(async () => {
  world = await openTurnsWorld(6);
});

afterAll(() => world.close());

/** One process of the program. */
function aProcess(): ChannelHealth {
  const { db, store } = world.deps;
  return createChannelHealth({
    db,
    store,
    clock: { now: () => now },
    log: createLog('error'),
    metrics: {
      count: (name, labels) => void counted.push(`${name} ${labels?.kind}`),
    },
    accounts: accountsOf([own]),
    practices: [{ settings: { id: practiceId, timeZone: 'America/Sao_Paulo' } }],
  });
}

/** A process that has been running for a while. */
async function aRunningProcess(): Promise<ChannelHealth> {
  const health = aProcess();
  await health.look();
  return health;
}

async function latest(topic: string) {
  const rows = await world.deps.db.tx(practiceId, latestNewsRows);
  const row = rows.find((each) => each.accountId === own.id && each.topic === topic);
  return row && { kind: row.kind, code: row.code, at: row.at };
}

async function hear(health: ChannelHealth, outcome: Outcome<unknown>) {
  now += minuteMs;
  health.heard(own, outcome);
  await health.settled();
  return await latest('sending');
}

test('an account that may not send is known to every process, until one of them may', async () => {
  const [one, two] = [aProcess(), aProcess()];
  for (const nothing of [accepted({}), rejected('UNDELIVERABLE'), retry('HTTP_503'), unknown('TIMEOUT')])
    expect(await hear(one, nothing)).toBeUndefined();
  // Passes by itself within minutes.
  expect(await hear(one, accountRetry('RATE_LIMITED', 5_000))).toBeUndefined();
  const paused = await hear(one, accountRetry('TOKEN_EXPIRED', 15 * minuteMs));
  expect(paused).toEqual({ kind: 'paused', code: 'TOKEN_EXPIRED', at: iso(now) });
  // Told once for each reason.
  expect(await hear(one, accountRetry('TOKEN_EXPIRED', 15 * minuteMs))).toEqual(paused);
  expect(await hear(one, accountRetry('PAYMENT_PROBLEM', 15 * minuteMs))).toMatchObject({
    code: 'PAYMENT_PROBLEM',
  });
  // A process that began since learns of it by a look, and tells when it is over.
  await two.look();
  expect(await hear(two, unknown('TIMEOUT'))).toMatchObject({ kind: 'paused' });
  expect(await hear(two, accepted({}))).toMatchObject({ kind: 'resumed' });
  expect(await hear(two, accepted({}))).toMatchObject({ kind: 'resumed' });
  // And the first one may find it again.
  await one.look();
  expect(await hear(one, accountRetry('PAYMENT_PROBLEM', 15 * minuteMs))).toMatchObject({
    kind: 'paused',
    at: iso(now),
  });
});

/** As the reader of the figures left it: twelve messages an hour on weekdays from 8 to 18, up to Tuesday at half past nine. */
async function busyWeeks(lastAt: number): Promise<void> {
  const hours: number[] = [];
  for (let hour = tuesday - 6 * 7 * 24 * hourMs; hour < lastAt; hour += hourMs) {
    const local = new Date(hour - 3 * hourMs);
    if (local.getUTCDay() % 6 !== 0 && local.getUTCHours() >= 8 && local.getUTCHours() < 18) hours.push(hour);
  }
  await world.query('delete from views_traffic_hours where practice_id = $1');
  await world.query('delete from views_traffic where practice_id = $1');
  await world.query(
    `insert into views_traffic_hours (practice_id, channel, account_id, hour, inbound)
     select $1, 'meta', 'aurora-wa', h, 12 from unnest($2::timestamptz[]) h`,
    [hours.map(iso)],
  );
  await world.query(
    `insert into views_traffic (practice_id, channel, account_id, first_inbound_at, last_inbound_at) values ($1, 'meta', 'aurora-wa', $2, $3)`,
    [iso(hours[0] ?? 0), iso(lastAt)],
  );
}

test('a silence is told once, by whichever process looks first, and not before it is one', async () => {
  const lastAt = Date.parse('2026-11-24T12:30:00.000Z');
  await busyWeeks(lastAt);
  now = lastAt + 90 * minuteMs;
  // What came in meanwhile may not be read yet.
  const [one, two] = [await aRunningProcess(), await aRunningProcess()];
  expect(await latest('silent')).toBeUndefined();
  now = lastAt + 20 * minuteMs;
  await one.look();
  expect(await latest('silent')).toBeUndefined();
  now = lastAt + 90 * minuteMs;
  counted = [];
  await one.look();
  const silent = await latest('silent');
  expect(silent).toMatchObject({ kind: 'silent', at: iso(now) });
  now += 5 * minuteMs;
  await Promise.all([one.look(), two.look()]);
  expect(await latest('silent')).toEqual(silent);
  expect(counted).toEqual(['vestibule_account_silences silent']);
});

test('messages of which nothing is told', async () => {
  const untold = (messages: number, since: number) =>
    world.query('update views_traffic set untold = $2, untold_since = $3 where practice_id = $1', [
      messages,
      iso(since),
    ]);
  const health = await aRunningProcess();
  await untold(4, now - 10 * minuteMs);
  await health.look();
  expect(await latest('statuses-silent')).toBeUndefined();
  await untold(4, now - 20 * minuteMs);
  await health.look();
  expect(await latest('statuses-silent')).toMatchObject({ kind: 'statuses-silent' });
});

test('an account that is not configured any more may be silent', async () => {
  const { db, store } = world.deps;
  await busyWeeks(Date.parse('2026-11-23T12:30:00.000Z'));
  const before = await latest('silent');
  const health = createChannelHealth({
    db,
    store,
    clock: { now: () => tuesday },
    log: createLog('error'),
    metrics: world.deps.metrics,
    accounts: accountsOf([]),
    practices: [{ settings: { id: practiceId, timeZone: 'America/Sao_Paulo' } }],
  });
  await health.look();
  await health.look();
  expect(await latest('silent')).toEqual(before);
});
