import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountsOf } from '#channels/index.ts';
import { type Db, openDb } from '#platform/db/db.ts';
import { createEventStore, type EventStore } from '#platform/eventstore/store.ts';
import { createHttp, type StaffGate } from '#platform/http/server.ts';
import { createLog } from '#platform/log.ts';
import { lockMailboxes } from '#platform/mailbox.ts';
import { createSealer, openKeyProvider, type Sealer } from '#security/index.ts';
import { createTestDatabase, type TestDatabase } from '../../test/db.ts';
import { makeFolder, removeFolder } from '../../test/folder.ts';
import { remindersToLookAtSql } from '../reminders/views.ts';
import { handleMessage, messageAppends } from './commands.ts';
import { keptRemindersSql } from './kept/views.ts';
import { failedMessagesSql, messagesOfConversation, messagesOfConversationSql } from './lists/views.ts';
import type { MessageCommand } from './message.ts';
import { messageRoutes } from './routes.ts';
import { expireMessages } from './underway/commands.ts';
import { countExpired } from './underway/views.ts';
import { messagesView } from './views.ts';

let database: TestDatabase;
let db: Db;
let store: EventStore;
let sealer: Sealer;
let folder: string;
let app: FastifyInstance;
const audited: unknown[] = [];
const enqueued: unknown[] = [];

const staff = { practiceId: 'aurora', staffId: 's1', name: 'Jo', role: 'manager', sessionId: 'x' };
const gate: StaffGate = {
  admit: async () => staff,
  audit: async (_tx, { staffId }, action, target) => void audited.push([staffId, action, target]),
};

beforeAll(async () => {
  database = await createTestDatabase();
  folder = await makeFolder();
  db = openDb({ url: database.url, role: 'vestibule_app', maxConnections: 4 });
  sealer = createSealer({ db, provider: openKeyProvider(`file:${join(folder, 'keys.json')}`) });
  await sealer.preparePractice('aurora');
  await sealer.preparePractice('riverside');
  store = createEventStore({
    sealer,
    views: [messagesView(sealer)],
    reactions: [],
    enqueue: async () => undefined,
  });
  app = await createHttp({
    log: createLog('silent'),
    apiToken: undefined,
    staff: gate,
    sandbox: false,
    version: '1.2.3',
  });
  messageRoutes(app, {
    db,
    store,
    queues: { enqueue: async (_, jobs) => void enqueued.push(...jobs) },
    clock: { now: () => Date.parse(at(60)) },
    names: async (_, ids) => new Map(ids.filter((id) => id !== 'c9').map((id) => [id, `Maria ${id}`])),
    mayName: ({ role }) => role !== 'admin',
  });
  await fill();
});

afterAll(async () => {
  await app.close();
  await db.close();
  await database.drop();
  await removeFolder(folder);
});

const at = (minute: number) =>
  new Date(Date.parse('2026-11-22T10:00:00.000Z') + minute * 60_000).toISOString();

async function say(
  practiceId: string,
  messageId: string,
  conversationId: string,
  commands: readonly MessageCommand[],
): Promise<void> {
  const context = { at: at(0), actor: 'bot', correlationId: 'x', causationId: 'x' };
  const content = { kind: 'text', text: 'Seu exame chegou' } as const;
  const message = { messageId, purpose: 'staff', dataClass: 'clinical', content } as const;
  await db.tx(practiceId, async (tx) => {
    await store.append(tx, messageAppends(conversationId, 'practice', [message], at(0)), context);
    for (const command of commands) await handleMessage(tx, store, messageId, command);
  });
}

const claim: Extract<MessageCommand, { type: 'ClaimMessage' }> = { type: 'ClaimMessage', at: at(1) };
const accept = (minute: number): MessageCommand => ({
  type: 'RecordOutcome',
  outcome: { kind: 'accepted', value: { externalId: `wamid.${minute}` } },
  attempt: 1,
  at: at(minute),
});
const status = (what: 'failed' | 'delivered', minute: number): MessageCommand => ({
  type: 'RecordStatus',
  status: what,
  externalId: 'wamid.1',
  ...(what === 'failed' ? { code: '131026' } : {}),
  at: at(minute),
});

