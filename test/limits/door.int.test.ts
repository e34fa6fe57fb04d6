import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AccountLimits, accountsOf } from '#channels/index.ts';
import { learnFromNews, messageAppends, type Purpose } from '#messages/index.ts';
import { openDb } from '#platform/db/db.ts';
import { lockMailbox } from '#platform/mailbox.ts';
import { callsToMake } from '#reminders/index.ts';
import { accountOf } from '../../src/messages/governor/account.ts';
import { createGovernor } from '../../src/messages/governor/commands.ts';
import { createTestDatabase, type TestDatabase } from '../db.ts';
import { openRemindersWorld, type ReminderClinic, type RemindersWorld } from '../reminders-world.ts';

/** Limits at the one door out, against the database and the simulated provider. */

let database: TestDatabase;
let world: RemindersWorld;

beforeAll(async () => {
  database = await createTestDatabase();
  world = await openRemindersWorld(database.url);
});

afterAll(async () => {
  await world.stop();
  await database.drop();
});

/** All reminders of Tuesday's visits are due by then: two days before. */
const sundayAfternoon = '2026-11-22T18:00:00.000Z';
/** A day after, and the slot in which they were sent. */
const mondayAfternoon = '2026-11-23T18:05:00.000Z';

const visitTime = (place: number) =>
  new Date(Date.parse('2026-11-24T13:00:00.000Z') + place * 1_800_000).toISOString();

/** Patient `n` has the visit at the place: not in the order in which they booked. */
const places = [5, 2, 7, 0, 3, 6, 1, 4];

async function busyClinic(limits: AccountLimits): Promise<ReminderClinic> {
  const clinic = await world.clinic(limits);
  for (const [n, place] of places.entries()) await clinic.book(n + 1, visitTime(place));
  await clinic.drain();
  return clinic;
}

/** What became of the reminders, the nearest visit first. */
async function reminders(clinic: ReminderClinic): Promise<readonly string[]> {
  const rows = await clinic.query<{ state: string; code: string | null }>(
    'select state, code from views_messages where visit_at is not null order by visit_at',
  );
  return rows.map(({ state, code }) => (state === 'accepted' ? state : `${state} ${code}`));
}

const conversationOf = async (clinic: ReminderClinic, place: number) => {
  const [row] = await clinic.query<{ conversation_id: string }>(
    'select conversation_id from views_reminders where starts_at = $1 limit 1',
    [visitTime(place)],
  );
  if (row === undefined) throw new Error('no such visit');
  return row.conversation_id;
};

const times = (count: number, what: string) => Array.from({ length: count }, () => what);

describe('a portfolio that may write first to four people a day, three of them by reminders', () => {
  test('reminds the nearest visits, the next when places come free, and leaves the rest to a person', async () => {
    const clinic = await busyClinic({ dailyRecipients: 4 });
    await clinic.at(sundayAfternoon);
    const first = [
      ...times(3, 'accepted'),
      ...times(3, 'queued DAY_LIMIT'),
      ...times(2, 'blocked DAY_LIMIT'),
    ];
    expect(await reminders(clinic)).toEqual(first);
    expect(
      places.flatMap((place, n) => (clinic.received(n + 1).length > 0 ? [place] : [])).toSorted(),
    ).toEqual([0, 1, 2]);
    const calls = await clinic.db.tx(clinic.practiceId, (tx) =>
      callsToMake(tx, sundayAfternoon, 'America/Sao_Paulo'),
    );
    expect(calls).toEqual([{ day: '2026-11-24', count: 2 }]);
    await clinic.at(mondayAfternoon);
    expect(await reminders(clinic)).toEqual([...times(6, 'accepted'), ...times(2, 'blocked DAY_LIMIT')]);
  });

  test('who is called and said to come, or whose visit is over, is on no list', async () => {
    const clinic = await busyClinic({ dailyRecipients: 1 });
    await clinic.at(sundayAfternoon);
    const calls = (at: string) =>
      clinic.db.tx(clinic.practiceId, (tx) => callsToMake(tx, at, 'America/Sao_Paulo'));
    // One is sent, one a day later; of the six others two are cancelled.
    expect(await calls(sundayAfternoon)).toEqual([{ day: '2026-11-24', count: 6 }]);
    const last = places.indexOf(7) + 1;
    await clinic.cancel(last);
    expect(await calls(sundayAfternoon)).toEqual([{ day: '2026-11-24', count: 5 }]);
    expect(await calls(visitTime(4))).toEqual([{ day: '2026-11-24', count: 2 }]);
    expect(await calls(visitTime(7))).toEqual([]);
  });

  test('a patient who writes is written to: no place is needed, and no reply waits behind a reminder that does', async () => {
    const clinic = await busyClinic({ dailyRecipients: 4 });
    await clinic.at(sundayAfternoon);
    const conversationId = await conversationOf(clinic, 4);
    await clinic.query('update channel_threads set last_inbound_at = $1 where conversation_id = $2', [
      sundayAfternoon,
      conversationId,
    ]);
    await say(clinic, conversationId, 'm-reply', 'reply');
    await clinic.drain();
    const lines = await clinic.query(
      'select attempts, purpose from views_messages where conversation_id = $1 order by position',
      [conversationId],
    );
    expect(lines).toEqual([
      { attempts: 1, purpose: 'reminder' },
      { attempts: 1, purpose: 'reply' },
    ]);
  });

  test('raised by a notice, it lets go what waits', async () => {
    const clinic = await busyClinic({ dailyRecipients: 4 });
    await clinic.at(sundayAfternoon);
    const config = { channel: 'meta', accountId: `${clinic.practiceId}-wa` };
    const accounts = accountsOf([accountIn(clinic, {})]);
    const news = { kind: 'limit', dailyRecipients: 2_000 } as const;
    await clinic.db.tx(clinic.practiceId, (tx) =>
      learnFromNews(tx, { accounts, queues: clinic.deps.queues }, [
        { ...config, news, identity: 'n1', at: sundayAfternoon },
      ]),
    );
    await clinic.drain();
    expect(await reminders(clinic)).toEqual([...times(6, 'accepted'), ...times(2, 'blocked DAY_LIMIT')]);
  });
});

