import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { committedAfterSql } from '#platform/eventstore/reader.ts';
import { placesSql, streamsSql } from '#platform/eventstore/rows.ts';
import { holdSql, takeMailSql } from '#platform/mailbox.ts';
import { deliveriesSql } from '../../src/channels/deliveries/commands.ts';
import { addressesSql } from '../../src/channels/threads/addresses/commands.ts';
import { paceThreadsSql, threadsSql } from '../../src/channels/threads/commands.ts';
import { findMessagesSql, headsOfLinesSql, updateMessagesSql } from '../../src/messages/views.ts';
import { visitsByIdSql } from '../../src/scheduling/views.ts';
import { patientKeysSql } from '../../src/security/key-rows.ts';
import { createTestDatabase, type TestDatabase } from '../db.ts';

/**
 * The hot statements find their rows by an index, under row security: a scan of the table would grow with the practice. Planned as the
 * program's prepared statements are, for whatever values come, in tables that hold a year's work of a small practice.
 */

let database: TestDatabase;
let client: pg.Client;

const conversations = 5_000;

/** One patient each, who wrote twice, was answered twice, and waits for nothing. */
const year = `
  insert into mailboxes select 'aurora', 'c' || n, 2 from generate_series(1, ${conversations}) n;
  insert into mailbox (practice_id, mail_key, mailbox_id, kind, sent_at, arrived_at, subject, body, taken_by)
    select 'aurora', sha256(('m' || n)::bytea), 'c' || n / 2, 'message', now(), now(), 'practice', 'x', 't' || n
    from generate_series(2, ${conversations * 2 + 1}) n;
  insert into patient_keys (practice_id, subject, version, practice_key_version, wrapped)
    select 'aurora', 'c' || n, 1, 1, 'x' from generate_series(1, ${conversations}) n;
  insert into channel_threads (practice_id, conversation_id, channel, account_id, started_at)
    select 'aurora', 'c' || n, 'meta', 'aurora-wa', now() from generate_series(1, ${conversations}) n;
  insert into conversation_addresses (practice_id, account_id, address_hash, conversation_id, kind, address)
    select 'aurora', 'aurora-wa', sha256(('a' || n)::bytea), 'c' || n, 'phone', 'x' from generate_series(1, ${conversations}) n;
  insert into views_messages (practice_id, message_id, conversation_id, position, purpose, state, external_hash, queued_at, changed_at)
    select 'aurora', 'o' || n, 'c' || n / 2, n, 'reply', 'accepted', sha256(('o' || n)::bytea), now(), now()
    from generate_series(2, ${conversations * 2 + 1}) n;
  insert into events (practice_id, stream, version, type, data, subject, actor, correlation_id, causation_id, at, seal)
    select 'aurora', 'conversation/c' || n / 4, n % 4 + 1, 'MessagesRead', '{}', 'practice', 'patient', 't', 't', now(), 'x'
    from generate_series(4, ${conversations * 4 + 3}) n;
  insert into webhook_deliveries (practice_id, day, digest, delivery_id, channel, account_id, body, received_at)
    select 'aurora', date '2026-01-01' + n % 2, sha256(n::text::bytea), gen_random_uuid(), 'meta', 'aurora-wa', 'x', now()
    from generate_series(1, ${conversations * 2}) n;
  insert into views_appointments
      (practice_id, appointment_id, conversation_id, intake_id, subject, visit_type, status, sequence, opened_at, changed_at)
    select 'aurora', 'v' || n, 'c' || n, 'i' || n, 'practice', 'first', 'booked', 0, now(), now()
    from generate_series(1, ${conversations}) n;
  analyze`;

beforeAll(async () => {
  database = await createTestDatabase();
  const owner = new pg.Client({ connectionString: database.url });
  await owner.connect();
  await owner.query(year);
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
  ['the events of streams', streamsSql, 'events_pkey'],
  ['single events', placesSql, 'events_pkey'],
  ['facts in commit order', committedAfterSql, 'events_in_commit_order'],
  ['stored deliveries', deliveriesSql, 'webhook_deliveries_default_practice_id_day_delivery_id_idx'],
  ['the conversations of addresses', addressesSql, 'conversation_addresses_by_hash'],
  ['keys of subjects', patientKeysSql, 'patient_keys_pkey'],
  ['threads', threadsSql, 'channel_threads_pkey'],
  ['their addresses', threadsSql, 'conversation_addresses_of'],
  ['how fast we write', paceThreadsSql, 'channel_threads_pkey'],
  ['the locks of mailboxes', holdSql(true), 'mailboxes_pkey'],
  ['those that nobody holds', holdSql(false), 'mailboxes_pkey'],
  ['waiting mail', takeMailSql, 'mailbox_waiting'],
  ['the mail that is taken', takeMailSql, 'mailbox_pkey'],
  ['the heads of lines of messages', headsOfLinesSql, 'views_messages_waiting'],
  ['messages by our ids', findMessagesSql, 'views_messages_pkey'],
  ["messages by the provider's ids", findMessagesSql, 'views_messages_by_external'],
  ['messages that change', updateMessagesSql, 'views_messages_pkey'],
  ['visits by their ids', visitsByIdSql, 'views_appointments_pkey'],
])('%s', async (_, sql, index) => {
  const plan = await planOf(sql);
  expect(plan).toContain(index);
  expect(plan).not.toContain('Seq Scan');
});
