import { join } from 'node:path';
import type { Appointment } from 'fhir/r4.js';
import { type AccountLimits, accountsOf } from '#channels/index.ts';
import type { ConsentCommand } from '#consent/index.ts';
import { compileForm } from '#intake/index.ts';
import type { OwedJob } from '#kernel/owed.ts';
import {
  bulkSendsQueue,
  messageReactions,
  messagesView,
  type SendDeps,
  sendNext,
  sendsQueue,
} from '#messages/index.ts';
import { type Db, openDb, type Tx } from '#platform/db/db.ts';
import { createEgress } from '#platform/egress.ts';
import { createEventStore, type EventStore } from '#platform/eventstore/store.ts';
import type { JobHandler } from '#platform/job.ts';
import { createPms } from '#pms/index.ts';
import { checkPractice, type ReminderSettings } from '#practice/index.ts';
import {
  createReminderPlanner,
  type ReminderDeps,
  type ReminderPlanner,
  reminderReactions,
  remindersJob,
  remindersQueue,
  remindersView,
  visitIsCurrent,
} from '#reminders/index.ts';
import { type AppointmentCommand, appointmentsView } from '#scheduling/index.ts';
import { createSealer, openKeyProvider, type Sealer } from '#security/index.ts';
import { type FhirServer, startFhir } from '../sandbox/fhir/index.ts';
import { type Meta, startMeta } from '../sandbox/meta/index.ts';
import { readPracticeFolder } from '../src/cli/load-practices.ts';
import { examplePractices } from '../src/cli/paths.ts';
import { makeFolder, removeFolder } from './folder.ts';
import { known, userOf, visitActs } from './reminder-visits.ts';

/**
 * The reminders between a real database, the simulated practice system and the simulated provider. Jobs are kept in a list and run
 * when a test says so, by the product's own handlers: so their order, their repeats and their crashes are the test's.
 */
export type RemindersWorld = {
  readonly fhir: FhirServer;
  /** A practice of its own, with the example practice's reminders and templates. */
  readonly clinic: (limits?: AccountLimits) => Promise<ReminderClinic>;
  readonly stop: () => Promise<void>;
};

/** A Friday, ten in the morning in São Paulo. */
export const startOfTime = Date.parse('2026-11-20T13:00:00.000Z');

const clinicNames = Array.from({ length: 40 }, (_, n) => `clinic-${n + 1}`);
const phoneNumberId = '100000000000001';
const wabaId = '200000000000001';

async function exampleConfiguration() {
  const checked = checkPractice(await readPracticeFolder(join(examplePractices, 'aurora')), compileForm);
  if ('findings' in checked) throw new Error('the example practice is not right');
  return checked.configuration;
}

type Configuration = Awaited<ReturnType<typeof exampleConfiguration>>;

function metaAccount(baseUrl: string) {
  return {
    phoneNumberId,
    wabaId,
    baseUrl,
    apiVersion: 'v26.0',
    appSecrets: ['a-secret'],
    verifyToken: 'a-token',
    accessToken: 'an-access-token',
  };
}

async function openMeta({ templates }: Configuration, clock: { readonly now: () => number }): Promise<Meta> {
  const { accessToken, verifyToken } = metaAccount('');
  const approved = Object.values(templates).flatMap(({ name, category, texts }) =>
    Object.values(texts).map(({ providerLanguage, body, buttons }) => ({
      name,
      language: providerLanguage,
      category: category.toUpperCase() as 'UTILITY' | 'MARKETING' | 'AUTHENTICATION', // the provider's spelling
      body,
      buttons,
    })),
  );
  const account = {
    wabaId,
    phoneNumberId,
    displayPhone: '+55 11 5550-1200',
    accessToken,
    verifyToken,
    // Nobody listens: what became of a message is told by the tests themselves.
    webhookUrl: 'http://127.0.0.1:9/webhooks',
    templates: approved,
  };
  return await startMeta({ clock, apps: [{ appId: '300', appSecrets: ['a-secret'], accounts: [account] }] });
}

