import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Accounts, accountsOf, createDeliveryStore, type DeliveryStore } from '#channels/index.ts';
import {
  type ConversationDeps,
  conversationReactions,
  parseDelivery,
  takeConversationTurn,
} from '#conversation/index.ts';
import { intakeReactions } from '#intake/index.ts';
import { messageReactions } from '#messages/index.ts';
import { systemClock } from '#platform/clock.ts';
import { type Db, openDb } from '#platform/db/db.ts';
import { createEventStore } from '#platform/eventstore/store.ts';
import { createSealer, openKeyProvider } from '#security/index.ts';
import { viewsOf } from '../../src/app.ts';
import account from '../../src/channels/meta/testdata/account.json' with { type: 'json' };
import { aurora, auroraIntake } from '../../src/conversation/testdata/dialogue.ts';
import { createTestDatabase } from '../db.ts';
import { makeFolder, removeFolder } from '../folder.ts';
import { envelope } from './delivery.ts';
import { startTestSandbox } from './sandbox.ts';

const racers = 20;
const practiceId = aurora.id;

let db: Db;
let accounts: Accounts;
let deliveries: DeliveryStore;
let deps: ConversationDeps;
let clean: () => Promise<void>;

/** The conversation module on a real database, with queues that only keep what they are given: every race is ours. */
beforeAll(async () => {
  const database = await createTestDatabase();
  const folder = await makeFolder();
  const options = { url: database.url, onError: () => undefined };
  db = openDb({ ...options, role: 'vestibule_app', maxConnections: racers + 5 });
  const sealer = createSealer({ db, provider: openKeyProvider(`file:${join(folder, 'keys.json')}`) });
  await sealer.preparePractice(practiceId);
  const queues = { enqueue: async () => undefined };
  const store = createEventStore({
    sealer,
    views: viewsOf(sealer),
    reactions: [messageReactions, intakeReactions, conversationReactions],
    enqueue: queues.enqueue,
  });
  const metrics = { count: () => undefined, close: async () => undefined };
  const practice = () => ({ settings: aurora, form: auroraIntake, scheduling: undefined });
  const calendarUrl = () => '';
  deps = { db, store, sealer, queues, clock: systemClock, metrics, practice, calendarUrl };
  accounts = accountsOf([
    { practiceId, id: 'aurora-wa', channel: 'meta', config: { ...account, practiceId, id: 'aurora-wa' } },
  ]);
  const ingestDb = openDb({ ...options, role: 'vestibule_ingest', maxConnections: 3 });
  deliveries = createDeliveryStore({ db: ingestDb, sealer, queues, clock: systemClock, metrics });
  clean = async () => {
    await ingestDb.close();
    await db.close();
    await database.drop();
    await removeFolder(folder);
  };
});

afterAll(() => clean());

/** Writes one message: a delivery of its own, stored and read as the product does. */
async function write(text: string, name: string): Promise<void> {
  const value = {
    metadata: { phone_number_id: account.phoneNumberId },
    messages: [
      {
        from: '5511955500999',
        id: `wamid.${name}`,
        timestamp: String(Math.floor(systemClock.now() / 1000)),
        type: 'text',
        text: { body: text },
      },
    ],
  };
  const body = Buffer.from(envelope({ field: 'messages', value }));
  const own = accounts.find('meta', 'aurora-wa');
  if (own === undefined) throw new Error('no account');
  await deliveries.store(own, body);
  const digest = createHash('sha256').update('meta/aurora-wa\n').update(body).digest();
  const [stored] = await db.tx(practiceId, (tx) =>
    tx.query<{ deliveryId: string; day: string }>(
      `select delivery_id as "deliveryId", day::text as day from webhook_deliveries
       where practice_id = $1 and digest = $2`,
      [practiceId, digest],
    ),
  );
  if (stored === undefined) throw new Error('the delivery was not kept');
  await parseDelivery({ ...deps, accounts, deliveries })({
    id: name,
    attempt: 1,
    data: { practiceId, ...stored },
  });
}

