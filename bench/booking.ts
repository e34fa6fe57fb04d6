import { fileURLToPath } from 'node:url';
import { openDb, type Tx } from '#platform/db/db.ts';
import { migrate } from '#platform/db/migrate.ts';
import { createEgress } from '#platform/egress.ts';
import { createEventStore, type EventStore } from '#platform/eventstore/store.ts';
import type { QueueDefinition } from '#platform/job.ts';
import { createLog } from '#platform/log.ts';
import { lockMailboxes } from '#platform/mailbox.ts';
import { openMetrics } from '#platform/metrics.ts';
import { openQueues, setUpQueues } from '#platform/queue.ts';
import { createPms, type Pms } from '#pms/index.ts';
import {
  type AppointmentCommand,
  appointmentsView,
  recordAppointment,
  type SlotOffer,
  scheduleStep,
  schedulingQueue,
  schedulingReactions,
} from '#scheduling/index.ts';
import { createSealer, openKeyProvider } from '#security/index.ts';
import {
  fill,
  identifierSystem,
  practiceSettings,
  requestSlots,
  schedulingSettings,
  startOfTime,
} from '../test/scheduling-world.ts';
import { startHelper } from './children.ts';
import { figure, percentile } from './figures.ts';
import { practiceId, type Setting, withSetting } from './setting.ts';

/**
 * Many patients choose among few slots at the same moment, through the product's own queue and job handler: each slot has one winner.
 * Then patients confirm one after the other: from their word to the visit that stands in the practice system, read back. The
 * baseline makes the same calls to the practice system and does nothing else.
 *
 *     node bench/booking.ts [attempts]
 */

const attempts = Number(process.argv[2] ?? 10_000);
const contested = 100;
const schedules = 5;
const confirmations = 200;
const confirmationsPerSecond = 5;
const roundTrips = 100;
const workers = 16;
/** Transactions of patients under way at once. */
const clients = 12;

const definition: QueueDefinition = {
  name: schedulingQueue,
  policy: 'all',
  concurrency: workers,
  retries: 20,
  retryDelay: 1,
  retryDelayMax: 300,
};

const at = new Date(startOfTime).toISOString();
const clock = { now: () => startOfTime };

/** A slot as `fill` numbers them. */
function offer(schedule: number, n: number): SlotOffer {
  const start = startOfTime + 86_400_000 + (n - 1) * 1_800_000;
  return {
    slotId: `s${schedule}-${n}`,
    scheduleId: `schedule-${schedule}`,
    start: new Date(start).toISOString(),
    end: new Date(start + 1_800_000).toISOString(),
  };
}

/** Runs `work` for 0 … count - 1, some at the same time. */
async function each(count: number, work: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  const client = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: clients }, client));
}

/** Told facts of the kinds that settle something, as they are committed. */
function makeCounter() {
  const seen = new Map<string, number>();
  let onFact = (_type: string, _stream: string) => {};
  return {
    count: (type: string) => seen.get(type) ?? 0,
    note(type: string, stream: string) {
      seen.set(type, (seen.get(type) ?? 0) + 1);
      onFact(type, stream);
    },
    /** Resolves when `done` holds after a fact. */
    until: (done: () => boolean) =>
      new Promise<void>((resolve) => {
        const check = () => {
          if (!done()) return;
          onFact = () => {};
          resolve();
        };
        onFact = check;
        check();
      }),
    listen(listener: typeof onFact) {
      onFact = listener;
    },
  };
}

async function measure(
  { databaseUrl, env }: Setting,
  defer: (stop: () => Promise<void>) => void,
): Promise<void> {
  const system = startHelper('./booking-pms.ts');
  defer(system.stop);
  const { base } = await system.ask<{ base: string }>({ tenant: practiceId });
  // Calendars: those that are fought over, one for those who confirm in peace, one for the baseline.
  const longest = Math.max(contested / schedules, confirmations, roundTrips);
  await fill(base, { schedules: schedules + 2, slotsPerSchedule: longest, patients: 1 });
  await migrate(databaseUrl, fileURLToPath(new URL('../migrations', import.meta.url)));
  await setUpQueues(databaseUrl, [definition]);
  const db = openDb({ url: databaseUrl, role: 'vestibule_app', maxConnections: 24 });
  defer(db.close);
  const sealer = createSealer({ db, provider: openKeyProvider(`file:${env.VESTIBULE_DATA}/keys.json`) });
  await sealer.preparePractice(practiceId);
  const metrics = await openMetrics(0);
  defer(metrics.close);
  const queues = await openQueues({
    url: databaseUrl,
    definitions: [definition],
    log: createLog('error'),
    metrics,
  });
  defer(() => queues.stop(5_000));
  const facts = makeCounter();
  const storeWith = (reacts: boolean): EventStore =>
    createEventStore({
      sealer,
      views: [
        appointmentsView(sealer),
        {
          name: 'facts',
          tables: [],
          async apply(tx, events) {
            tx.afterCommit(() => {
              for (const { type, stream } of events) facts.note(type, stream);
            });
          },
        },
      ],
      reactions: reacts ? [schedulingReactions] : [],
      enqueue: queues.enqueue,
    });
  const store = storeWith(true);
  const account = { practiceId, adapter: 'fhir', baseUrl: base, identifierSystem } as const;
  const egress = createEgress({ timeoutMs: 30_000, maxResponseBytes: 4_000_000, allow: [base] });
  const pms = createPms({ ...account, authentication: { kind: 'none' }, timeoutMs: 30_000 }, egress, clock);
  const practice = {
    settings: practiceSettings(practiceId),
    scheduling: schedulingSettings,
    identifierSystem,
    pms,
  };
  const handler = scheduleStep({
    db,
    store,
    queues,
    practice: () => practice,
    pmsPatient: async () => 'patient-1',
    clock,
    metrics,
  });
  await queues.work(new Map([[schedulingQueue, handler]]));
  const tell = (through: EventStore, n: number, ...commands: AppointmentCommand[]) =>
    db.tx(practiceId, async (tx: Tx) => {
      await lockMailboxes(tx, [`c${n}`]);
      await recordAppointment(tx, through, `a${n}`, commands, 'patient');
    });
  // Everyone has seen the same list; that search is not what is measured.
  const unheard = storeWith(false);
  const show = (n: number, slots: readonly SlotOffer[]) =>
    tell(unheard, n, requestSlots(n, at), { type: 'RecordSlots', round: 1, slots, clinicians: {}, at });
  const choose = (n: number, slotId: string) =>
    tell(store, n, { type: 'ChooseSlot', slotId, holdId: `h${n}`, at });
  const book = (n: number) => tell(store, n, { type: 'RequestBooking', at });
  const world: Bench = { facts, show, choose, book, pms };
  await fight(world);
  await confirmInPeace(world, await baseline(pms));
}

