import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/db.ts';
import { failedMessagesSql } from './lists/views.ts';
import { countExpiredSql, countUnderwaySql, dueToExpireSql, underwayInSql } from './underway/views.ts';

/** What is on its way, or never arrived, is found among all that arrived by an index: with row security, and without the values. */

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  await owner.query(`select set_config('vestibule.practice_id', 'aurora', false)`);
  await owner.query(`
    insert into views_messages (practice_id, message_id, conversation_id, position, purpose, state, status, queued_at, changed_at, expires_at)
    select 'aurora', 'm' || n, 'c' || n % 4000, n, 'reply',
      case when n % 100 = 0 then 'rejected' when n % 500 = 1 then 'expired' else 'accepted' end,
      case when n % 200 = 2 then 'sent' when n % 100 <> 0 and n % 500 <> 1 then 'delivered' end,
      timestamptz '2026-11-01' + n * interval '1 min', timestamptz '2026-11-01' + n * interval '1 min',
      timestamptz '2026-12-01' + n * interval '1 min'
    from generate_series(1, 20000) n`);
  await owner.query('analyze views_messages');
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
  ['what is to be given up next', dueToExpireSql, 'views_messages_underway'],
  ['what is to be asked for', underwayInSql, 'views_messages_underway'],
  ['what has been on its way for long', countUnderwaySql, 'views_messages_underway'],
  ['what did not arrive', failedMessagesSql, 'views_messages_lost'],
  ['whom nothing reached', countExpiredSql, 'views_messages_lost'],
])('%s', async (_, sql, index) => {
  const plan = await planOf(sql);
  expect(plan).toMatch(new RegExp(`(using|on) ${index}`));
  expect(plan).not.toContain('Seq Scan');
});

test('what is due is read in the order of the index', async () => {
  expect(await planOf(dueToExpireSql)).not.toContain('Sort');
});
