import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/db.ts';
import { type Clinic, openSchedulingWorld, type World } from '../../test/scheduling-world.ts';
import type { AppointmentState } from './appointment.ts';
import { scheduleStep } from './jobs.ts';

/** What goes wrong outside, and processes that die in between: nothing is booked twice, and nothing is left lying. */

let database: TestDatabase;
let world: World;

beforeAll(async () => {
  database = await createTestDatabase();
  world = await openSchedulingWorld(database.url);
});

afterAll(async () => {
  await world.stop();
  await database.drop();
});

/**
 * Milliseconds; an answer on loopback takes a few. Only faults that never answer make a test wait for it, and where an answer is late
 * as well it is one more that is lost.
 */
const timeoutMs = 400;

type Drain = (clinic: Clinic) => Promise<unknown>;

/** Jobs that a repaired practice system needs at most; more would be a step that turns in a ring. */
const limit = 200;

const drains: Drain = async (clinic) => {
  await clinic.drain({ limit, waitedFor: true });
  expect(clinic.jobs).toEqual([]);
};

/** A patient books, confirms, moves and cancels, with `drain` running the jobs. After each step, what must hold is looked at. */
async function wholeWay(clinic: Clinic, drain: Drain): Promise<void> {
  const tell = clinic.tell;
  const at = clinic.at();
  await clinic.ask(1);
  await drain(clinic);
  await tell('a1', { type: 'ChooseSlot', slotId: 's1-1', holdId: 'h1', at });
  await drain(clinic);
  expect(open(await clinic.state('a1')).choice).toMatchObject({ phase: 'held' });
  await tell('a1', { type: 'RequestBooking', at });
  await drain(clinic);
  await expectVisit(clinic, 's1-1', 'h1');
  await tell('a1', { type: 'RequestConfirmation', by: 'patient', at });
  await drain(clinic);
  expect(open(await clinic.state('a1')).booked).toMatchObject({ confirmed: true });
  await clinic.ask(1);
  await drain(clinic);
  await tell('a1', { type: 'ChooseSlot', slotId: 's1-2', holdId: 'h2', at });
  await drain(clinic);
  await tell('a1', { type: 'RequestBooking', at });
  await drain(clinic);
  await expectVisit(clinic, 's1-2', 'h2');
  await tell('a1', { type: 'RequestCancellation', by: 'patient', at });
  await drain(clinic);
  expect(open(await clinic.state('a1'))).toMatchObject({ booked: undefined, cancelled: { by: 'patient' } });
  expect((await clinic.appointments()).map(({ status }) => status)).toEqual(['cancelled']);
  expect(await slotStates(clinic)).toMatchObject({ 's1-1': 'free', 's1-2': 'free' });
  expect(await clinic.holds()).toEqual([]);
}

/** One Appointment, at this slot; this slot is taken and no other; one hold. */
async function expectVisit(clinic: Clinic, slotId: string, holdId: string): Promise<void> {
  expect(open(await clinic.state('a1')).booked).toMatchObject({ offer: { slotId }, holdId });
  const appointments = await clinic.appointments();
  expect(appointments).toMatchObject([{ status: 'booked', slot: [{ reference: `Slot/${slotId}` }] }]);
  const states = await slotStates(clinic);
  expect(Object.entries(states).filter(([, status]) => status !== 'free')).toEqual([[slotId, 'busy']]);
  expect(await clinic.holds()).toEqual([[holdId, slotId, 'booked']]);
}

const open = (state: AppointmentState) => {
  if (state.status === 'none') throw new Error('nobody asked for slots');
  return state;
};

async function slotStates(clinic: Clinic): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries((await clinic.slots()).map((slot) => [slot.id, slot.status]));
}

const calls = [
  { method: 'PUT', type: 'Slot' },
  { method: 'PUT', type: 'Appointment' },
  { method: 'GET', type: 'Slot' },
  { method: 'GET', type: 'Appointment' },
  { method: 'POST', template: '/Slot/_search' },
] as const;

