import { join } from 'node:path';
import {
  type Account,
  type Accounts,
  accountsOf,
  conversationsOfSameUsers,
  createDeliveryStore,
  readThread,
} from '#channels/index.ts';
import { parseDelivery } from '#conversation/index.ts';
import { openDb } from '#platform/db/db.ts';
import { createEventStore } from '#platform/eventstore/store.ts';
import { createSealer, openKeyProvider } from '#security/index.ts';
import { viewsOf } from '../../src/app.ts';
import bird from '../../src/channels/bird/testdata/account.json' with { type: 'json' };
import messagebird from '../../src/channels/messagebird/testdata/account.json' with { type: 'json' };
import meta from '../../src/channels/meta/testdata/account.json' with { type: 'json' };
import twilio from '../../src/channels/twilio/testdata/account.json' with { type: 'json' };
import vonage from '../../src/channels/vonage/testdata/account.json' with { type: 'json' };
import { createTestDatabase } from '../db.ts';
import { makeFolder, removeFolder } from '../folder.ts';
import { bodyOf, externalId, type Happening, type Person, type Provider } from './webhooks.ts';

/** Stored and read as the product does it, on a real database; turns are left to jobs that nobody takes. */
export type WhoWrites = {
  readonly play: (play: Play) => Promise<Outcome>;
  readonly close: () => Promise<void>;
};

export type Told = Happening & { readonly account?: string };

export type Play = {
  readonly provider: Provider;
  /** In the order in which it is told. */
  readonly happens: readonly Told[];
  /** All of it is read in one transaction, where the transactions allow. */
  readonly together: boolean;
};

export type Outcome = {
  /** The ids of what lies in each conversation. */
  readonly conversations: readonly (readonly string[])[];
  /** The same, with the conversations of one person put together. */
  readonly persons: readonly (readonly string[])[];
  /** By the id of a message: where its conversation is answered. */
  readonly answered: ReadonlyMap<string, Person>;
};

const configs = { meta, twilio, vonage, messagebird, bird };

function accountFor(provider: Provider, practiceId: string, id: string): Account {
  // The fixtures hold what each codec needs; a table of JSON cannot say that its words are of a closed list.
  return {
    practiceId,
    id,
    channel: provider,
    config: { ...configs[provider], practiceId, id },
  } as unknown as Account;
}

export async function openWhoWrites(): Promise<WhoWrites> {
  const database = await createTestDatabase();
  const folder = await makeFolder();
  const options = { url: database.url, onError: () => undefined };
  const db = openDb({ ...options, role: 'vestibule_app', maxConnections: 6 });
  const ingestDb = openDb({ ...options, role: 'vestibule_ingest', maxConnections: 4 });
  const sealer = createSealer({ db, provider: openKeyProvider(`file:${join(folder, 'keys.json')}`) });
  const queues = { enqueue: async () => undefined };
  const store = createEventStore({ sealer, views: viewsOf(sealer), reactions: [], enqueue: queues.enqueue });
  const metrics = { count: () => undefined, close: async () => undefined };
  let serial = 0;

  async function play({ provider, happens, together }: Play): Promise<Outcome> {
    serial += 1;
    const practiceId = `practice-${serial}`;
    await sealer.preparePractice(practiceId);
    let now = 0;
    const clock = { now: () => now };
    const names = [...new Set(happens.map(({ account = 'desk' }) => account))];
    const accounts: Accounts = accountsOf(
      names.map((name) => accountFor(provider, practiceId, `${practiceId}-${name}`)),
    );
    const shared = { sealer, queues, clock, metrics };
    const deliveries = createDeliveryStore({ ...shared, db: ingestDb });
    const parse = parseDelivery({
      ...shared,
      db,
      store,
      accounts,
      deliveries,
      practice: () => undefined,
      calendarUrl: () => '',
    });
    const jobs: { readonly id: string; readonly day: string }[] = [];
    const read = async ({ id, day }: (typeof jobs)[number]) =>
      await parse({ id, attempt: 1, data: { practiceId, deliveryId: id, day } });
    for (const told of happens) {
      now = (1_795_000_000 + told.at) * 1000;
      const account = accounts.find(provider, `${practiceId}-${told.account ?? 'desk'}`);
      if (account === undefined) throw new Error('no such account');
      const known = new Set(jobs.map(({ id }) => id));
      await deliveries.store(account, { body: bodyOf(provider, told) });
      const stored = await db.tx(practiceId, (tx) =>
        tx.query<{ id: string; day: string }>(
          'select delivery_id::text as id, day::text as day from webhook_deliveries where practice_id = $1',
          [practiceId],
        ),
      );
      const job = stored.find(({ id }) => !known.has(id));
      if (job === undefined) throw new Error('the delivery was not kept');
      jobs.push(job);
      if (!together) await read(job);
    }
    if (together) await Promise.all(jobs.map(read));
    return await outcomeOf(practiceId, provider, happens);
  }

  function outcomeOf(practiceId: string, provider: Provider, happens: readonly Told[]): Promise<Outcome> {
    return db.tx(practiceId, async (tx) => {
      const conversations = new Map<string, string[]>();
      const answered = new Map<string, Person>();
      for (const { id, account = 'desk' } of happens) {
        const name = `${provider}/${practiceId}-${account}/${externalId(provider, id)}`;
        const [row] = await tx.query<{ id: string }>(
          'select mailbox_id as id from mailbox where practice_id = $1 and mail_key = $2',
          [practiceId, sealer.blind(practiceId, 'mail', name)],
        );
        if (row === undefined) continue;
        conversations.set(row.id, [...(conversations.get(row.id) ?? []), id]);
        const user = (await readThread(tx, sealer, row.id))?.user;
        if (user !== undefined) answered.set(id, user);
      }
      const threads = await tx.query<{ id: string }>(
        'select conversation_id as id from channel_threads where practice_id = $1',
        [practiceId],
      );
      if (threads.length !== conversations.size) throw new Error('a conversation in which nothing was said');
      const persons = new Map<string, string[]>();
      for (const [id, said] of conversations) {
        const [first = id] = await conversationsOfSameUsers(tx, [id]);
        persons.set(first, [...(persons.get(first) ?? []), ...said]);
      }
      return { conversations: [...conversations.values()], persons: [...persons.values()], answered };
    });
  }

  return {
    play,
    async close() {
      await ingestDb.close();
      await db.close();
      await database.drop();
      await removeFolder(folder);
    },
  };
}
