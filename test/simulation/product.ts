import { accountsOf, createDeliveryStore, eachDelivery, ingestQueue } from '#channels/index.ts';
import {
  type ConversationDeps,
  carryNews,
  conversationReactions,
  newsQueue,
  parseDelivery,
  takeTurnJob,
  turnsQueue,
} from '#conversation/index.ts';
import { handoffReactions } from '#handoff/index.ts';
import { intakeReactions } from '#intake/index.ts';
import type { HttpRequest } from '#kernel/http.ts';
import type { OwedJob } from '#kernel/owed.ts';
import { messageReactions, sendNext, sendsQueue } from '#messages/index.ts';
import { type Db, openDb } from '#platform/db/db.ts';
import type { Egress } from '#platform/egress.ts';
import { createEventStore, type View } from '#platform/eventstore/store.ts';
import type { JobHandler } from '#platform/job.ts';
import { reminderReactions } from '#reminders/index.ts';
import { schedulingReactions } from '#scheduling/index.ts';
import { createSealer, openKeyProvider, type Sealer } from '#security/index.ts';
import { viewsOf } from '../../src/app.ts';
import account from '../../src/channels/meta/testdata/account.json' with { type: 'json' };
import { booking, bookingRules, calendarUrl, shortForm } from '../../src/conversation/testdata/dialogue.ts';
import { createTestDatabase } from '../db.ts';
import { makeFolder, removeFolder } from '../folder.ts';
import { envelope } from '../scenarios/delivery.ts';
import { type Random, randomFrom } from './random.ts';

/**
 * The product's jobs on a real database, without HTTP and with a queue of the test's own: which job runs when, and how often, is
 * chance that can be repeated.
 */

export const practiceId = 'aurora';
export const practice = { settings: booking, form: shortForm, scheduling: bookingRules };

type Fields = Readonly<Record<string, unknown>>;

/** What the provider was asked to send. */
export type Sent = { readonly ourId: string; readonly to: string; readonly externalId: string };

export type Product = {
  readonly db: Db;
  readonly sealer: Sealer;
  readonly deps: ConversationDeps;
  readonly views: readonly View[];
  readonly sent: Sent[];
  /** Told of every message as the provider takes it, before it answers. */
  onSent: (sent: Sent) => Promise<void>;
  /** Milliseconds. */
  setNow: (now: number) => void;
  /** Stores a delivery of these, as its route does once the signature was right. */
  readonly deliver: (value: { messages?: readonly Fields[]; statuses?: readonly Fields[] }) => Promise<void>;
  /** Runs what waits in these queues, and what that calls for, until nothing does. */
  readonly work: (options: Work) => Promise<void>;
  readonly stop: () => Promise<void>;
};

export type Work = {
  /** Where turns are among them, a message that is read is answered at once, as in the product; else that is left for later. */
  readonly queues: readonly string[];
  readonly workers: number;
  readonly seed: number;
  /** How many of the jobs run a second time, as after a crash before they were settled. */
  readonly again?: number;
};

export const every = [ingestQueue, turnsQueue, newsQueue, sendsQueue] as const;