const faults = [
  { kind: 'timeout', when: 'after' },
  { kind: 'timeout', when: 'before' },
  { kind: 'reset', when: 'after' },
  { kind: 'unavailable', when: 'before', retryAfterSeconds: 1 },
  { kind: 'html', status: 502, when: 'after' },
  { kind: 'half-json' },
  { kind: 'status', status: 412 },
  { kind: 'throttle', retryAfterSeconds: 1 },
] as const;

// Each in a practice of its own: while one waits for an answer that never comes, others go on.
describe.concurrent('the whole way comes to the same end', () => {
  test.each(faults)('with $kind ($when) at every kind of call, first and later ones', async (fault) => {
    const clinic = await world.clinic({ timeoutMs });
    const tenant = clinic.practiceId;
    world.fhir.faults.add(
      ...calls.flatMap((call) => [
        { ...call, ...fault, tenant, times: 1 },
        { ...call, ...fault, tenant, skip: 1, times: 1 },
      ]),
      // Sent once on the whole way.
      { method: 'POST', template: '/Appointment', ...fault, tenant, times: 1 },
    );
    await wholeWay(clinic, drains);
    const left = world.fhir.faults.list().filter((one) => one.tenant === tenant);
    expect(left.map(({ method, type, template }) => [method, type, template])).toEqual([]);
  });

  test('when every job is run twice, as after a crash between the commit and its acknowledgement', async () => {
    const clinic = await world.clinic({ timeoutMs });
    await wholeWay(clinic, async () => {
      for (let n = 0; clinic.jobs.length > 0; n += 1) {
        expect(n).toBeLessThan(limit);
        const job = clinic.jobs.shift();
        await clinic.run(job);
        await clinic.run(job, 2);
      }
    });
  });

  test('when a repeated job overtakes what it led to', async () => {
    const clinic = await world.clinic({ timeoutMs });
    await wholeWay(clinic, async () => {
      const done = [];
      for (let n = 0; clinic.jobs.length > 0; n += 1) {
        expect(n).toBeLessThan(limit);
        const job = clinic.jobs.shift();
        await clinic.run(job);
        done.push(job);
        for (const old of done) await clinic.run(old, 2);
      }
    });
  });

  test('when the process dies after every write, before it is recorded', async () => {
    const clinic = await world.clinic({ timeoutMs });
    let dies = false;
    const { deps } = clinic;
    const mortal = scheduleStep({
      ...deps,
      db: {
        ...deps.db,
        tx: (practiceId, work) => (dies ? Promise.reject(new Error('killed')) : deps.db.tx(practiceId, work)),
      },
      metrics: {
        count: (_, labels) => {
          dies ||= /^(set|create|update)-/.test(labels?.operation ?? '');
        },
      },
    });
    let deaths = 0;
    await wholeWay(clinic, async () => {
      for (let n = 0; clinic.jobs.length > 0; n += 1) {
        expect(n).toBeLessThan(limit);
        const job = clinic.jobs.shift();
        dies = false;
        await mortal({ id: 'job', data: job?.data ?? {}, attempt: 1 }).catch(async () => {
          deaths += 1;
          await clinic.run(job, 2);
        });
      }
    });
    // Hold, take, create; confirm; hold, take, change, free; cancel, and what runs again then frees.
    expect(deaths).toBe(9);
  });
});

test('an answer to the creation that is lost leads to one Appointment, which is looked up', async () => {
  const clinic = await world.clinic({ timeoutMs });
  const tenant = clinic.practiceId;
  await clinic.ask(1);
  await clinic.drain();
  await clinic.tell('a1', { type: 'ChooseSlot', slotId: 's1-1', holdId: 'h1', at: clinic.at() });
  await clinic.drain();
  world.fhir.faults.add({
    kind: 'timeout',
    when: 'after',
    method: 'POST',
    template: '/Appointment',
    tenant,
    times: 1,
  });
  await clinic.tell('a1', { type: 'RequestBooking', at: clinic.at() });
  await clinic.drain();
  await expectVisit(clinic, 's1-1', 'h1');
  expect(world.fhir.ledger.count({ tenant, method: 'POST', template: '/Appointment' })).toBe(1);
});