export async function openRemindersWorld(databaseUrl: string): Promise<RemindersWorld> {
  const folder = await makeFolder();
  const db = openDb({ url: databaseUrl, role: 'vestibule_app', maxConnections: 16 });
  const sealer = createSealer({ db, provider: openKeyProvider(`file:${join(folder, 'keys.json')}`) });
  const queue = new Map<string, OwedJob[]>();
  /** Jobs that wait for their time. */
  const later = new Map<string, LaterJob[]>();
  const enqueue = async (tx: Tx, jobs: readonly OwedJob[]) => {
    // The jobs exist if and only if the transaction commits.
    tx.afterCommit(() => {
      for (const job of jobs) {
        if (job.afterSeconds === undefined) queue.get(tx.practiceId)?.push(job);
        else later.get(tx.practiceId)?.push({ job, at: now + job.afterSeconds * 1000 });
      }
    });
  };
  const store = createEventStore({
    sealer,
    views: [messagesView(sealer), appointmentsView(sealer), remindersView],
    reactions: [messageReactions, reminderReactions],
    enqueue,
  });
  const configuration = await exampleConfiguration();
  let now = startOfTime;
  const clock = {
    now: () => now,
    advanceTo: (at: string) => {
      now = Date.parse(at);
    },
  };
  const meta = await openMeta(configuration, clock);
  const fhir = await startFhir({
    port: 0,
    tenants: clinicNames.map((name) => ({ name, conditionalCreate: false })),
  });
  let clinics = 0;
  return {
    fhir,
    async clinic(limits) {
      const practiceId = clinicNames[clinics] ?? '';
      clinics += 1;
      now = startOfTime;
      await sealer.preparePractice(practiceId);
      const jobs: OwedJob[] = [];
      queue.set(practiceId, jobs);
      const waiting: LaterJob[] = [];
      later.set(practiceId, waiting);
      const parts = {
        db,
        store,
        sealer,
        fhir,
        meta,
        practiceId,
        jobs,
        waiting,
        enqueue,
        configuration,
        clock,
      };
      return openClinic({ ...parts, limits });
    },
    async stop() {
      await meta.stop();
      await fhir.stop();
      await db.close();
      await removeFolder(folder);
    },
  };
}

type LaterJob = { readonly job: OwedJob; readonly at: number };

type Given = {
  readonly waiting: LaterJob[];
  readonly limits: AccountLimits | undefined;
  readonly db: Db;
  readonly store: EventStore;
  readonly sealer: Sealer;
  readonly fhir: FhirServer;
  readonly meta: Meta;
  readonly practiceId: string;
  readonly jobs: OwedJob[];
  readonly enqueue: (tx: Tx, jobs: readonly OwedJob[]) => Promise<void>;
  readonly configuration: Configuration;
  readonly clock: { readonly now: () => number; readonly advanceTo: (at: string) => void };
};

export type ReminderClinic = Pick<
  Given,
  'practiceId' | 'jobs' | 'db' | 'store' | 'sealer' | 'clock' | 'meta'
> & {
  readonly deps: ReminderDeps;
  readonly planner: ReminderPlanner;
  /** The practice's reminders; a test may change them. */
  readonly settings: { reminders: ReminderSettings | undefined };
  /** Conversations in which the patient may have meant a stop. */
  readonly maybeStopped: Set<string>;
  /** Conversations that were told of a reminder, in order. */
  readonly told: string[];
  /** Patient `n` has visit `a<n>`, in conversation `c<n>` and in the practice system. `consents`: they said yes. */
  readonly book: (n: number, start?: string, options?: { readonly consents?: boolean }) => Promise<string>;
  /** The patient moves it, by chat. */
  readonly move: (n: number, start: string) => Promise<void>;
  readonly cancel: (n: number) => Promise<void>;
  readonly decideConsent: (n: number, command: ConsentCommand) => Promise<void>;
  readonly tell: (n: number, ...commands: readonly AppointmentCommand[]) => Promise<void>;
  /** Changes the visit as the practice's own staff would. */
  readonly changeInPractice: (n: number, changes: Partial<Appointment>) => Promise<void>;
  readonly run: (job: OwedJob | undefined, attempt?: number) => Promise<void>;
  /** Runs what waits until nothing does. */
  readonly drain: (workers?: number) => Promise<void>;
  /** Moves the clock, looks for what is due, and runs what waits. */
  readonly at: (instant: string) => Promise<void>;
  /** What patient `n` got. */
  readonly received: (n: number) => readonly string[];
  /** Types and reasons of the facts about the reminders of visit `a<n>`. */
  readonly facts: (n: number) => Promise<readonly string[]>;
  readonly query: <Row extends object>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;
};

