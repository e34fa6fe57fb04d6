import type { FastifyInstance } from 'fastify';
import {
  type Accounts,
  accountsOf,
  createDeliveryStore,
  ingestQueue,
  webhookRoutes,
} from '#channels/index.ts';
import {
  type ConversationDeps,
  carryNews,
  conversationReactions,
  intakeBackground,
  intakesView,
  newsQueue,
  parseDelivery,
  sweepMail,
  takeTurnJob,
  turnsQueue,
} from '#conversation/index.ts';
import { fileIntakeStep, intakeReactions, practiceSystemQueue } from '#intake/index.ts';
import { messageReactions, messagesView, sendNext, sendsQueue, sweepMessages } from '#messages/index.ts';
import type { Clock } from '#platform/clock.ts';
import { type Db, openDb } from '#platform/db/db.ts';
import { migrate } from '#platform/db/migrate.ts';
import { createEgress } from '#platform/egress.ts';
import { timelineRoutes } from '#platform/eventstore/routes.ts';
import { createEventStore, type EventStore, type View } from '#platform/eventstore/store.ts';
import { healthRoutes } from '#platform/http/health.ts';
import { createHttp } from '#platform/http/server.ts';
import type { JobHandler, QueueDefinition } from '#platform/job.ts';
import { errorCode, errorPlace, type Log } from '#platform/log.ts';
import { type Metrics, openMetrics } from '#platform/metrics.ts';
import { openQueues, type Queues, setUpQueues } from '#platform/queue.ts';
import { createPms } from '#pms/index.ts';
import { createSealer, type KeyProvider, type Sealer } from '#security/index.ts';
import type { LoadedPractice } from './cli/load-practices.ts';
import type { Role } from './config.ts';

/**
 * The composition root: every module, queue, view and route by a line that can be read. A process plays one role or several;
 * any number of processes may share a database.
 */

/** Our own work: it fails only when the database does. Its jobs are never put off, so looking for them is a backstop. */
const inner = { retries: 10, retryDelay: 1, retryDelayMax: 60, pollSeconds: 10 } as const;
/** Work for others: its jobs are often put off, and wait for their time. */
const outer = { ...inner, pollSeconds: 2 } as const;

/** The lanes. Each has its own workers, so that none holds up another. */
export const queueDefinitions: readonly QueueDefinition[] = [
  { name: ingestQueue, policy: 'all', concurrency: 8, ...inner },
  { name: turnsQueue, policy: 'one-waiting', concurrency: 12, ...inner },
  { name: newsQueue, policy: 'all', concurrency: 2, ...inner },
  { name: sendsQueue, policy: 'one-waiting', concurrency: 24, ...outer },
  { name: practiceSystemQueue, policy: 'all', concurrency: 16, ...outer, retries: 20, retryDelayMax: 300 },
];

/** Connections of the program's pools; the queue keeps six of its own. Fits PostgreSQL's default of 100 for three processes. */
const appConnections = 20;
const ingestConnections = 3;

/** Milliseconds between two looks for work that was left lying. */
const sweepEveryMs = 15_000;

/** Milliseconds that running jobs get to finish when the program stops. */
const drainMs = 10_000;

/** Milliseconds that a provider gets to answer a send, and bytes that it may answer with. */
const sendTimeoutMs = 10_000;
const maxAnswerBytes = 4 * 1024 * 1024;

export type AppOptions = {
  readonly ownerUrl: string;
  readonly migrationsDir: string;
  readonly practices: readonly LoadedPractice[];
  readonly roles: readonly Role[];
  readonly keyProvider: KeyProvider;
  readonly clock: Clock;
  readonly log: Log;
  readonly http: { readonly host: string; readonly port: number; readonly publicUrl: string };
  readonly apiToken: string | undefined;
  readonly metricsPort: number;
  readonly version: string;
  /** Routes of the sandbox world, served beside the product's; absent elsewhere. */
  readonly sandbox?: (app: FastifyInstance) => Promise<void>;
};