test('a search that finds no answer is told once, and answered when there is one', async () => {
  const clinic = await world.clinic({ timeoutMs });
  const tenant = clinic.practiceId;
  world.fhir.faults.add({ kind: 'unavailable', type: 'Slot', tenant, times: 6 });
  await clinic.ask(1);
  await clinic.drain({ limit: 4, waitedFor: true });
  expect(open(await clinic.state('a1')).found).toBe('delayed');
  expect(clinic.jobs[0]?.afterSeconds).toBeGreaterThan(0);
  await clinic.drain({ waitedFor: true });
  expect(open(await clinic.state('a1')).found).toHaveLength(4);
  const facts = await clinic.query<{ type: string }>(
    `select type from events where practice_id = $1 and stream = $2 order by version`,
    [tenant, 'appointment/a1'],
  );
  expect(facts.map(({ type }) => type)).toEqual(['SlotsRequested', 'SearchDelayed', 'SlotsFound']);
});

test('a search that is refused ends there', async () => {
  const clinic = await world.clinic({ timeoutMs });
  world.fhir.faults.add({ kind: 'status', status: 404, type: 'Schedule', tenant: clinic.practiceId });
  await clinic.ask(1);
  await clinic.drain();
  expect(open(await clinic.state('a1')).found).toBe('refused');
});

test.each([
  ['refuses', 405, 'ChangeRefused'],
  ['says is taken', 409, 'SlotLost'],
])('a booking that the practice system %s gives the slot back', async (_, status, fact) => {
  const clinic = await world.clinic({ timeoutMs });
  await clinic.ask(1);
  await clinic.drain();
  await clinic.tell('a1', { type: 'ChooseSlot', slotId: 's1-1', holdId: 'h1', at: clinic.at() });
  await clinic.drain();
  const tenant = clinic.practiceId;
  world.fhir.faults.add({ kind: 'status', status, method: 'POST', template: '/Appointment', tenant });
  await clinic.tell('a1', { type: 'RequestBooking', at: clinic.at() });
  await clinic.drain();
  expect(open(await clinic.state('a1'))).toMatchObject({ choice: undefined, booked: undefined });
  const told = await clinic.query(`select from events where practice_id = $1 and type = $2`, [tenant, fact]);
  expect(told).toHaveLength(1);
  expect((await slotStates(clinic))['s1-1']).toBe('free');
  expect(await clinic.holds()).toEqual([]);
});

test('a booking waits for the patient to be filed, and is not given up meanwhile', async () => {
  const clinic = await world.clinic({ timeoutMs });
  let filed: string | undefined;
  const handle = scheduleStep({ ...clinic.deps, pmsPatient: async () => filed });
  await clinic.ask(1);
  await clinic.drain();
  await clinic.tell('a1', { type: 'ChooseSlot', slotId: 's1-1', holdId: 'h1', at: clinic.at() });
  await clinic.drain();
  await clinic.tell('a1', { type: 'RequestBooking', at: clinic.at() });
  for (let n = 0; n < 5; n += 1)
    await handle({ id: 'job', data: clinic.jobs.shift()?.data ?? {}, attempt: 1 });
  expect(await clinic.appointments()).toEqual([]);
  expect(open(await clinic.state('a1'))).toMatchObject({ choice: { phase: 'booking' }, delayTold: true });
  filed = 'patient-1';
  await clinic.drain();
  await expectVisit(clinic, 's1-1', 'h1');
});