async function fill(): Promise<void> {
  await say('aurora', 'm1', 'c1', [{ type: 'BlockMessage', reason: 'OPTED_OUT', at: at(10) }]);
  const rejected = { kind: 'rejected', code: 'UNDELIVERABLE' } as const;
  await say('aurora', 'm2', 'c2', [
    claim,
    { type: 'RecordOutcome', outcome: rejected, attempt: 1, at: at(20) },
  ]);
  await say('aurora', 'm3', 'c9', [claim, accept(5), status('failed', 30)]);
  await say('aurora', 'm4', 'c1', [claim, accept(6), status('delivered', 31)]);
  await say('aurora', 'm5', 'c1', []);
  await say('riverside', 'm6', 'c1', [{ type: 'BlockMessage', reason: 'OPTED_OUT', at: at(10) }]);
}

test('what did not arrive, the latest first, with its reason and nothing of what it says', async () => {
  const response = await app.inject({ url: '/api/messages/failed' });
  expect(response.json()).toEqual({
    next: null,
    underway: 0,
    messages: [
      {
        messageId: 'm3',
        conversationId: 'c9',
        name: '–',
        purpose: 'staff',
        state: 'failed',
        code: '131026',
        queuedAt: at(0),
        changedAt: at(30),
      },
      expect.objectContaining({
        messageId: 'm2',
        name: 'Maria c2',
        state: 'rejected',
        code: 'UNDELIVERABLE',
      }),
      expect.objectContaining({ messageId: 'm1', state: 'blocked', code: 'OPTED_OUT' }),
    ],
  });
  expect(response.body).not.toContain('exame');
  expect(audited.at(-1)).toEqual(['s1', 'ReadFailures', 'messages/failed']);
});

test('page by page, each once', async () => {
  const seen: string[] = [];
  let after: string | null = '';
  while (after !== null) {
    const more = after === '' ? '' : `&after=${encodeURIComponent(after)}`;
    const page: { messages: { messageId: string }[]; next: string | null } = (
      await app.inject({ url: `/api/messages/failed?limit=1${more}` })
    ).json();
    seen.push(...page.messages.map(({ messageId }) => messageId));
    after = page.next;
  }
  expect(seen).toEqual(['m3', 'm2', 'm1']);
});

test('a cursor that is none of ours is refused by its field', async () => {
  const response = await app.inject({ url: '/api/messages/failed?after=yesterday' });
  expect([response.statusCode, response.json().error.field]).toEqual([400, 'after']);
});

test('a conversation’s messages, the newest first, page by page', async () => {
  const list = (before?: bigint) => db.tx('aurora', (tx) => messagesOfConversation(tx, 'c1', before, 2));
  const first = await list();
  expect(first.map(({ messageId, state }) => [messageId, state])).toEqual([
    ['m5', 'queued'],
    ['m4', 'accepted'],
  ]);
  const second = await list(first.at(-1)?.position);
  expect(second).toMatchObject([
    { messageId: 'm1', purpose: 'staff', state: 'blocked', status: null, code: 'OPTED_OUT', queuedAt: at(0) },
  ]);
});