export async function simulatedProduct(): Promise<Product> {
  const database = await createTestDatabase();
  const folder = await makeFolder();
  const options = { url: database.url, onError: () => undefined };
  const db = openDb({ ...options, role: 'vestibule_app', maxConnections: 10 });
  const ingestDb = openDb({ ...options, role: 'vestibule_ingest', maxConnections: 3 });
  const sealer = createSealer({ db, provider: openKeyProvider(`file:${folder}/keys.json`) });
  await sealer.preparePractice(practiceId);
  let now = Date.parse('2026-11-23T12:00:00Z');
  const clock = { now: () => now };
  const waiting: OwedJob[] = [];
  const queues: ConversationDeps['queues'] = {
    enqueue: async (tx, jobs) => tx.afterCommit(() => void waiting.push(...jobs)),
  };
  const views = viewsOf(sealer);
  const store = createEventStore({
    sealer,
    views,
    reactions: [
      messageReactions,
      intakeReactions,
      conversationReactions,
      schedulingReactions,
      reminderReactions,
      handoffReactions,
    ],
    enqueue: queues.enqueue,
  });
  const metrics = { count: () => undefined, close: async () => undefined };
  const deps: ConversationDeps = {
    db,
    store,
    sealer,
    queues,
    clock,
    metrics,
    practice: () => practice,
    calendarUrl: (_, appointmentId) => calendarUrl(appointmentId),
  };
  const accounts = accountsOf([
    { practiceId, id: 'aurora-wa', channel: 'meta', config: { ...account, practiceId, id: 'aurora-wa' } },
  ]);
  const deliveries = createDeliveryStore({ db: ingestDb, sealer, queues, clock, metrics });
  const sent: Sent[] = [];
  const reading = eachDelivery(parseDelivery({ ...deps, accounts, deliveries }), deps);
  // Of a practice that is not known nothing can be decided yet: the turns are left to jobs.
  const leaving = { ...deps, accounts, deliveries, practice: () => undefined };
  const readingOnly = eachDelivery(parseDelivery(leaving), deps);
  const handlers = new Map<string, JobHandler>([
    [turnsQueue, takeTurnJob(deps)],
    [newsQueue, carryNews(deps)],
    [
      sendsQueue,
      sendNext({
        ...deps,
        accounts,
        contentMode: () => practice.settings.contentMode,
        isCurrent: async () => true,
        maybeStopped: async () => false,
        egress: providerTaking((message) => product.onSent(message), sent),
      }),
    ],
  ]);
  const own = accounts.find('meta', 'aurora-wa');
  if (own === undefined) throw new Error('no account');
  const product: Product = {
    db,
    sealer,
    deps,
    views,
    sent,
    onSent: async () => undefined,
    setNow: (ms) => {
      now = ms;
    },
    async deliver(value) {
      const metadata = { phone_number_id: account.phoneNumberId };
      const body = envelope({ field: 'messages', value: { metadata, ...value } });
      await deliveries.store(own, { body: Buffer.from(body) });
    },
    work(work) {
      handlers.set(ingestQueue, work.queues.includes(turnsQueue) ? reading : readingOnly);
      return drain(waiting, handlers, work);
    },
    async stop() {
      await ingestDb.close();
      await db.close();
      await database.drop();
      await removeFolder(folder);
    },
  };
  return product;
}

/** A provider that takes every message. */
function providerTaking(onSent: (sent: Sent) => Promise<void>, sent: Sent[]): Egress {
  return {
    async send({ body = '{}' }: HttpRequest) {
      const message = JSON.parse(body);
      const headers = { 'content-type': 'application/json' };
      if (message.status === 'read')
        return { kind: 'response', response: { status: 200, headers, body: '{"success":true}' } };
      const taken = {
        ourId: String(message.biz_opaque_callback_data),
        to: String(message.to),
        externalId: `wamid.out-${sent.length}-${message.biz_opaque_callback_data}`,
      };
      sent.push(taken);
      await onSent(taken);
      const answer = JSON.stringify({ messaging_product: 'whatsapp', messages: [{ id: taken.externalId }] });
      return { kind: 'response', response: { status: 200, headers, body: answer } };
    },
  };
}

/** Jobs that wait for their time come last: time does not pass by itself here. */
function next(waiting: OwedJob[], queues: readonly string[], isIdle: boolean, random: Random) {
  const ready = waiting.flatMap((job, i) => (queues.includes(job.queue) && !job.afterSeconds ? [i] : []));
  const later = isIdle ? waiting.flatMap((job, i) => (queues.includes(job.queue) ? [i] : [])) : [];
  const from = ready.length > 0 ? ready : later;
  const index = from[random.below(from.length)];
  return index === undefined ? undefined : waiting.splice(index, 1)[0];
}

async function drain(
  waiting: OwedJob[],
  handlers: ReadonlyMap<string, JobHandler>,
  { queues, workers, seed, again = 0 }: Work,
): Promise<void> {
  const random = randomFrom(seed);
  let busy = 0;
  const run = async () => {
    for (;;) {
      const job = next(waiting, queues, busy === 0, random);
      if (job === undefined) {
        if (busy === 0) return;
        await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      busy += 1;
      try {
        const runs = random.chance(again) ? 2 : 1;
        for (let i = 0; i < runs; i += 1)
          await handlers.get(job.queue)?.({ id: 'job', data: job.data, attempt: 1 });
      } finally {
        busy -= 1;
      }
    }
  };
  await Promise.all(Array.from({ length: workers }, run));
  // What nobody does here would only be in the way.
  for (let i = waiting.length - 1; i >= 0; i -= 1)
    if (!handlers.has(waiting[i]?.queue ?? '')) waiting.splice(i, 1);
}
