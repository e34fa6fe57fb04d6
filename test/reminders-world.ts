import { join } from 'node:path';
import type { Appointment, FhirResource, Slot } from 'fhir/r4.js';
import { accountsOf, conversationFor, touchThread } from '#channels/index.ts';
import { type ConsentCommand, type ConsentEvent, consent } from '#consent/index.ts';
import { compileForm } from '#intake/index.ts';
import { fold, isRefusal } from '#kernel/decider.ts';
import type { OwedJob } from '#kernel/owed.ts';
import { messageReactions, messagesView, type SendDeps, sendNext, sendsQueue } from '#messages/index.ts';
import { type Db, openDb, type Tx } from '#platform/db/db.ts';
import { createEgress } from '#platform/egress.ts';
import { createEventStore, type EventStore } from '#platform/eventstore/store.ts';
import type { JobHandler } from '#platform/job.ts';
import { lockMailboxes } from '#platform/mailbox.ts';
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
import { type AppointmentCommand, appointmentsView, recordAppointment } from '#scheduling/index.ts';
import { createSealer, openKeyProvider, type Sealer } from '#security/index.ts';
import { type FhirServer, startFhir } from '../sandbox/fhir/index.ts';
import { type Meta, startMeta } from '../sandbox/meta/index.ts';
import { readPracticeFolder } from '../src/cli/load-practices.ts';
import { examplePractices } from '../src/cli/paths.ts';
import { makeFolder, removeFolder } from './folder.ts';

/**
 * The reminders between a real database, the simulated practice system and the simulated provider. Jobs are kept in a list and run
 * when a test says so, by the product's own handlers: so their order, their repeats and their crashes are the test's.
 */
export type RemindersWorld = {
  readonly fhir: FhirServer;
  /** A practice of its own, with the example practice's reminders and templates. */
  readonly clinic: () => Promise<ReminderClinic>;
  readonly stop: () => Promise<void>;
};

/** A Friday, ten in the morning in São Paulo. */
export const startOfTime = Date.parse('2026-11-20T13:00:00.000Z');
/** The Tuesday after, at ten in the morning there. */
export const tuesday = '2026-11-24T13:00:00.000Z';
/** The Wednesday. */
export const wednesday = '2026-11-25T13:00:00.000Z';

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
  const enqueue = async (tx: Tx, jobs: readonly OwedJob[]) => {
    // The jobs exist if and only if the transaction commits.
    tx.afterCommit(() => void queue.get(tx.practiceId)?.push(...jobs));
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
    async clinic() {
      const practiceId = clinicNames[clinics] ?? '';
      clinics += 1;
      now = startOfTime;
      await sealer.preparePractice(practiceId);
      const jobs: OwedJob[] = [];
      queue.set(practiceId, jobs);
      return openClinic({ db, store, sealer, fhir, meta, practiceId, jobs, enqueue, configuration, clock });
    },
    async stop() {
      await meta.stop();
      await fhir.stop();
      await db.close();
      await removeFolder(folder);
    },
  };
}