export type App = {
  /** Where the web server listens; undefined when this process does not play `web`. */
  readonly url: string | undefined;
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
  return [messagesView(sealer), intakesView];
}

/** Prepares the database: migrations, then the queues. Safe to run from several processes at once. */
export async function prepareDatabase(ownerUrl: string, migrationsDir: string): Promise<void> {
  await migrate(ownerUrl, migrationsDir);
  await setUpQueues(ownerUrl, queueDefinitions);
}

/** Starts the roles of this process. */
export async function startApp(options: AppOptions): Promise<App> {
  const { log, practices } = options;
  await prepareDatabase(options.ownerUrl, options.migrationsDir);
  let isStopping = false;
  // A pool says that it has ended before its connections have: a database that stops right after it cuts off the last ones.
  const onError = (code: string) => {
    if (!isStopping) log.warn('database connection lost', { code });
  };
  const pool = (role: 'vestibule_app' | 'vestibule_ingest', maxConnections: number) =>
    openDb({ url: options.ownerUrl, role, maxConnections, onError });
  const db = pool('vestibule_app', appConnections);
  const ingestDb = pool('vestibule_ingest', ingestConnections);
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
    reactions: [messageReactions, intakeReactions, conversationReactions],
    enqueue: queues.enqueue,
  });
  const parts: Parts = {
    ...options,
    db,
    ingestDb,
    metrics,
    sealer,
    queues,
    store,
    accounts: accountsIn(practices),
  };
  const closers: (() => Promise<void>)[] = [];
  if (options.roles.includes('worker')) closers.push(await startWorker(parts));
  const web = options.roles.includes('web') ? await startWeb(parts) : undefined;
  return {
    url: web?.url,
    db,
    store,
    metrics,
    lookNow: followClock,
    async stop() {
      await web?.stop();
      for (const close of closers) await close();
      await queues.stop(drainMs);
      isStopping = true;
      await db.close();
      await ingestDb.close();
      await metrics.close();
    },
  };
}

type Parts = AppOptions & {
  readonly db: Db;
  readonly ingestDb: Db;
  readonly metrics: Metrics;
  readonly sealer: Sealer;
  readonly queues: Queues;
  readonly store: EventStore;
  readonly accounts: Accounts;
};

function accountsIn(practices: readonly LoadedPractice[]): Accounts {
  return accountsOf(
    practices.flatMap((practice) =>
      practice.accounts.map(({ id, provider, ...account }) => ({
        practiceId: practice.settings.id,
        id,
        channel: provider,
        config: { practiceId: practice.settings.id, id, ...account },
      })),
    ),
  );
}

/** Days of webhook deliveries that have a partition ahead of time. */
const partitionDays = 14;

async function makePartitions(db: Db, practices: readonly LoadedPractice[], clock: Clock): Promise<void> {
  const [first] = practices;
  if (first === undefined) return;
  const today = new Date(clock.now()).toISOString().slice(0, 10);
  await db.tx(first.settings.id, (tx) =>
    tx.query('select make_delivery_partitions($1, $2)', [today, partitionDays]),
  );
}

function conversationDeps(parts: Parts): ConversationDeps {
  const { db, store, sealer, queues, clock, metrics } = parts;
  const known = new Map(
    parts.practices.map(({ settings, intake }) => {
      const inChat = settings.phases.intake && settings.contentMode === 'open';
      return [settings.id, { settings, form: inChat ? intake?.form : undefined }];
    }),
  );
  return { db, store, sealer, queues, clock, metrics, practice: (practiceId) => known.get(practiceId) };
}

