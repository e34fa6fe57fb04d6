import { join } from 'node:path';
import type { Appointment, FhirResource, Slot } from 'fhir/r4.js';
import type { OwedJob } from '#kernel/owed.ts';
import { type Db, openDb, type Tx } from '#platform/db/db.ts';
import { createEgress, type Egress } from '#platform/egress.ts';
import { createEventStore, type EventStore } from '#platform/eventstore/store.ts';
import { lockMailboxes } from '#platform/mailbox.ts';
import { createPms, type PmsAccount } from '#pms/index.ts';
import { practiceFile, schedulingFile } from '#practice/practice.ts';
import {
  type AppointmentCommand,
  type AppointmentState,
  appointmentsView,
  expireHolds,
  loadAppointment,
  type RecordedAppointment,
  recordAppointment,
  type ScheduleDeps,
  scheduleStep,
  schedulingReactions,
} from '#scheduling/index.ts';
import { createSealer, openKeyProvider, type Sealer } from '#security/index.ts';
import { type FhirServer, startFhir } from '../sandbox/fhir/index.ts';
import { makeFolder, removeFolder } from './folder.ts';
import { patienceMs } from './patience.ts';

/**
 * The scheduling module between a real database and the simulated practice system. Jobs are kept in a list and run when a test says
 * so, by the product's own handler: so their order, their repeats and their crashes are the test's.
 */

export const identifierSystem = 'https://vestibule.example/ids';

/** A Monday, ten in the morning in São Paulo. */
export const startOfTime = Date.parse('2026-11-23T13:00:00.000Z');

export const schedulingSettings = schedulingFile.parse({
  visitTypes: [
    {
      id: 'knee',
      name: { en: 'Knee', pt: 'Joelho' },
      minutes: 30,
      serviceType: { system: 'https://clinic.example/services', code: 'knee' },
      words: { en: ['knee'] },
    },
    { id: 'consultation', name: { en: 'Consultation' }, minutes: 30 },
  ],
});

export const practiceSettings = (id: string) =>
  practiceFile.parse({
    id,
    name: 'Clínica Exemplo; São Paulo',
    jurisdiction: 'BR',
    timeZone: 'America/Sao_Paulo',
    languages: ['en', 'pt'],
    contentMode: 'open',
    phone: '+55 11 5550-1200',
    address: 'Rua das Flores 12, Vila Serena',
    privacyUrl: 'https://clinic.example/privacy',
    emergency: { number: '192' },
    openingHours: { en: 'Monday to Friday' },
    phases: { intake: true, scheduling: true },
  });

export type World = {
  readonly db: Db;
  readonly store: EventStore;
  readonly sealer: Sealer;
  readonly fhir: FhirServer;
  /** A practice of its own, with its own practice system. */
  readonly clinic: (options?: ClinicOptions) => Promise<Clinic>;
  readonly stop: () => Promise<void>;
};

export type ClinicOptions = {
  readonly slots?: PmsAccount['slots'];
  /** Slots of half an hour each, one after the other, per schedule. */
  readonly slotsPerSchedule?: number;
  readonly schedules?: number;
  readonly patients?: number;
  /**
   * Milliseconds until a call that the practice system holds up is given up. Every other call gets all the time that it needs: what a
   * slow machine does slowly is no trouble.
   */
  readonly timeoutMs?: number;
};

const practiceNames = Array.from({ length: 40 }, (_, n) => `clinic-${n + 1}`);