test.each([
  ['what did not arrive', failedMessagesSql, 'views_messages_lost', false],
  ['a conversation’s messages', messagesOfConversationSql, 'views_messages_of_conversation', false],
  // The nearest visits first: those that are due now are sorted, and not those that are to come.
  ['reminders that are due', remindersToLookAtSql, 'views_reminders_to_look_at', true],
  ['reminders that a limit kept', keptRemindersSql, 'views_messages_reminders_blocked', false],
])('an index finds %s', async (_, sql, index, sorts) => {
  const options = '-c role=vestibule_app -c enable_seqscan=off';
  const client = new pg.Client({ connectionString: database.url, options });
  await client.connect();
  await client.query(`select set_config('vestibule.practice_id', 'aurora', false)`);
  const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (generic_plan) ${sql}`);
  await client.end();
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toContain(index);
  expect(plan.includes('Sort')).toBe(sorts);
});

test('a message in doubt is listed until it is settled; a person has it sent again, once', async () => {
  const unknown = { kind: 'unknown', code: 'TIMEOUT' } as const;
  await say('aurora', 'm7', 'c7', [
    claim,
    { type: 'RecordOutcome', outcome: unknown, attempt: 1, at: at(39) },
    { type: 'StopWaiting', waitedSeconds: 30, at: at(40) },
  ]);
  const listed = async () => {
    const response = await app.inject({ url: '/api/messages/failed' });
    const { messages } = response.json<{ messages: { messageId: string }[] }>();
    return messages.find(({ messageId }) => messageId === 'm7');
  };
  expect(await listed()).toMatchObject({ state: 'unresolved', code: 'TIMEOUT', changedAt: at(40) });
  const sendAgain = async (id: string) =>
    (await app.inject({ method: 'POST', url: `/api/messages/${id}/send-again` })).json();
  expect(await Promise.all([sendAgain('m7'), sendAgain('m7')])).toContainEqual({ asked: true });
  expect(await sendAgain('m7')).toEqual({ asked: false });
  expect(enqueued).toHaveLength(1);
  expect(audited.at(-1)).toEqual(['s1', 'RedriveDeadLetters', 'message/m7']);
  expect(await listed()).toBeUndefined();
  // Settled, or never sent: nothing to send again.
  for (const id of ['m1', 'm4', 'm5']) expect(await sendAgain(id), id).toEqual({ asked: false });
  for (const id of ['m6', 'm0'])
    expect(await sendAgain(id), id).toMatchObject({ error: { code: 'NOT_FOUND' } });
});

test('what never arrived is given up once its life is over, is listed and counted; a late word of it takes it back', async () => {
  const day = 24 * 60;
  const until = at(5 * day);
  const taken = (messageId: string, conversationId: string) =>
    say('aurora', messageId, conversationId, [
      { ...claim, until },
      { ...accept(6), at: at(6) },
    ]);
  await db.tx('aurora', async (tx) => lockMailboxes(tx, ['c20', 'c21']));
  await taken('m20', 'c20');
  await taken('m21', 'c21');
  await say('aurora', 'm22', 'c21', [{ ...claim, until: at(9 * day) }, accept(7)]);
  const lookAt = (minute: number) =>
    db.tx('aurora', (tx) =>
      expireMessages(tx, {
        store,
        sealer,
        queues: { enqueue: async () => undefined },
        accounts: accountsOf([]),
        metrics: { count() {} },
        clock: { now: () => Date.parse(at(minute)) },
      }),
    );
  const alarmed = () => db.tx('aurora', (tx) => countExpired(tx, at(0)));
  const listed = async () => {
    const answer = await app.inject({ url: '/api/messages/failed' });
    const { messages } = answer.json<{ messages: { messageId: string; state: string }[] }>();
    return messages.filter(({ state }) => state === 'expired').map(({ messageId }) => messageId);
  };
  expect(await lookAt(5 * day - 1)).toBe(0);
  expect(await lookAt(5 * day)).toBe(2);
  expect(await lookAt(5 * day)).toBe(0);
  expect(await listed()).toEqual(['m21', 'm20']);
  expect(await alarmed()).toBe(2);
  const hear = (messageId: string) =>
    db.tx('aurora', (tx) =>
      handleMessage(tx, store, messageId, { ...status('delivered', 6 * day), at: at(6 * day) }),
    );
  // The phone is on: what was said to it later arrived.
  await hear('m22');
  expect([await alarmed(), await listed()]).toEqual([1, ['m21', 'm20']]);
  await hear('m20');
  expect([await alarmed(), await listed()]).toEqual([0, ['m21']]);
});

test('what has been on its way for more than a day is counted', async () => {
  const underway = async () =>
    (await app.inject({ url: '/api/messages/failed' })).json<{ underway: number }>().underway;
  expect(await underway()).toBe(0);
  const early = new Date(Date.parse(at(60)) - 25 * 3_600_000).toISOString();
  await say('aurora', 'm30', 'c30', [
    { ...claim, until: at(90_000) },
    { ...accept(30), at: early },
  ]);
  expect(await underway()).toBe(1);
});

test('who mends failures and sees no patients gets no names', async () => {
  const { role } = staff;
  staff.role = 'admin';
  const answer = await app.inject({ method: 'GET', url: '/api/messages/failed' });
  staff.role = role;
  const { messages } = answer.json<{ messages: { name: string }[] }>();
  expect(messages.length).toBeGreaterThan(0);
  expect(new Set(messages.map(({ name }) => name))).toEqual(new Set(['–']));
});
