import { afterAll, beforeAll, expect, test } from 'vitest';
import { recipientsOfAccounts } from '#messages/index.ts';
import { openTurnsWorld, type TurnsWorld } from '../../../test/turns-world.ts';
import account from '../meta/testdata/account.json' with { type: 'json' };
import { hearNews } from './commands.ts';
import { latestNews } from './health.ts';
import { latestNewsRows, newsHistory, openNews } from './views.ts';

let world: TurnsWorld;

beforeAll(async () => {
  world = await openTurnsWorld(6);
});

afterAll(() => world.close());

const change = (field: string, value: object, time: number, id = account.wabaId) => ({
  id,
  time,
  changes: [{ field, value }],
});

const body = (...entry: object[]) =>
  Buffer.from(JSON.stringify({ object: 'whatsapp_business_account', entry }));

const named = { message_template_name: 'visit_reminder', message_template_language: 'pt_BR' };
const status = (event: string, time: number) =>
  change('message_template_status_update', { ...named, event }, time);

const rows = () => world.deps.db.tx(world.practiceId, latestNewsRows);
const history = (accountId: string) =>
  world.deps.db.tx(world.practiceId, (tx) => newsHistory(tx, { channel: 'meta', accountId }, 50));

/** The deliveries that were stored again for an account, as jobs. */
async function storedFor(accountId: string) {
  const stored = await world.query<{ deliveryId: string; day: string }>(
    `select delivery_id as "deliveryId", day::text as day from webhook_deliveries where practice_id = $1 and account_id = $2`,
    [accountId],
  );
  return stored.map((row) => ({
    id: row.deliveryId,
    attempt: 1,
    data: { practiceId: world.practiceId, ...row },
  }));
}

test('news of a business account reach all its numbers, each once, however often and in whatever order they come', async () => {
  const paused = body(status('PAUSED', 1_795_000_300));
  const approved = body(
    status('APPROVED', 1_795_000_900),
    change('security', { event: 'PIN_CHANGED', requester: '77' }, 1_795_000_901),
  );
  // The later news first; the earlier twice, by two deliveries that hold it at the same time.
  await world.parse(await world.deliverBody(approved));
  await Promise.all([
    world.parse(await world.deliverBody(paused)),
    world.parse(
      await world.deliverBody(body(status('PAUSED', 1_795_000_300), status('PAUSED', 1_795_000_300))),
    ),
  ]);
  const mine = (await rows()).filter(({ accountId }) => accountId === 'aurora-wa');
  expect(mine.map(({ topic, code }) => `${topic} ${code}`)).toEqual([
    'security pin-changed',
    'template/visit_reminder/pt_BR approved',
  ]);
  expect((await history('aurora-wa')).map(({ code }) => code)).toEqual(['pin-changed', 'approved', 'paused']);

  const forTwo = await storedFor('aurora-two');
  expect(forTwo.length).toBe(3);
  for (const job of forTwo) await world.parse(job);
  expect((await history('aurora-two')).map(({ code }) => code)).toEqual([
    'pin-changed',
    'approved',
    'paused',
  ]);
  // And not back again.
  expect((await storedFor('aurora-wa')).length).toBe(3);
});

test('news of one number, of another business account, or of nobody we know', async () => {
  const before = (await history('aurora-wa')).length;
  const handover = { type: 'control_passed', recipient: { phone_number_id: '700100200300499' } };
  await world.parse(await world.deliverBody(body(change('messaging_handovers', handover, 1_795_001_000))));
  await world.parse(
    await world.deliverBody(
      body(change('account_update', { event: 'ACCOUNT_DELETED' }, 1_795_001_001, '999')),
    ),
  );
  expect(await history('aurora-wa')).toHaveLength(before);
  for (const job of await storedFor('aurora-two')) await world.parse(job);
  expect((await history('aurora-two'))[0]).toMatchObject({ kind: 'handover', code: 'control-passed' });
});