/** @param databaseUrl of a migrated database */
export async function openSchedulingWorld(databaseUrl: string, connections = 16): Promise<World> {
  const folder = await makeFolder();
  const db = openDb({ url: databaseUrl, role: 'vestibule_app', maxConnections: connections });
  const sealer = createSealer({ db, provider: openKeyProvider(`file:${join(folder, 'keys.json')}`) });
  const queue = new Map<string, OwedJob[]>();
  const store = createEventStore({
    sealer,
    views: [appointmentsView(sealer)],
    reactions: [schedulingReactions],
    enqueue: async (tx, jobs) => enqueueIn(queue)(tx as Tx, jobs),
  });
  const fhir = await startFhir({
    port: 0,
    tenants: practiceNames.map((name) => ({ name, conditionalCreate: false })),
  });
  let clinics = 0;
  return {
    db,
    store,
    sealer,
    fhir,
    async clinic(options = {}) {
      const practiceId = practiceNames[clinics] ?? '';
      clinics += 1;
      await sealer.preparePractice(practiceId);
      const jobs: OwedJob[] = [];
      queue.set(practiceId, jobs);
      return await openClinic({ db, store, fhir, practiceId, jobs, options });
    },
    async stop() {
      await fhir.stop();
      await db.close();
      await removeFolder(folder);
    },
  };
}

/** The jobs exist if and only if the transaction commits. */
const enqueueIn = (queue: ReadonlyMap<string, OwedJob[]>) => async (tx: Tx, jobs: readonly OwedJob[]) => {
  tx.afterCommit(() => void queue.get(tx.practiceId)?.push(...jobs));
};

export type Clinic = {
  readonly practiceId: string;
  readonly deps: ScheduleDeps;
  /** Jobs that wait, the oldest first. */
  readonly jobs: OwedJob[];
  /** Milliseconds since the epoch; moved by hand. */
  readonly clock: { now: () => number; advance: (ms: number) => void };
  readonly at: () => string;
  /** Decides and appends, as a turn would. */
  readonly tell: (appointmentId: string, ...commands: AppointmentCommand[]) => Promise<RecordedAppointment>;
  /** The first wish of patient number `n`: appointment `a<n>`, conversation `c<n>`. */
  readonly ask: (n: number) => Promise<RecordedAppointment>;
  readonly state: (appointmentId: string) => Promise<AppointmentState>;
  /** At one moment. */
  readonly states: (appointmentIds: readonly string[]) => Promise<readonly AppointmentState[]>;
  /** Runs one job; `attempt` 2 is a run after a crash. */
  readonly run: (job: OwedJob | undefined, attempt?: number) => Promise<void>;
  /**
   * Runs what waits until nothing does, put-off jobs too; `limit` ends what would go on for ever. The clock stands still, unless each
   * job is `waitedFor`.
   */
  readonly drain: (options?: DrainOptions) => Promise<number>;
  readonly expire: () => Promise<number>;
  readonly appointments: () => Promise<readonly Appointment[]>;
  readonly slots: () => Promise<readonly Slot[]>;
  /** The holds that are not released: `[hold, slot, state]`, sorted. */
  readonly holds: () => Promise<readonly (readonly [string, string, string])[]>;
  readonly query: <Row extends object>(sql: string, values?: readonly unknown[]) => Promise<Row[]>;
};

type DrainOptions = { readonly workers?: number; readonly limit?: number; readonly waitedFor?: boolean };

async function openClinic(given: {
  readonly db: Db;
  readonly store: EventStore;
  readonly fhir: FhirServer;
  readonly practiceId: string;
  readonly jobs: OwedJob[];
  readonly options: ClinicOptions;
}): Promise<Clinic> {
  const { db, store, fhir, practiceId, jobs, options } = given;
  const base = fhir.base(practiceId);
  let now = startOfTime;
  const advance = (ms: number) => {
    now += ms;
  };
  const clock = { now: () => now, advance };
  const at = () => new Date(now).toISOString();
  await fill(base, options);
  const deps = makeDeps({ ...given, base, clock });
  const handle = scheduleStep(deps);
  const state = async (appointmentId: string) =>
    (await db.tx(practiceId, (tx) => loadAppointment(tx, store, appointmentId))).state;
  const states: Clinic['states'] = (appointmentIds) =>
    db.tx(practiceId, async (tx) => {
      const found: AppointmentState[] = [];
      for (const id of appointmentIds) found.push((await loadAppointment(tx, store, id)).state);
      return found;
    });
  const tell: Clinic['tell'] = (appointmentId, ...commands) =>
    db.tx(practiceId, async (tx) => {
      const { state: before } = await loadAppointment(tx, store, appointmentId);
      const conversationId = before.status === 'open' ? before.conversationId : `c${appointmentId.slice(1)}`;
      await lockMailboxes(tx, [conversationId]);
      return await recordAppointment(tx, store, appointmentId, commands, 'patient');
    });
  const run: Clinic['run'] = async (job, attempt = 1) => {
    if (job === undefined) throw new Error('no job waits');
    await handle({ id: 'job', data: job.data, attempt });
  };
  return {
    practiceId,
    deps,
    jobs,
    clock,
    at,
    tell,
    run,
    state,
    states,
    ask: (n) => tell(`a${n}`, requestSlots(n, at())),
    drain: ({ waitedFor = false, ...limits } = {}) =>
      drain(
        jobs,
        async (job) => {
          if (waitedFor) advance((job?.afterSeconds ?? 0) * 1000);
          await run(job);
        },
        limits,
      ),
    expire: () => expireHolds(deps, practiceId),
    appointments: () => readAll<Appointment>(base, 'Appointment'),
    slots: () => readAll<Slot>(base, 'Slot'),
    holds: () => readHolds(db, practiceId),
    query: (sql, values) => db.tx(practiceId, (tx) => tx.query(sql, values)),
  };
}