describe('changing one’s mind while a hold is on its way', () => {
  test('a slot that was marked after it was given back is freed', async () => {
    const clinic = await world.clinic({ timeoutMs });
    await clinic.ask(1);
    await clinic.drain();
    await clinic.tell('a1', { type: 'ChooseSlot', slotId: 's1-1', holdId: 'h1', at: clinic.at() });
    const hold = clinic.jobs.shift();
    // The patient drops it, and its release runs, between our own hold and the mark in the practice system.
    const { scheduling } = clinic.deps.practice(clinic.practiceId)?.pms ?? {};
    if (scheduling === undefined) throw new Error('the clinic has a practice system');
    const slow = scheduleStep({
      ...clinic.deps,
      practice: (id) => {
        const practice = clinic.deps.practice(id);
        if (practice === undefined) return undefined;
        const setSlot: typeof scheduling.setSlot = async (...given) => {
          await clinic.tell('a1', { type: 'DropHold', why: 'declined', at: clinic.at() });
          await clinic.drain();
          expect(await clinic.holds()).toEqual([]);
          return await scheduling.setSlot(...given);
        };
        return { ...practice, pms: { scheduling: { ...scheduling, setSlot } } };
      },
    });
    await slow({ id: 'job', data: hold?.data ?? {}, attempt: 1 });
    expect((await slotStates(clinic))['s1-1']).toBe('busy-tentative');
    await clinic.drain();
    expect((await slotStates(clinic))['s1-1']).toBe('free');
    expect(await clinic.holds()).toEqual([]);
  });

  test('one that is chosen again before it was freed is held all the same', async () => {
    const clinic = await world.clinic({ timeoutMs });
    await clinic.ask(1);
    await clinic.drain();
    const choose = (slotId: string, holdId: string) =>
      clinic.tell('a1', { type: 'ChooseSlot', slotId, holdId, at: clinic.at() });
    await choose('s1-1', 'h1');
    await clinic.drain();
    await choose('s1-2', 'h2');
    await choose('s1-1', 'h3');
    const release = clinic.jobs.shift();
    await clinic.drain({ limit: 6 });
    expect(open(await clinic.state('a1')).choice).toMatchObject({ holdId: 'h3', phase: 'holding' });
    await clinic.run(release);
    await clinic.drain();
    expect(open(await clinic.state('a1')).choice).toMatchObject({ holdId: 'h3', phase: 'held' });
    expect(await clinic.holds()).toEqual([['h3', 's1-1', 'held']]);
  });
});

describe('holds end', () => {
  async function held(): Promise<Clinic> {
    const clinic = await world.clinic({ timeoutMs });
    await clinic.ask(1);
    await clinic.drain();
    await clinic.tell('a1', { type: 'ChooseSlot', slotId: 's1-1', holdId: 'h1', at: clinic.at() });
    await clinic.drain();
    return clinic;
  }

  test('at their time, and not before', async () => {
    const clinic = await held();
    clinic.clock.advance(15 * 60_000 - 1);
    expect(await clinic.expire()).toBe(0);
    clinic.clock.advance(1);
    expect(await clinic.expire()).toBe(1);
    const facts = await clinic.query<{ data: { why?: string } }>(
      `select data from events where practice_id = $1 and type = 'SlotLost'`,
      [clinic.practiceId],
    );
    expect(facts).toMatchObject([{ data: { why: 'hold-expired' } }]);
    await clinic.drain();
    expect(await clinic.holds()).toEqual([]);
    expect((await slotStates(clinic))['s1-1']).toBe('free');
    expect(await clinic.expire()).toBe(0);
  });

  test('not while they are being booked', async () => {
    const clinic = await held();
    await clinic.tell('a1', { type: 'RequestBooking', at: clinic.at() });
    clinic.clock.advance(20 * 60_000);
    await clinic.expire();
    await clinic.drain();
    await expectVisit(clinic, 's1-1', 'h1');
  });

  test('one that no appointment stands for, which a crash left, is freed', async () => {
    const clinic = await held();
    await clinic.tell('a1', { type: 'DropHold', why: 'stopped', at: clinic.at() });
    // The release is lost, as a dead letter is.
    clinic.jobs.splice(0);
    clinic.clock.advance(15 * 60_000);
    await clinic.expire();
    await clinic.drain();
    expect(await clinic.holds()).toEqual([]);
    expect((await slotStates(clinic))['s1-1']).toBe('free');
  });

  test('while the practice system is away they are looked at now and then, and freed when it is back', async () => {
    const clinic = await held();
    const tenant = clinic.practiceId;
    world.fhir.faults.add({ kind: 'unavailable', tenant, times: 3 });
    clinic.clock.advance(15 * 60_000);
    await clinic.expire();
    await clinic.drain({ limit: 2 });
    expect(await clinic.holds()).toEqual([['h1', 's1-1', 'held']]);
    expect(await clinic.expire()).toBe(0);
    clinic.jobs.splice(0);
    clinic.clock.advance(60_000);
    expect(await clinic.expire()).toBe(1);
    await clinic.drain();
    expect(await clinic.holds()).toEqual([]);
    expect((await slotStates(clinic))['s1-1']).toBe('free');
  });
});

