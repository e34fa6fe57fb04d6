import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/db.ts';
import { countsSql, inboxSql } from './list/views.ts';
import { lettersSql } from './thread/views.ts';

/**
 * At 100,000 conversations every page of the list is the beginning of an index, under row security and with the plan that a
 * prepared statement has once it is reused: without its values.
 */

const conversations = 100_000;

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  await owner.query(`select set_config('vestibule.practice_id', 'aurora', false)`);
  await owner.query(`
    insert into views_inbox (practice_id, conversation_id, state, language, reason, priority, assignee, lease_until,
      waiting_since, last_at, unread)
    select 'aurora', 'c' || n,
      case when n % 50 = 0 then 'waiting' when n % 200 = 1 then 'taken' when n % 10 = 2 then 'resolved' else 'bot' end,
      'pt', 'asked', 1, case when n % 200 = 1 then 'ana' end,
      case when n % 200 = 1 then timestamptz '2026-11-22' end, timestamptz '2026-11-01' + n * interval '1 s',
      timestamptz '2026-11-01' + n * interval '1 s', 0
    from generate_series(1, ${conversations}) n`);
  await owner.query(`
    insert into views_inbox_words (practice_id, word, conversation_id)
    select 'aurora', decode(md5((n % 5000)::text), 'hex'), 'c' || n from generate_series(1, ${conversations}) n`);
  await owner.query(`
    insert into channel_threads (practice_id, conversation_id, channel, account_id, started_at)
    select 'aurora', 'c' || n, 'meta', 'wa', now() from generate_series(1, ${conversations}) n`);
  await owner.query(`
    insert into conversation_addresses (practice_id, account_id, address_hash, conversation_id, kind, address)
    select 'aurora', 'wa', decode(md5(n::text), 'hex'), 'c' || n, 'phone', '' from generate_series(1, ${conversations}) n`);
  await owner.query('analyze');
  await owner.end();
  client = new pg.Client({ connectionString: database.url, options: '-c role=vestibule_app' });
  await client.connect();
  await client.query(`select set_config('vestibule.practice_id', 'aurora', false)`);
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

async function planOf(sql: string): Promise<string> {
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (generic_plan) ${sql}`);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

test.each([
  ['those that wait', inboxSql.waiting.page, 'views_inbox_open'],
  ['mine', inboxSql.mine.page, 'views_inbox_mine'],
  ['all', inboxSql.all.page, 'views_inbox_all'],
  ['the resolved', inboxSql.resolved.page, 'views_inbox_resolved'],
  ['how many wait', countsSql, 'views_inbox_(open|mine)'],
  ['a search among all', inboxSql.all.search, 'views_inbox_words_pkey'],
  ['a search among those that wait', inboxSql.waiting.search, 'views_inbox_words_pkey'],
])('%s', async (_, sql, index) => {
  const plan = await planOf(sql);
  expect(plan).toMatch(new RegExp(`(using|on) ${index}`));
  expect(plan).not.toContain('Seq Scan');
});

test.each(['waiting', 'mine', 'all', 'resolved'] as const)(
  '%s is read in the order of the index',
  async (queue) => {
    const plan = await planOf(inboxSql[queue].page);
    // The one sort that may be there is of the page itself, after its limit.
    const [, beneath = ''] = plan.split(/->\s+Limit/);
    expect(beneath).not.toContain('Sort');
  },
);

test('a number finds its conversation by an index', async () => {
  const plan = await planOf(inboxSql.all.search);
  expect(plan).toMatch(/conversation_addresses_by_hash|conversation_addresses_pkey/);
});

test('what a patient wrote is read from the end of its index', async () => {
  await client.query('set enable_seqscan = off');
  expect(await planOf(lettersSql)).toContain('mailbox_messages');
  await client.query('reset enable_seqscan');
});