test('what the database calls the latest is what the state is made of; who asked for it lies sealed', async () => {
  const { db, store } = world.deps;
  const at = '2026-11-23T10:00:00.000Z';
  const heard = (['RED', 'high', 'Zoo', 'a-b', '_'] as const).map((identity, i) => ({
    channel: 'meta',
    accountId: 'aurora-wa',
    identity,
    at,
    news: { kind: 'security' as const, event: `pin-${i}`, requester: 'needle-4711' },
  }));
  const opened = await db.tx(world.practiceId, async (tx) => {
    expect(await hearNews(tx, store, heard, at)).toHaveLength(5);
    expect(await hearNews(tx, store, heard, at)).toEqual([]);
    return await openNews(tx, store, await newsHistory(tx, { channel: 'meta', accountId: 'aurora-wa' }, 50));
  });
  const latest = latestNews(opened);
  for (const row of await rows())
    if (row.accountId === 'aurora-wa') expect(latest.get(row.topic)?.key).toBe(row.key);
  expect(opened[0]?.news).toMatchObject({ requester: 'needle-4711' });
  const plain = await world.query(
    `select (select string_agg(n::text, ' ') from views_account_news n where practice_id = $1) ||
            (select string_agg(data::text, ' ') from events where practice_id = $1) as all`,
  );
  expect(JSON.stringify(plain)).toContain('pin-4');
  expect(JSON.stringify(plain)).not.toContain('needle-4711');
});

test('a status that fails for the whole account, and a chat of another app, are told once', async () => {
  const metadata = { phone_number_id: account.phoneNumberId };
  const failed = (id: string) => ({
    id,
    status: 'failed',
    timestamp: '1795002000',
    recipient_id: '5511',
    errors: [{ code: 131042 }],
  });
  const said = (id: string) => ({
    from: '5511987650000',
    id,
    timestamp: '1795002100',
    type: 'text',
    text: { body: 'oi' },
  });
  const bodies = ['a', 'b'].map((id) =>
    body(
      {
        id: account.wabaId,
        changes: [{ field: 'messages', value: { metadata, statuses: [failed(`s${id}`)] } }],
      },
      {
        id: account.wabaId,
        changes: [{ field: 'standby', value: { metadata, messages: [said(`m${id}`)] } }],
      },
    ),
  );
  for (const each of bodies) await world.parse(await world.deliverBody(each));
  const told = (await history('aurora-wa')).filter(({ kind }) => kind === 'failing' || kind === 'standby');
  expect(told.map(({ kind, code }) => [kind, code])).toEqual([
    ['standby', undefined],
    ['failing', 'PAYMENT_PROBLEM'],
  ]);
});

test('what a provider says of limits is what the next message goes by; what is older changes nothing', async () => {
  const limit = (value: string, time: number) =>
    body(change('business_capability_update', { max_daily_conversations_per_business: value }, time));
  const flagged = body(change('phone_number_quality_update', { event: 'FLAGGED' }, 1_795_003_000));
  for (const each of [limit('TIER_2K', 1_795_003_100), limit('TIER_250', 1_795_003_000), flagged])
    await world.parse(await world.deliverBody(each));
  const rows = await world.query<{ scope: string; state: object }>(
    `select scope, state from send_limits where practice_id = $1 and name = 'meta/aurora-wa' order by scope`,
  );
  expect(rows).toMatchObject([
    { scope: 'account', state: { quality: 'low' } },
    { scope: 'portfolio', state: { dailyRecipients: 2000 } },
  ]);
  const account = world.accounts.find('meta', 'aurora-wa');
  if (account === undefined) throw new Error('no account');
  const used = await world.deps.db.tx(world.practiceId, (tx) =>
    recipientsOfAccounts(tx, [account], Date.now()),
  );
  expect(used.get('meta/aurora-wa')).toEqual({ used: 0, limit: 2000 });
});