describe('a booking that does not stand as it was sent', () => {
  /** Runs the booking until its Appointment is created and not yet read back. */
  async function created(): Promise<Clinic> {
    const clinic = await world.clinic({ timeoutMs });
    await clinic.ask(1);
    await clinic.drain();
    await clinic.tell('a1', { type: 'ChooseSlot', slotId: 's1-1', holdId: 'h1', at: clinic.at() });
    await clinic.drain();
    await clinic.tell('a1', { type: 'RequestBooking', at: clinic.at() });
    await clinic.drain({ limit: 2 });
    expect(clinic.jobs.map(({ data }) => data.step)).toEqual(['check-booking']);
    return clinic;
  }

  async function staffChange(clinic: Clinic, type: 'Slot' | 'Appointment', change: object): Promise<void> {
    const all = type === 'Slot' ? await clinic.slots() : await clinic.appointments();
    const resource = all.find(({ id }) => type === 'Appointment' || id === 's1-1');
    const answer = await fetch(`${world.fhir.base(clinic.practiceId)}/${type}/${resource?.id}`, {
      method: 'PUT',
      headers: { 'content-type': 'application/fhir+json' },
      body: JSON.stringify({ ...resource, ...change }),
    });
    expect(answer.ok).toBe(true);
  }

  test('at another time: it is undone, and the slot is free', async () => {
    const clinic = await created();
    await staffChange(clinic, 'Appointment', {
      start: '2026-11-24T18:00:00.000Z',
      end: '2026-11-24T18:30:00.000Z',
    });
    await drains(clinic);
    expect(open(await clinic.state('a1'))).toMatchObject({ choice: undefined, booked: undefined });
    expect((await clinic.appointments()).map(({ status }) => status)).toEqual(['cancelled']);
    expect((await slotStates(clinic))['s1-1']).toBe('free');
    expect(await clinic.holds()).toEqual([]);
  });

  test('in a slot that somebody else took: it is undone, and the slot stays theirs', async () => {
    const clinic = await created();
    await staffChange(clinic, 'Slot', { status: 'busy', identifier: undefined });
    await drains(clinic);
    expect(open(await clinic.state('a1'))).toMatchObject({ choice: undefined, booked: undefined });
    expect((await clinic.appointments()).map(({ status }) => status)).toEqual(['cancelled']);
    expect((await slotStates(clinic))['s1-1']).toBe('busy');
    expect(await clinic.holds()).toEqual([]);
  });

  test('in a slot that somebody set free: it is taken once more', async () => {
    const clinic = await created();
    await staffChange(clinic, 'Slot', { status: 'free', identifier: undefined });
    await drains(clinic);
    await expectVisit(clinic, 's1-1', 'h1');
  });

  test('not agreed to yet: it is not told as booked before it is', async () => {
    const clinic = await created();
    await staffChange(clinic, 'Appointment', { status: 'pending' });
    await clinic.drain({ limit: 3 });
    expect(open(await clinic.state('a1'))).toMatchObject({ choice: { phase: 'booking' }, booked: undefined });
    await staffChange(clinic, 'Appointment', { status: 'booked' });
    await drains(clinic);
    await expectVisit(clinic, 's1-1', 'h1');
  });
});
