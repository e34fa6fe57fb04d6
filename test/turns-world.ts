import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Accounts, accountsOf, createDeliveryStore, type DeliveryStore } from '#channels/index.ts';
import { type ConversationDeps, conversationReactions, parseDelivery } from '#conversation/index.ts';
import { intakeReactions } from '#intake/index.ts';
import type { OwedJob } from '#kernel/owed.ts';
import { messageReactions } from '#messages/index.ts';
import { systemClock } from '#platform/clock.ts';
import { openDb } from '#platform/db/db.ts';
import { createEventStore } from '#platform/eventstore/store.ts';
import type { RunningJob } from '#platform/job.ts';
import { createSealer, openKeyProvider } from '#security/index.ts';
import { viewsOf } from '../src/app.ts';
import account from '../src/channels/meta/testdata/account.json' with { type: 'json' };
import { aurora, auroraIntake } from '../src/conversation/testdata/dialogue.ts';
import { createTestDatabase } from './db.ts';
import { makeFolder, removeFolder } from './folder.ts';
import { envelope } from './scenarios/delivery.ts';

/** The conversation module on a real database, with queues that only keep what they are given: every race is the test's own. */
export type TurnsWorld = {
  readonly practiceId: string;
  readonly databaseUrl: string;
  readonly keyFile: string;
  readonly deps: ConversationDeps;
  readonly accounts: Accounts;
  /** What was enqueued so far. */
  readonly owed: readonly OwedJob[];
  /** Stores a delivery of messages of one user, without reading it. Returns the job that reads it. */
  readonly deliver: (phone: string, texts: readonly string[]) => Promise<RunningJob>;
  /** Stores a delivery as it came, for one of the accounts `aurora-wa` and `aurora-two`, without reading it. */
  readonly deliverBody: (body: Uint8Array, accountId?: string) => Promise<RunningJob>;
  /** Writes one message: a delivery of its own, stored and read, whose turn is left to a job. */
  readonly write: (phone: string, text: string) => Promise<void>;
  /** Reads a delivery, and leaves the turns to jobs. */
  readonly parse: (job: RunningJob) => Promise<void>;
  /** Reads a delivery as the product does, which takes the turns at once. */
  readonly parseAndAnswer: (job: RunningJob) => Promise<void>;
  /** How many turns were taken so far. */
  readonly taken: () => number;
  /** The conversation of a user; empty where they never wrote. */
  readonly conversationOf: (phone: string) => Promise<string>;
  readonly query: <R extends object>(sql: string, values?: readonly unknown[]) => Promise<R[]>;
  readonly close: () => Promise<void>;
};

export async function openTurnsWorld(connections: number): Promise<TurnsWorld> {
  const practiceId = aurora.id;
  const database = await createTestDatabase();
  const folder = await makeFolder();
  const options = { url: database.url, onError: () => undefined };
  const db = openDb({ ...options, role: 'vestibule_app', maxConnections: connections });
  const ingestDb = openDb({ ...options, role: 'vestibule_ingest', maxConnections: 3 });
  const keyFile = join(folder, 'keys.json');
  const sealer = createSealer({ db, provider: openKeyProvider(`file:${keyFile}`) });
  await sealer.preparePractice(practiceId);
  const owed: OwedJob[] = [];
  const queues = { enqueue: async (_: unknown, jobs: readonly OwedJob[]) => void owed.push(...jobs) };
  const store = createEventStore({
    sealer,
    views: viewsOf(sealer),
    reactions: [messageReactions, intakeReactions, conversationReactions],
    enqueue: queues.enqueue,
  });
  let taken = 0;
  const metrics = {
    count(name: string, _: unknown, by = 1) {
      if (name === 'vestibule_turns') taken += by;
    },
    close: async () => undefined,
  };
  const practice = () => ({ settings: aurora, form: auroraIntake, scheduling: undefined });
  const deps = { db, store, sealer, queues, clock: systemClock, metrics, practice, calendarUrl: () => '' };
  const accounts: Accounts = accountsOf([
    { practiceId, id: 'aurora-wa', channel: 'meta', config: { ...account, practiceId, id: 'aurora-wa' } },
    // Another number of the same business account.
    {
      practiceId,
      id: 'aurora-two',
      channel: 'meta',
      config: { ...account, practiceId, id: 'aurora-two', phoneNumberId: '700100200300499' },
    },
  ]);
  const deliveries: DeliveryStore = createDeliveryStore({
    db: ingestDb,
    sealer,
    queues,
    clock: systemClock,
    metrics,
  });
  const query: TurnsWorld['query'] = (sql, values = []) =>
    db.tx(practiceId, (tx) => tx.query(sql, [practiceId, ...values]));
  const parseAndAnswer = parseDelivery({ ...deps, accounts, deliveries });
  // Of a practice that is not known nothing can be decided yet.
  const parse = parseDelivery({ ...deps, accounts, deliveries, practice: () => undefined });
  let serial = 0;

  async function deliver(phone: string, texts: readonly string[]): Promise<RunningJob> {
    const messages = texts.map((text) => {
      serial += 1;
      const timestamp = String(Math.floor(systemClock.now() / 1000));
      return { from: phone, id: `wamid.${serial}`, timestamp, type: 'text', text: { body: text } };
    });
    const value = { metadata: { phone_number_id: account.phoneNumberId }, messages };
    return await deliverBody(Buffer.from(envelope({ field: 'messages', value })));
  }

  async function deliverBody(body: Uint8Array, accountId = 'aurora-wa'): Promise<RunningJob> {
    const own = accounts.find('meta', accountId);
    if (own === undefined) throw new Error('no account');
    await deliveries.store(own, { body });
    const digest = createHash('sha256').update(`meta/${accountId}\n`).update(body).digest();
    const [stored] = await query<{ deliveryId: string; day: string }>(
      `select delivery_id as "deliveryId", day::text as day from webhook_deliveries
       where practice_id = $1 and digest = $2`,
      [digest],
    );
    if (stored === undefined) throw new Error('the delivery was not kept');
    return { id: stored.deliveryId, attempt: 1, data: { practiceId, ...stored } };
  }

  return {
    practiceId,
    databaseUrl: database.url,
    keyFile,
    deps,
    accounts,
    owed,
    deliver,
    deliverBody,
    parse,
    parseAndAnswer,
    taken: () => taken,
    query,
    write: async (phone, text) => await parse(await deliver(phone, [text])),
    async conversationOf(phone) {
      const hash = sealer.blind(practiceId, 'address', `phone:${phone}`);
      const [row] = await query<{ id: string }>(
        `select conversation_id as id from conversation_addresses where practice_id = $1 and address_hash = $2`,
        [hash],
      );
      return row?.id ?? '';
    },
    async close() {
      await ingestDb.close();
      await db.close();
      await database.drop();
      await removeFolder(folder);
    },
  };
}