function makeDeps(given: {
  readonly db: Db;
  readonly store: EventStore;
  readonly fhir: FhirServer;
  readonly practiceId: string;
  readonly jobs: OwedJob[];
  readonly base: string;
  readonly clock: { readonly now: () => number };
  readonly options: ClinicOptions;
}): ScheduleDeps {
  const { db, store, practiceId, jobs, base, clock } = given;
  const { timeoutMs = patienceMs, slots } = given.options;
  const account: PmsAccount = {
    practiceId,
    adapter: 'fhir',
    baseUrl: base,
    authentication: { kind: 'none' },
    identifierSystem,
    timeoutMs,
    ...(slots === undefined ? {} : { slots }),
  };
  const egress = patientEgress(given.fhir, practiceId, timeoutMs);
  const practice = {
    settings: practiceSettings(practiceId),
    scheduling: schedulingSettings,
    identifierSystem,
    pms: createPms(account, egress, clock),
  };
  return {
    db,
    store,
    queues: {
      enqueue: async (tx, owed) => {
        tx.afterCommit(() => void jobs.push(...owed));
      },
    },
    practice: (id) => (id === practiceId ? practice : undefined),
    pmsPatient: async (_, intakeId) => `patient-${intakeId.slice(1)}`,
    clock,
    metrics: { count: () => {} },
  };
}

/** Gives up soon only on what a fault without an answer may meet. */
function patientEgress(fhir: FhirServer, tenant: string, heldUpMs: number): Egress {
  const patient = createEgress({
    timeoutMs: patienceMs,
    maxResponseBytes: 4_000_000,
    allow: [fhir.base(tenant)],
  });
  const mayBeHeldUp = (method: string) =>
    fhir.faults
      .list()
      .some(
        (fault) => fault.kind === 'timeout' && fault.tenant === tenant && (fault.method ?? method) === method,
      );
  return {
    send: (request) => patient.send(request, mayBeHeldUp(request.method) ? heldUpMs : patienceMs),
  };
}

/** All that is offered, of the visit type `knee`. */
export function requestSlots(n: number, at: string): AppointmentCommand {
  return {
    type: 'RequestSlots',
    appointmentId: `a${n}`,
    conversationId: `c${n}`,
    intakeId: `i${n}`,
    patientId: `p${n}`,
    visitType: 'knee',
    search: {
      from: at,
      to: new Date(Date.parse(at) + 28 * 86_400_000).toISOString(),
      backwards: false,
      asked: 'day',
    },
    at,
  };
}

