import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Db, openDb } from '#platform/db/db.ts';
import { createTestDatabase, type TestDatabase } from '../../test/db.ts';
import { conversationsWithOldMessages } from './views.ts';

/** Which lines the sweep takes for left lying. */

const practiceId = 'aurora';
const now = Date.parse('2026-11-23T12:00:00Z');
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();
const before = { moved: ago(20), doubted: ago(30), bulk: ago(900) };

let database: TestDatabase;
let db: Db;

beforeAll(async () => {
  database = await createTestDatabase();
  db = openDb({ url: database.url, role: 'vestibule_app', maxConnections: 1 });
});

afterAll(async () => {
  await db.close();
  await database.drop();
});

const heads: readonly (readonly [name: string, purpose: string, state: string, since: number])[] = [
  ['reply-just-queued', 'reply', 'queued', 5],
  ['reply-left', 'reply', 'queued', 25],
  ['call-left', 'reminder', 'claimed', 25],
  ['doubt-still-waits', 'reply', 'unknown', 25],
  ['doubt-left', 'reply', 'unknown', 35],
  ['reminder-in-line', 'reminder', 'queued', 600],
  ['reminder-left', 'reminder', 'queued', 1_000],
];

test('a reminder that waits with thousands of its kind is not taken for left lying; a reply is, and a call is', async () => {
  await db.tx(practiceId, async (tx) => {
    for (const [position, [name, purpose, state, since]] of heads.entries())
      await tx.query(
        `insert into views_messages
           (practice_id, message_id, conversation_id, position, purpose, state, queued_at, changed_at)
         values ($1, $2, $2, $3, $4, $5, $6, $6)`,
        [practiceId, name, position + 1, purpose, state, ago(since)],
      );
  });
  const found = await db.tx(practiceId, (tx) => conversationsWithOldMessages(tx, before, 10));
  expect(found.map(({ conversationId }) => conversationId).toSorted()).toEqual(
    ['call-left', 'doubt-left', 'reminder-left', 'reply-left'].toSorted(),
  );
});