/** The queues' handlers, and a slow look for work that was left lying. */
async function startWorker(parts: Parts): Promise<() => Promise<void>> {
  const { db, store, sealer, queues, clock, metrics, accounts, log } = parts;
  const deps = conversationDeps(parts);
  const settings = new Map(parts.practices.map((practice) => [practice.settings.id, practice.settings]));
  const deliveries = createDeliveryStore({ db: parts.ingestDb, sealer, queues, clock, metrics });
  const sendDeps = {
    db,
    store,
    sealer,
    queues,
    accounts,
    clock,
    metrics,
    contentMode: (practiceId: string) => settings.get(practiceId)?.contentMode,
    egress: createEgress({
      timeoutMs: sendTimeoutMs,
      maxResponseBytes: maxAnswerBytes,
      allow: accounts.all.map((account) => account.config.baseUrl),
    }),
  };
  const filing = filingPractices(parts);
  const handlers = new Map<string, JobHandler>([
    [ingestQueue, parseDelivery({ ...deps, accounts, deliveries })],
    [turnsQueue, takeTurnJob(deps)],
    [newsQueue, carryNews(deps)],
    [sendsQueue, sendNext(sendDeps)],
    [
      practiceSystemQueue,
      fileIntakeStep({
        db,
        store,
        queues,
        clock,
        metrics,
        practice: (practiceId) => filing.get(practiceId),
        background: (tx, intakeId) => intakeBackground(tx, deps, intakeId),
      }),
    ],
  ]);
  await queues.work(handlers);
  const sweep = async () => {
    for (const practiceId of settings.keys()) {
      const woken = await db.tx(
        practiceId,
        async (tx) => (await sweepMail(tx, deps)) + (await sweepMessages(tx, sendDeps)),
      );
      if (woken > 0) {
        metrics.count('vestibule_old_mail', { practice: practiceId }, woken);
        log.warn('work that was left lying was woken', { practiceId, count: woken });
      }
    }
    await makePartitions(db, parts.practices, clock);
  };
  return repeat(sweep, sweepEveryMs, log);
}

/** Runs `work` now and then again, `everyMs` after it ended; the returned function waits for it and ends it. */
function repeat(work: () => Promise<void>, everyMs: number, log: Log): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let running = Promise.resolve();
  const run = () => {
    running = work()
      .catch((error: unknown) =>
        log.warn('sweep failed', { code: errorCode(error), what: errorPlace(error) }),
      )
      .finally(() => {
        if (!stopped) timer = setTimeout(run, everyMs);
      });
  };
  run();
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await running;
  };
}

function filingPractices(parts: Parts) {
  return new Map(
    parts.practices.flatMap((practice) => {
      const { settings, pms, intake } = practice;
      if (intake === undefined) return [];
      const egress = createEgress({
        timeoutMs: pms.timeoutMs,
        maxResponseBytes: maxAnswerBytes,
        allow: [pms.baseUrl],
      });
      const account = { practiceId: settings.id, ...pms };
      const filing = {
        settings,
        form: intake.form,
        questionnaire: intake.questionnaire,
        identifierSystem: pms.identifierSystem,
        pms: createPms(account, egress, parts.clock),
      };
      return [[settings.id, filing] as const];
    }),
  );
}

async function startWeb(parts: Parts): Promise<{ url: string; stop: () => Promise<void> }> {
  const { db, sealer, queues, clock, metrics, accounts, log } = parts;
  let phase: 'starting' | 'ok' | 'stopping' = 'starting';
  const app = await createHttp({
    log,
    apiToken: parts.apiToken,
    sandbox: parts.sandbox !== undefined,
    version: parts.version,
  });
  healthRoutes(app, { ping: db.ping, phase: () => phase });
  const deliveries = createDeliveryStore({ db: parts.ingestDb, sealer, queues, clock, metrics });
  webhookRoutes(app, { accounts, deliveries, metrics, publicUrl: parts.http.publicUrl });
  timelineRoutes(app, { db, practiceIds: new Set(parts.practices.map((practice) => practice.settings.id)) });
  await parts.sandbox?.(app);
  const url = await app.listen({ host: parts.http.host, port: parts.http.port });
  phase = 'ok';
  return {
    url,
    async stop() {
      phase = 'stopping';
      await app.close();
    },
  };
}