async function drain(
  jobs: OwedJob[],
  run: Clinic['run'],
  { workers = 1, limit = 1_000_000 }: { readonly workers?: number; readonly limit?: number },
): Promise<number> {
  let count = 0;
  let busy = 0;
  const work = async () => {
    for (;;) {
      const job = count < limit ? jobs.shift() : undefined;
      if (job === undefined) {
        if (busy === 0 || count >= limit) return;
        await new Promise((resolve) => setImmediate(resolve));
        continue;
      }
      count += 1;
      busy += 1;
      try {
        await run(job);
      } finally {
        busy -= 1;
      }
    }
  };
  await Promise.all(Array.from({ length: workers }, work));
  return count;
}

const inside = { 'content-type': 'application/fhir+json', 'x-sandbox-inside': 'true' };

/** Stores resources under their ids, as the practice's own staff would: no fault meets them. */
export async function put(base: string, resources: readonly FhirResource[]): Promise<void> {
  for (let n = 0; n < resources.length; n += 200) {
    const entry = resources.slice(n, n + 200).map((resource) => ({
      resource,
      request: { method: 'PUT', url: `${resource.resourceType}/${resource.id}` },
    }));
    const body = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry });
    const answer = await fetch(base, { method: 'POST', headers: inside, body });
    if (!answer.ok) throw new Error(`the practice system answered ${answer.status}`);
  }
}

export async function readOne<T extends FhirResource>(base: string, reference: string): Promise<T> {
  const answer = await fetch(`${base}/${reference}`, { headers: inside });
  return (await answer.json()) as T;
}

async function readAll<T extends FhirResource>(base: string, type: T['resourceType']): Promise<readonly T[]> {
  const found: T[] = [];
  let url: string | undefined = `${base}/${type}?_count=200`;
  while (url !== undefined) {
    const answer = await fetch(url, { headers: inside });
    // A searchset of the type that was asked for.
    const page = (await answer.json()) as {
      entry?: { resource: T }[];
      link?: { relation: string; url: string }[];
    };
    found.push(...(page.entry ?? []).map((entry) => entry.resource));
    url = page.link?.find((link) => link.relation === 'next')?.url;
  }
  return found;
}

async function readHolds(db: Db, practiceId: string) {
  const rows = await db.tx(practiceId, (tx) =>
    tx.query<{ hold_id: string; slot_id: string; state: string }>(
      `select hold_id, slot_id, state from slot_holds where practice_id = $1 and state <> 'released' order by hold_id`,
      [practiceId],
    ),
  );
  return rows.map((row) => [row.hold_id, row.slot_id, row.state] as const);
}

/** Clinicians, their free slots from tomorrow on, and patients. Slot `s<schedule>-<n>`. */
export async function fill(base: string, options: ClinicOptions): Promise<void> {
  const { schedules = 1, slotsPerSchedule = 4, patients = 4 } = options;
  const service = [{ coding: [{ system: 'https://clinic.example/services', code: 'knee' }] }];
  const numbers = (count: number) => Array.from({ length: count }, (_, n) => n + 1);
  const first = startOfTime + 86_400_000;
  await put(base, [
    ...numbers(patients).map((n): FhirResource => ({ resourceType: 'Patient', id: `patient-${n}` })),
    ...numbers(schedules).map(
      (n): FhirResource => ({
        resourceType: 'Practitioner',
        id: `doctor-${n}`,
        name: [{ prefix: ['Dr.'], given: ['Ana'], family: `Exemplo ${n}` }],
      }),
    ),
  ]);
  await put(
    base,
    numbers(schedules).map(
      (n): FhirResource => ({
        resourceType: 'Schedule',
        id: `schedule-${n}`,
        active: true,
        serviceType: service,
        actor: [{ reference: `Practitioner/doctor-${n}` }],
      }),
    ),
  );
  await put(
    base,
    numbers(schedules).flatMap((schedule) =>
      numbers(slotsPerSchedule).map((n): FhirResource => {
        const start = first + (n - 1) * 1_800_000;
        return {
          resourceType: 'Slot',
          id: `s${schedule}-${n}`,
          status: 'free',
          serviceType: service,
          schedule: { reference: `Schedule/schedule-${schedule}` },
          start: new Date(start).toISOString(),
          end: new Date(start + 1_800_000).toISOString(),
        };
      }),
    ),
  );
}
