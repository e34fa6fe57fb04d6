import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { committedAfterSql } from '#platform/eventstore/reader.ts';
import { placesSql, streamsSql } from '#platform/eventstore/rows.ts';
import { takeMailSql } from '#platform/mailbox.ts';
import { headsOfLinesSql } from '../../src/messages/views.ts';
import { createTestDatabase, type TestDatabase } from '../db.ts';

/** The hot statements find their rows by an index, under row security: a scan of the table would grow with the practice. */

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client({
    connectionString: database.url,
    options: '-c role=vestibule_app -c enable_seqscan=off',
  });
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
  ['the events of streams', streamsSql, 'events_pkey'],
  ['single events', placesSql, 'events_pkey'],
  ['facts in commit order', committedAfterSql, 'events_in_commit_order'],
  ['waiting mail', takeMailSql, 'mailbox_waiting'],
  ['the head of a line of messages', headsOfLinesSql, 'views_messages_waiting'],
])('%s', async (_, sql, index) => {
  const plan = await planOf(sql);
  expect(plan).toContain(index);
  expect(plan).not.toContain('Seq Scan');
});