function openClinic(given: Given): ReminderClinic {
  const { db, store, practiceId, jobs, clock, meta, configuration } = given;
  const base = given.fhir.base(practiceId);
  const settings: ReminderClinic['settings'] = { reminders: known(configuration.reminders) };
  const maybeStopped = new Set<string>();
  const told: string[] = [];
  const deps = reminderDeps(given, base, settings, maybeStopped, told);
  const send = sendNext(sendDeps(given, maybeStopped));
  const handlers = new Map<string, JobHandler>([
    [remindersQueue, remindersJob(deps)],
    [sendsQueue, send],
    [bulkSendsQueue, send],
  ]);
  const planner = createReminderPlanner(deps);
  const run: ReminderClinic['run'] = async (job, attempt = 1) => {
    if (job === undefined) throw new Error('no job waits');
    await known(handlers.get(job.queue))({ id: 'job', data: job.data, attempt });
  };
  const drain = async (workers = 1) => {
    const work = async () => {
      for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) await run(job);
    };
    while (jobs.length > 0) await Promise.all(Array.from({ length: workers }, work));
  };
  const visits = visitActs(given, base);
  return {
    ...given,
    ...visits,
    deps,
    planner,
    settings,
    maybeStopped,
    told,
    run,
    drain,
    async at(instant) {
      clock.advanceTo(instant);
      const due = given.waiting.filter(({ at }) => at <= clock.now());
      given.waiting.splice(0, given.waiting.length, ...given.waiting.filter(({ at }) => at > clock.now()));
      jobs.push(...due.map(({ job }) => job));
      await planner.planReminders(practiceId);
      await drain();
    },
    received: (n) =>
      meta.chats
        .messages({ userId: userOf(practiceId, n), direction: 'out' })
        // The simulator filled the template in.
        .map(({ payload }) => (payload as { rendered: { text: string } }).rendered.text),
    async facts(n) {
      const stream = `reminders/a${n}`;
      const events = (await db.tx(practiceId, (tx) => store.load(tx, [stream]))).get(stream) ?? [];
      return events.map(({ type, data }) => {
        const { reminderId, why } = data as { reminderId?: string; why?: string }; // of our own events
        return [type.replace(/^Reminders?/, ''), reminderId, why].filter(Boolean).join(' ');
      });
    },
    query: (sql, values) => db.tx(practiceId, (tx) => tx.query(sql, values)),
  };
}

function reminderDeps(
  { db, store, enqueue, practiceId, clock, configuration }: Given,
  base: string,
  settings: ReminderClinic['settings'],
  maybeStopped: ReadonlySet<string>,
  told: string[],
): ReminderDeps {
  const account = {
    practiceId,
    adapter: 'fhir' as const,
    baseUrl: base,
    authentication: { kind: 'none' as const },
    identifierSystem: 'https://clinic.example/ids',
    timeoutMs: 5_000,
  };
  const egress = createEgress({ timeoutMs: 5_000, maxResponseBytes: 4_000_000, allow: [base] });
  const pms = createPms(account, egress, clock);
  const { practice, templates } = configuration;
  return {
    db,
    store,
    queues: { enqueue: (tx, owed) => enqueue(tx as Tx, owed) },
    clock,
    metrics: { count: () => {}, close: async () => {} },
    practice: (id) =>
      id === practiceId
        ? { settings: { ...practice, id }, reminders: settings.reminders, templates, pms }
        : undefined,
    addressee: async () => ({ language: 'en', firstName: 'Maria', subject: 'practice' }),
    maybeStopped: async (_, conversationId) => maybeStopped.has(conversationId),
    tell: async (tx, conversationId) => tx.afterCommit(() => void told.push(conversationId)),
  };
}

function sendDeps(given: Given, maybeStopped: ReadonlySet<string>): SendDeps {
  const { db, store, sealer, enqueue, practiceId, clock, meta, limits } = given;
  const config = { practiceId, id: `${practiceId}-wa`, ...metaAccount(meta.url) };
  return {
    db,
    store,
    sealer,
    queues: { enqueue: (tx, owed) => enqueue(tx as Tx, owed) },
    accounts: accountsOf([
      { practiceId, id: config.id, channel: 'meta', config, ...(limits === undefined ? {} : { limits }) },
    ]),
    contentMode: () => 'open',
    isCurrent: visitIsCurrent(store),
    maybeStopped: async (_, conversationId) => maybeStopped.has(conversationId),
    egress: createEgress({ timeoutMs: 5_000, maxResponseBytes: 1_000_000, allow: [meta.url] }),
    clock,
    metrics: { count: () => {}, close: async () => {} },
  };
}