type Bench = {
  readonly facts: ReturnType<typeof makeCounter>;
  readonly show: (n: number, slots: readonly SlotOffer[]) => Promise<void>;
  readonly choose: (n: number, slotId: string) => Promise<void>;
  readonly book: (n: number) => Promise<void>;
  readonly pms: Pms;
};

async function fight({ facts, show, choose, book }: Bench): Promise<void> {
  const slots = Array.from({ length: contested }, (_, i) =>
    offer((i % schedules) + 1, Math.floor(i / schedules) + 1),
  );
  await each(attempts, (n) => show(n, slots));
  const began = performance.now();
  const winners: number[] = [];
  const settled = new Promise<void>((resolve) => {
    facts.listen((type, stream) => {
      if (type === 'SlotHeld') winners.push(Number(stream.slice('appointment/a'.length)));
      if (facts.count('SlotHeld') + facts.count('SlotLost') === attempts) resolve();
    });
  });
  await each(attempts, (n) => choose(n, slots[n % contested]?.slotId ?? ''));
  await settled;
  const booked = facts.until(() => facts.count('AppointmentBooked') >= winners.length);
  await each(winners.length, (n) => book(winners[n] ?? 0));
  await booked;
  const seconds = (performance.now() - began) / 1000;
  figure('booking.winners', facts.count('AppointmentBooked'), 'slots');
  figure('booking.lost', facts.count('SlotLost'), 'patients');
  figure('booking.attempts', attempts / seconds, '/s');
  if (facts.count('AppointmentBooked') !== Math.min(contested, attempts)) process.exitCode = 1;
}

/** Milliseconds of the calls that a confirmation makes, one after the other, and nothing else. */
async function baseline({ scheduling }: Pms): Promise<readonly number[]> {
  const took: number[] = [];
  for (let n = 1; n <= roundTrips; n += 1) {
    const { slotId, start, end } = offer(schedules + 2, n);
    const mark = { system: identifierSystem, value: `b${n}` };
    const held = await scheduling.readSlot(slotId);
    const began = performance.now();
    if (held.kind !== 'accepted') throw new Error(`the practice system answered ${held.code}`);
    await scheduling.readSlot(slotId);
    await scheduling.setSlot(held.value, 'busy', mark);
    const created = await scheduling.createAppointment(mark, {
      resourceType: 'Appointment',
      identifier: [mark],
      status: 'booked',
      start,
      end,
      slot: [{ reference: `Slot/${slotId}` }],
      participant: [{ actor: { reference: 'Patient/patient-1' }, status: 'needs-action' }],
    });
    if (created.kind !== 'accepted') throw new Error(`the practice system answered ${created.code}`);
    await scheduling.readAppointment(created.value.id);
    await scheduling.readSlot(slotId);
    took.push(performance.now() - began);
  }
  return took;
}

async function confirmInPeace(
  { facts, show, choose, book }: Bench,
  roundTrip: readonly number[],
): Promise<void> {
  const first = attempts + 1;
  const before = facts.count('SlotHeld');
  const held = facts.until(() => facts.count('SlotHeld') === before + confirmations);
  await each(confirmations, async (i) => {
    const { slotId } = offer(schedules + 1, i + 1);
    await show(first + i, [offer(schedules + 1, i + 1)]);
    await choose(first + i, slotId);
  });
  await held;
  const asked = new Map<string, number>();
  const took: number[] = [];
  const done = new Promise<void>((resolve) => {
    facts.listen((type, stream) => {
      if (type !== 'AppointmentBooked') return;
      took.push(performance.now() - (asked.get(stream) ?? Number.NaN));
      if (took.length === confirmations) resolve();
    });
  });
  const began = performance.now();
  const under: Promise<void>[] = [];
  for (let i = 0; i < confirmations; i += 1) {
    const early = began + (i * 1000) / confirmationsPerSecond - performance.now();
    if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
    asked.set(`appointment/a${first + i}`, performance.now());
    under.push(book(first + i));
  }
  await Promise.all(under);
  await done;
  figure('booking.pms-roundtrip', percentile(roundTrip, 0.95), 'ms');
  figure('booking.confirm-p50', percentile(took, 0.5), 'ms', {
    of: 'pms-roundtrip',
    value: percentile(roundTrip, 0.5),
  });
  figure('booking.confirm-p95', percentile(took, 0.95), 'ms', {
    of: 'pms-roundtrip',
    value: percentile(roundTrip, 0.95),
  });
}

await withSetting(900, measure);