async function conversationId(): Promise<string> {
  const [row] = await db.tx(practiceId, (tx) =>
    tx.query<{ id: string }>(`select conversation_id as id from channel_threads where practice_id = $1`, [
      practiceId,
    ]),
  );
  return row?.id ?? '';
}

type Fact = {
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly turn: string;
  readonly data: { readonly kinds?: readonly string[] };
};

const factsOf = (conversationId: string) =>
  db.tx(practiceId, (tx) =>
    tx.query<Fact>(
      `select stream, version, type, correlation_id as turn, data from events
       where practice_id = $1 and (stream = $2 or stream like 'message/%') order by position`,
      [practiceId, `conversation/${conversationId}`],
    ),
  );

test('twenty racing turns never overlap, lose nothing and answer nothing twice', async () => {
  await write('oi', 'm0');
  const id = await conversationId();
  const race = async (racer: number): Promise<number> => {
    let taken = 0;
    for (const [index, word] of ['Português', 'sim', 'eu'].entries()) {
      await write(word, `m${racer}-${index}`);
      if (await takeConversationTurn(deps, practiceId, id)) taken += 1;
    }
    return taken;
  };
  const taken = await Promise.all(Array.from({ length: racers }, (_, racer) => race(racer + 1)));
  expect(await takeConversationTurn(deps, practiceId, id)).toBe(false);
  const turns = taken.reduce((sum, one) => sum + one, 0);

  const facts = await factsOf(id);
  const own = facts.filter(({ stream }) => stream.startsWith('conversation/'));
  expect(own.map(({ version }) => version)).toEqual(own.map((_, index) => index + 1));
  const blocks = own.filter(({ turn }, index) => turn !== own[index - 1]?.turn).map(({ turn }) => turn);
  expect(new Set(blocks).size).toBe(blocks.length);
  expect(blocks).toHaveLength(turns);

  const read = own.flatMap(({ type, data }) => (type === 'MessagesRead' ? (data.kinds ?? []) : []));
  expect(read).toHaveLength(1 + racers * 3);
  const answered = facts.filter(({ type }) => type === 'MessageQueued').map(({ turn }) => turn);
  expect(new Set(answered).size).toBe(answered.length);
  const waiting = await db.tx(practiceId, (tx) =>
    tx.query('select 1 from mailbox where practice_id = $1 and taken_by is null', [practiceId]),
  );
  expect(waiting).toEqual([]);
});

test('in the whole product, twenty messages that arrive at once are all read, once, and answered as they are read', async () => {
  const world = await startTestSandbox();
  try {
    const one = world.patient('p1');
    await one.walks('oi', 'Português');
    await one.taps('Sim');
    const before = await world.timeline();
    const heard = one.heard().length;
    for (let i = 0; i < racers; i += 1) one.mutters({ kind: 'text', text: `para quem sabe ${i}` });
    const readNow = async () =>
      (
        await world.query<Fact>(`select data from events where type = 'MessagesRead' order by position`)
      ).flatMap(({ data }) => data.kinds ?? []);
    const readBefore = before.flatMap(({ type, data }) =>
      type === 'MessagesRead' && Array.isArray(data.kinds) ? data.kinds : [],
    );
    await world.eventually(
      async () => (await readNow()).length >= readBefore.length + racers,
      'all of it to be read',
    );
    const settled = async () =>
      (await world.query(`select 1 from views_messages where state <> 'accepted'`)).length === 0;
    await world.eventually(settled, 'every answer to be sent');
    expect(await readNow()).toHaveLength(readBefore.length + racers);
    const after = await world.timeline();
    const turns = after.filter(({ type }) => type === 'MessagesRead').length;
    const turnsBefore = before.filter(({ type }) => type === 'MessagesRead').length;
    expect(one.heard().length - heard).toBeLessThanOrEqual(turns - turnsBefore);
  } finally {
    await world.stop();
  }
});