type Given = {
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
  readonly settings: { reminders: ReminderSettings };
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
  const settings = { reminders: known(configuration.reminders) };
  const maybeStopped = new Set<string>();
  const told: string[] = [];
  const deps = reminderDeps(given, base, settings, maybeStopped, told);
  const handlers = new Map<string, JobHandler>([
    [remindersQueue, remindersJob(deps)],
    [sendsQueue, sendNext(sendDeps(given, maybeStopped))],
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

function known<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the test’s world lacks something');
  return value;
}

const userOf = (practiceId: string, n: number) => `${practiceId}-${n}`;
const phoneOf = (practiceId: string, n: number) =>
  `55119${practiceId.replace(/\D/g, '').padStart(2, '0')}${String(n).padStart(6, '0')}`;
/** What a conversation's random id stands for here: the conversation of patient `n`. */
const patientId = (n: number) => `p${n}`;

function reminderDeps(
  { db, store, enqueue, practiceId, clock, configuration }: Given,
  base: string,
  settings: { readonly reminders: ReminderSettings },
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
  const { db, store, sealer, enqueue, practiceId, clock, meta } = given;
  const config = { practiceId, id: `${practiceId}-wa`, ...metaAccount(meta.url) };
  return {
    db,
    store,
    sealer,
    queues: { enqueue: (tx, owed) => enqueue(tx as Tx, owed) },
    accounts: accountsOf([{ practiceId, id: config.id, channel: 'meta', config }]),
    contentMode: () => 'open',
    isCurrent: visitIsCurrent(store),
    maybeStopped: async (_, conversationId) => maybeStopped.has(conversationId),
    egress: createEgress({ timeoutMs: 5_000, maxResponseBytes: 1_000_000, allow: [meta.url] }),
    clock,
    metrics: { count: () => {}, close: async () => {} },
  };
}

function visitActs(given: Given, base: string) {
  const { db, store, sealer, practiceId, clock, meta } = given;
  const at = () => new Date(clock.now()).toISOString();
  const conversations = new Map<number, string>();
  const offers = new Map<string, { slotId: string; scheduleId: string; start: string; end: string }>();
  const conversationOf = (n: number) => known(conversations.get(n));
  let holds = 0;

  const tell = (n: number, ...commands: readonly AppointmentCommand[]) =>
    db.tx(practiceId, async (tx) => {
      await lockMailboxes(tx, [conversationOf(n)]);
      const { refusals } = await recordAppointment(tx, store, `a${n}`, commands);
      if (refusals.length > 0) throw new Error(`refused: ${refusals.join()}`);
    });

  /** The slot of the first clinician at this time. */
  const offerAt = async (start: string) => {
    const slotId = `s-${Date.parse(start) / 1000}`;
    const offer = { slotId, scheduleId: 'schedule-1', start, end: later(start, 30) };
    if (!offers.has(start)) await put(base, slotResources(offer));
    offers.set(start, offer);
    return offer;
  };

  const choose = async (n: number, start: string): Promise<string> => {
    const offer = await offerAt(start);
    const holdId = `h${++holds}`;
    const clinicians = { 'schedule-1': 'Dr. Ana Exemplo', 'schedule-2': 'Dr. Rui Outro' };
    await tell(n, {
      type: 'RequestSlots',
      appointmentId: `a${n}`,
      conversationId: conversationOf(n),
      intakeId: `i${n}`,
      patientId: patientId(n),
      visitType: 'consultation',
      search: { from: at(), to: later(start, 60), backwards: false, asked: 'first' },
      at: at(),
    });
    const round = await roundOf(db, practiceId, store, n);
    await tell(
      n,
      { type: 'RecordSlots', round, slots: [offer], clinicians, at: at() },
      { type: 'ChooseSlot', slotId: offer.slotId, holdId, at: at() },
      { type: 'RecordHeld', holdId, expiresAt: later(at(), 15), at: at() },
      { type: 'RequestBooking', at: at() },
    );
    return holdId;
  };

  const decideConsent = (n: number, command: ConsentCommand) =>
    db.tx(practiceId, async (tx) => {
      const stream = `consent/${conversationOf(n)}`;
      await lockMailboxes(tx, [conversationOf(n)]);
      const past = (await store.load(tx, [stream])).get(stream) ?? [];
      // The stream's name says whose events these are.
      const facts = consent.decide(command, fold(consent, past as unknown as readonly ConsentEvent[]));
      if (isRefusal(facts)) throw new Error(facts.refused);
      const context = { at: at(), actor: 'patient', correlationId: 'x', causationId: 'x' };
      await store.append(tx, [{ stream, expectedVersion: past.length, subject: 'practice', facts }], context);
    });

  const meet = async (n: number, consents: boolean) => {
    const phone = phoneOf(practiceId, n);
    const id = userOf(practiceId, n);
    meta.directory.put({ id, profileName: 'Maria', country: 'BR', phone, identity: 'phone' });
    const conversationId = await db.tx(practiceId, async (tx) => {
      const accountId = `${practiceId}-wa`;
      const found = known(await conversationFor(tx, sealer, { accountId, user: { phone } }));
      await lockMailboxes(tx, [found]);
      await touchThread(tx, { conversationId: found, channel: 'meta', accountId, at: at() }, at());
      return found;
    });
    conversations.set(n, conversationId);
    const matter = { purpose: 'care' as const, channel: 'whatsapp' as const, wording: '1', language: 'en' };
    await decideConsent(n, { type: 'AskOptIn', because: 'first', ...matter, at: at() });
    if (consents)
      await decideConsent(n, {
        type: 'GiveOptIn',
        how: 'tapped',
        externalId: 'wamid.1',
        ...matter,
        at: at(),
      });
  };

  const changeInPractice = async (n: number, changes: Partial<Appointment>) => {
    const [current] = await read<Appointment>(base, `Appointment/appt-${n}`);
    await put(base, [{ ...known(current), ...changes }]);
  };

  return {
    tell,
    decideConsent,
    changeInPractice,
    async book(n: number, start = tuesday, { consents = true } = {}) {
      await meet(n, consents);
      const holdId = await choose(n, start);
      await put(base, [visitResource(n, await offerAt(start))]);
      await tell(n, {
        type: 'RecordBooked',
        holdId,
        pmsAppointmentId: `appt-${n}`,
        pmsPatientId: 'patient-1',
        at: at(),
      });
      return conversationOf(n);
    },
    async move(n: number, start: string) {
      const holdId = await choose(n, start);
      await put(base, [visitResource(n, await offerAt(start))]);
      await tell(n, { type: 'RecordMoved', holdId, at: at() });
    },
    async cancel(n: number) {
      await tell(n, { type: 'RequestCancellation', by: 'patient', at: at() });
      await changeInPractice(n, { status: 'cancelled' });
      await tell(n, { type: 'RecordCancelled', by: 'patient', at: at() });
    },
  };
}

async function roundOf(db: Db, practiceId: string, store: EventStore, n: number): Promise<number> {
  const stream = `appointment/a${n}`;
  const events = (await db.tx(practiceId, (tx) => store.load(tx, [stream]))).get(stream) ?? [];
  return events.filter(({ type }) => type === 'SlotsRequested').length;
}

function later(at: string, minutes: number): string {
  return new Date(Date.parse(at) + minutes * 60_000).toISOString();
}

type Offer = {
  readonly slotId: string;
  readonly scheduleId: string;
  readonly start: string;
  readonly end: string;
};

function slotResources({ slotId, scheduleId, start, end }: Offer): readonly FhirResource[] {
  const slot: Slot = {
    resourceType: 'Slot',
    id: slotId,
    status: 'busy',
    schedule: { reference: `Schedule/${scheduleId}` },
    start,
    end,
  };
  return [
    { resourceType: 'Patient', id: 'patient-1' },
    { resourceType: 'Practitioner', id: 'doctor-1', name: [{ family: 'Exemplo' }] },
    {
      resourceType: 'Schedule',
      id: scheduleId,
      active: true,
      actor: [{ reference: 'Practitioner/doctor-1' }],
    },
    slot,
  ];
}

function visitResource(n: number, { slotId, start, end }: Offer): Appointment {
  return {
    resourceType: 'Appointment',
    id: `appt-${n}`,
    status: 'booked',
    start,
    end,
    slot: [{ reference: `Slot/${slotId}` }],
    participant: [{ actor: { reference: 'Patient/patient-1' }, status: 'needs-action' }],
  };
}

/** What the practice's own staff does: no fault meets it. */
const inside = { 'content-type': 'application/fhir+json', 'x-sandbox-inside': 'true' };

async function put(base: string, resources: readonly FhirResource[]): Promise<void> {
  const entry = resources.map((resource) => ({
    resource,
    request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
  }));
  const body = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry });
  const answer = await fetch(base, { method: 'POST', headers: inside, body });
  if (!answer.ok) throw new Error(`the practice system answered ${answer.status}: ${await answer.text()}`);
}

async function read<T extends FhirResource>(base: string, reference: string): Promise<readonly T[]> {
  const answer = await fetch(`${base}/${reference}`, { headers: inside });
  // A resource of the type that was asked for.
  return answer.ok ? [(await answer.json()) as T] : [];
}

/** Puts another slot into the practice system, of the second clinician: returns its id. */
export async function otherSlot(fhir: FhirServer, practiceId: string, start: string): Promise<string> {
  const slotId = `other-${Date.parse(start) / 1000}`;
  await put(
    fhir.base(practiceId),
    slotResources({ slotId, scheduleId: 'schedule-2', start, end: later(start, 30) }),
  );
  return slotId;
}