test('what a practice wants to spend in a day is spent on the nearest visits', async () => {
  const clinic = await busyClinic({
    dailyRecipients: 'unlimited',
    spend: { perDay: 1, costs: { visit_reminder: 0.3 } },
  });
  await clinic.at(sundayAfternoon);
  expect(await reminders(clinic)).toEqual([
    ...times(3, 'accepted'),
    ...times(3, 'queued SPEND_LIMIT'),
    ...times(2, 'blocked SPEND_LIMIT'),
  ]);
});

test('one patient gets a burst and then waits; an emergency text and the confirmation of a stop never do', async () => {
  const clinic = await world.clinic({ pairBurst: 2 });
  await clinic.book(1, visitTime(0));
  await clinic.drain();
  const conversationId = await conversationOf(clinic, 0);
  for (const n of [1, 2, 3]) await say(clinic, conversationId, `r${n}`, 'reply');
  await clinic.drain();
  // How often each was sent. What the provider makes of them is no matter here.
  const sent = async () =>
    (
      await clinic.query<{ attempts: number }>(
        'select attempts from views_messages where conversation_id = $1 order by position',
        [conversationId],
      )
    ).map(({ attempts }) => attempts);
  expect(await sent()).toEqual([1, 1, 0]);
  await clinic.at(new Date(clinic.clock.now() + 6_000).toISOString());
  expect(await sent()).toEqual([1, 1, 1]);
  await say(clinic, conversationId, 'e1', 'emergency');
  await say(clinic, conversationId, 's1', 'stop-confirmation');
  await clinic.drain();
  expect(await sent()).toEqual([1, 1, 1, 1, 1]);
});

test('two processes together never have more tokens than the number may send', async () => {
  const clinic = await world.clinic();
  const account = accountIn(clinic, { perSecond: 20 });
  const db = openDb({ url: database.url, role: 'vestibule_app', maxConnections: 4 });
  const taken = async (lane: 'urgent' | 'bulk') => {
    const governor = createGovernor({ db, clock: clinic.clock });
    let count = 0;
    for (let round = 0; round < 10; round += 1) {
      await governor.ready(account, lane, 0);
      while (governor.take(account, lane, false) === 'go') count += 1;
      const [row] = await clinic.query<{ state: unknown }>(
        `select state from send_limits where scope = 'account'`,
      );
      // All that counts at any moment is within what a second holds.
      const tokens = accountOf(row?.state).grants.reduce((sum, grant) => sum + grant.tokens, 0);
      expect(tokens).toBeLessThanOrEqual(20);
    }
    return count;
  };
  const counts = await Promise.all([taken('urgent'), taken('bulk'), taken('urgent')]);
  expect(counts.reduce((sum, count) => sum + count, 0)).toBeGreaterThanOrEqual(15);
  await db.close();
});

test('a throttle answer of one process slows the other down, and so does a pause', async () => {
  const clinic = await world.clinic();
  const account = accountIn(clinic, {});
  const one = createGovernor(clinic);
  const other = createGovernor(clinic);
  await one.ready(account, 'urgent', 0);
  await one.learn(account, { kind: 'retry', code: 'THROUGHPUT_REACHED' });
  const [row] = await clinic.query<{ state: unknown }>(
    `select state from send_limits where scope = 'account'`,
  );
  expect(accountOf(row?.state).slowed?.share).toBe(0.5);
  const locked = { kind: 'retry', code: 'ACCOUNT_LOCKED', afterMs: 60_000, scope: 'account' } as const;
  expect(await one.learn(account, locked)).toBe(true);
  expect(await one.learn(account, locked)).toBe(false);
  await other.ready(account, 'urgent', 0);
  expect(other.take(account, 'urgent', false)).toEqual({ pausedMs: 60_000 });
  expect(other.take(account, 'urgent', true)).toBe('go');
});

function accountIn(clinic: ReminderClinic, limits: AccountLimits) {
  const id = `${clinic.practiceId}-wa`;
  const config = {
    practiceId: clinic.practiceId,
    id,
    phoneNumberId: '100000000000001',
    wabaId: '200000000000001',
    baseUrl: clinic.meta.url,
    apiVersion: 'v26.0',
    appSecrets: ['a-secret'],
    verifyToken: 'a-token',
    accessToken: 'an-access-token',
  };
  return { practiceId: clinic.practiceId, id, channel: 'meta' as const, config, limits };
}

/** Hands a text to the door, as a turn does. */
async function say(
  clinic: ReminderClinic,
  conversationId: string,
  messageId: string,
  purpose: Purpose,
): Promise<void> {
  const at = new Date(clinic.clock.now()).toISOString();
  const message = {
    messageId,
    purpose,
    dataClass: 'none' as const,
    content: { kind: 'text' as const, text: 'Hello' },
  };
  const context = { at, actor: 'system', correlationId: 'x', causationId: 'x' };
  await clinic.db.tx(clinic.practiceId, async (tx) => {
    await lockMailbox(tx, conversationId);
    await clinic.store.append(tx, messageAppends(conversationId, 'practice', [message], at), context);
  });
}
