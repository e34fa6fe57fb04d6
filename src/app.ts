import type { FastifyInstance } from 'fastify';
import { accountNewsView } from '#channels/index.ts';
import { conversationReactions, intakesView } from '#conversation/index.ts';
import { handoffReactions, inboxView } from '#handoff/index.ts';
import { intakeReactions } from '#intake/index.ts';
import { messageReactions, messagesView } from '#messages/index.ts';
import type { Clock } from '#platform/clock.ts';
import { type Db, openDb } from '#platform/db/db.ts';
import { createEventStore, type EventStore, type View } from '#platform/eventstore/store.ts';
import type { HttpLimits } from '#platform/http/limits.ts';
import type { Log } from '#platform/log.ts';
import { type Metrics, openMetrics } from '#platform/metrics.ts';
import { openQueues } from '#platform/queue.ts';
import { reminderReactions, remindersView } from '#reminders/index.ts';
import { appointmentsView, schedulingReactions } from '#scheduling/index.ts';
import { createSealer, type FirstAdminLink, type KeyProvider, type Sealer } from '#security/index.ts';
import { awayRecorder } from './app/away.ts';
import { forgetting } from './app/forgetting.ts';
import { makePartitions } from './app/partitions.ts';
import { accountsIn, type Parts, systemsOf } from './app/parts.ts';
import { prepareDatabase } from './app/prepare.ts';
import { queueDefinitions } from './app/queues.ts';
import { repeat } from './app/repeat.ts';
import type { Keep } from './app/retention.ts';
import { startWeb } from './app/web.ts';
import { startWorker } from './app/worker.ts';
import type { LoadedPractice } from './cli/load-practices.ts';
import type { Role } from './config.ts';

/**
 * The composition root: every module, queue, view and route by a line that can be read, here and in `app/`. A process plays one
 * role or several; any number of processes may share a database.
 */

/** Connections of the program's pools; the queue keeps six of its own. Fits PostgreSQL's default of 100 for three processes. */
const appConnections = 20;
const ingestConnections = 3;

/** A provider waits for our answer, and repeats what it did not hear: a database in trouble is told soon. */
const ingestPatience = { connectMs: 3_000, statementMs: 4_000, answerMs: 15_000 };

/** Milliseconds between two looks for practices' keys that were rotated elsewhere. Until then the earlier ones go on. */
const keysEveryMs = 60_000;

/** Milliseconds that running jobs get to finish when the program stops. */
const drainMs = 10_000;

export type AppOptions = {
  readonly ownerUrl: string;
  readonly migrationsDir: string;
  readonly practices: readonly LoadedPractice[];
  readonly roles: readonly Role[];
  readonly keyProvider: KeyProvider;
  readonly clock: Clock;
  readonly log: Log;
  readonly http: {
    readonly host: string;
    readonly port: number;
    readonly publicUrl: string;
    readonly trustedProxies?: readonly string[];
    readonly limits?: Partial<HttpLimits>;
  };
  readonly apiToken: string | undefined;
  readonly metricsPort: number;
  /** How long what is kept, where it is not as usual. */
  readonly keep?: Keep;
  /** Largest file of a patient's that is kept, where it is not as usual. */
  readonly maxFileBytes?: number;
  /** Folder of the built staff app. */
  readonly staffAppDir: string;
  readonly version: string;
  /** Routes of the sandbox world, served beside the product's; absent elsewhere. */
  readonly sandbox?: (app: FastifyInstance) => Promise<void>;
};

export type App = {
  /** Where the web server listens; undefined when this process does not play `web`. */
  readonly url: string | undefined;
  /** Links for practices that nobody can administer yet: to be shown once, and not logged. */
  readonly firstAdmins: readonly FirstAdminLink[];
  readonly db: Db;
  readonly store: EventStore;
  readonly metrics: Metrics;
  /** Call it after the clock was moved: what has become due is done now. */
  readonly lookNow: () => Promise<void>;
  /** Stops taking requests, lets running work finish, then closes everything. */
  readonly stop: () => Promise<void>;
};

/** Every inline view; each can be rebuilt from the events. */
export function viewsOf(sealer: Sealer): readonly View[] {
  const ofPatients = [
    messagesView(sealer),
    intakesView,
    appointmentsView(sealer),
    remindersView,
    inboxView(sealer),
  ];
  return [...ofPatients.map(forgetting), accountNewsView];
}

/** Starts the roles of this process. */
export async function startApp(options: AppOptions): Promise<App> {
  const { log, practices } = options;
  await prepareDatabase(options.ownerUrl, options.migrationsDir);
  const onError = (code: string) => log.warn('database connection lost', { code });
  const shared = { url: options.ownerUrl, onError };
  const db = openDb({ ...shared, role: 'vestibule_app', maxConnections: appConnections });
  const ingestDb = openDb({
    ...shared,
    role: 'vestibule_ingest',
    maxConnections: ingestConnections,
    patience: ingestPatience,
  });
  const metrics = await openMetrics(options.metricsPort);
  const sealer = createSealer({ db, provider: options.keyProvider });
  for (const practice of practices) await sealer.preparePractice(practice.settings.id);
  await makePartitions(db, practices, options.clock);
  const queues = await openQueues({ url: options.ownerUrl, definitions: queueDefinitions, log, metrics });
  const followClock = () => queues.followClock(options.clock.movedMs?.() ?? 0);
  if (options.clock.movedMs) await followClock();
  const store = createEventStore({
    sealer,
    views: viewsOf(sealer),
    reactions: [
      messageReactions,
      intakeReactions,
      conversationReactions,
      schedulingReactions,
      reminderReactions,
      handoffReactions,
    ],
    enqueue: queues.enqueue,
    onBroken(practiceId, { stream, version }) {
      log.error('a stored event does not match its seal', {
        practiceId,
        code: 'EVENT_SEAL_BROKEN',
        what: `${stream}@${version}`,
      });
      metrics.count('vestibule_events_broken', { practice: practiceId });
    },
  });
  const known = new Map(practices.map((practice) => [practice.settings.id, practice]));
  const awayNow = new Set<string>();
  const recordAway = awayRecorder({ db, store, clock: options.clock, log });
  let recorded: Promise<void> = Promise.resolve();
  const tellAway = (practiceId: string, awayWith: string | undefined) => {
    if (awayWith === undefined) awayNow.delete(practiceId);
    else awayNow.add(practiceId);
    recorded = recordAway(practiceId, awayWith);
  };
  const parts: Parts = {
    ...options,
    db,
    ingestDb,
    metrics,
    sealer,
    queues,
    store,
    accounts: accountsIn(practices, options.http.publicUrl),
    practiceOf: (practiceId) => known.get(practiceId),
    pmsOf: systemsOf(options, metrics, tellAway),
    systemsAway: () => awayNow.size,
  };
  const refreshing = repeat('keys', sealer.refresh, keysEveryMs, log);
  // A process that begins knows nothing of the systems, and the one before may have died while they were away.
  if (options.roles.includes('worker'))
    for (const practice of practices) await recordAway(practice.settings.id, undefined);
  const worker = options.roles.includes('worker') ? await startWorker(parts) : undefined;
  const web = options.roles.includes('web') ? await startWeb(parts) : undefined;
  return {
    url: web?.url,
    firstAdmins: web?.firstAdmins ?? [],
    db,
    store,
    metrics,
    async lookNow() {
      await followClock();
      await worker?.lookNow();
    },
    async stop() {
      await web?.stop();
      await worker?.stop();
      await refreshing.stop();
      await queues.stop(drainMs);
      await recorded;
      await db.close();
      await ingestDb.close();
      await metrics.close();
    },
  };
}
