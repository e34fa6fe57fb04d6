import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/db.ts';
import {
  type Clinic,
  type ClinicOptions,
  openSchedulingWorld,
  type World,
} from '../../test/scheduling-world.ts';
import type { AppointmentState } from './appointment.ts';

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

/** Patient `n` sees slots and chooses one, which is held under `h<n>`. */
async function choose(clinic: Clinic, n: number, slotId: string, holdId = `h${n}`): Promise<void> {
  await clinic.ask(n);
  await clinic.drain();
  await clinic.tell(`a${n}`, { type: 'ChooseSlot', slotId, holdId, at: clinic.at() });
}

async function booked(clinic: Clinic, n = 1, slotId = 's1-1'): Promise<void> {
  await choose(clinic, n, slotId);
  await clinic.drain();
  await clinic.tell(`a${n}`, { type: 'RequestBooking', at: clinic.at() });
  await clinic.drain();
}

async function clinicWithVisit(options: ClinicOptions = {}): Promise<Clinic> {
  const clinic = await world.clinic(options);
  await booked(clinic);
  return clinic;
}

const open = (state: AppointmentState) => {
  if (state.status === 'none') throw new Error('nobody asked for slots');
  return state;
};

async function slotStates(clinic: Clinic): Promise<Readonly<Record<string, string>>> {
  return Object.fromEntries((await clinic.slots()).map((slot) => [slot.id, slot.status]));
}

test('free slots are found, with the names of their clinicians', async () => {
  const clinic = await world.clinic({ schedules: 2, slotsPerSchedule: 2 });
  await clinic.ask(1);
  await clinic.drain();
  expect(open(await clinic.state('a1'))).toMatchObject({
    found: [
      { slotId: 's1-1', scheduleId: 'schedule-1', start: '2026-11-24T13:00:00.000Z' },
      { slotId: 's2-2', scheduleId: 'schedule-2', start: '2026-11-24T13:30:00.000Z' },
    ],
    clinicians: { 'schedule-1': 'Dr. Ana Exemplo 1', 'schedule-2': 'Dr. Ana Exemplo 2' },
  });
});

test.each(['hold', 'take', 'read'] as const)('from the wish to the visit, where slots: %s', async (slots) => {
  const clinic = await world.clinic({ slots });
  await choose(clinic, 1, 's1-1');
  await clinic.drain();
  expect(open(await clinic.state('a1')).choice).toMatchObject({
    phase: 'held',
    expiresAt: new Date(clinic.clock.now() + 15 * 60_000).toISOString(),
  });
  const whileHeld = (await slotStates(clinic))['s1-1'];
  expect(whileHeld).toBe(slots === 'hold' ? 'busy-tentative' : 'free');
  await clinic.tell('a1', { type: 'RequestBooking', at: clinic.at() });
  await clinic.drain();
  const [appointment, ...others] = await clinic.appointments();
  expect(others).toEqual([]);
  expect(appointment).toMatchObject({
    status: 'booked',
    start: '2026-11-24T13:00:00.000Z',
    end: '2026-11-24T13:30:00.000Z',
    slot: [{ reference: 'Slot/s1-1' }],
    participant: [
      { actor: { reference: 'Patient/patient-1' }, status: 'needs-action' },
      { actor: { reference: 'Practitioner/doctor-1' }, status: 'accepted' },
    ],
    identifier: [
      { system: 'https://vestibule.example/ids/booking', value: 'h1' },
      { system: 'https://vestibule.example/ids/appointment', value: 'a1' },
    ],
  });
  expect(open(await clinic.state('a1'))).toMatchObject({
    choice: undefined,
    booked: { pmsAppointmentId: appointment?.id, pmsPatientId: 'patient-1', offer: { slotId: 's1-1' } },
  });
  expect((await slotStates(clinic))['s1-1']).toBe(slots === 'read' ? 'free' : 'busy');
  expect(await clinic.holds()).toEqual([['h1', 's1-1', 'booked']]);
});

describe('of two who want one slot', () => {
  test('the second is told at once, by our own hold, without asking the practice system', async () => {
    const clinic = await world.clinic();
    await clinic.ask(1);
    await clinic.ask(2);
    await clinic.drain();
    for (const n of [1, 2])
      await clinic.tell(`a${n}`, { type: 'ChooseSlot', slotId: 's1-1', holdId: `h${n}`, at: clinic.at() });
    const asked = world.fhir.ledger.entries({ tenant: clinic.practiceId }).length;
    const [first, second] = clinic.jobs.splice(0);
    await clinic.run(first);
    const askedByFirst = world.fhir.ledger.entries({ tenant: clinic.practiceId }).length;
    expect(askedByFirst).toBeGreaterThan(asked);
    await clinic.run(second);
    expect(world.fhir.ledger.entries({ tenant: clinic.practiceId })).toHaveLength(askedByFirst);
    expect(open(await clinic.state('a1')).choice).toMatchObject({ phase: 'held' });
    expect(open(await clinic.state('a2')).choice).toBeUndefined();
    await clinic.drain();
    expect(await clinic.holds()).toEqual([['h1', 's1-1', 'held']]);
  });

  test('a slot that we keep is not offered, even where the practice system shows no holds', async () => {
    const clinic = await world.clinic({ slots: 'read', slotsPerSchedule: 2 });
    await choose(clinic, 1, 's1-1');
    await clinic.drain();
    await clinic.ask(2);
    await clinic.drain();
    expect(open(await clinic.state('a2')).found).toMatchObject([{ slotId: 's1-2' }]);
  });

  test('whoever is at the front desk wins over a chat that has not held it yet', async () => {
    const clinic = await world.clinic();
    await choose(clinic, 1, 's1-1');
    await staffSets(clinic, 's1-1', 'busy');
    await clinic.drain();
    expect(open(await clinic.state('a1')).choice).toBeUndefined();
    expect(await clinic.holds()).toEqual([]);
    expect((await slotStates(clinic))['s1-1']).toBe('busy');
  });

  test('a slot that staff took while it was held is lost, not booked over', async () => {
    const clinic = await world.clinic();
    await choose(clinic, 1, 's1-1');
    await clinic.drain();
    await staffSets(clinic, 's1-1', 'busy');
    await clinic.tell('a1', { type: 'RequestBooking', at: clinic.at() });
    await clinic.drain();
    expect(await clinic.appointments()).toEqual([]);
    expect(await clinic.holds()).toEqual([]);
    expect((await slotStates(clinic))['s1-1']).toBe('busy');
  });
});

/** As staff would in the practice system: what was ours on it is theirs. */
async function staffSets(clinic: Clinic, slotId: string, status: 'busy' | 'free'): Promise<void> {
  const slot = (await clinic.slots()).find((one) => one.id === slotId);
  if (slot === undefined) throw new Error(`there is no slot ${slotId}`);
  const { identifier: _, ...rest } = slot;
  await staffPut(clinic, `Slot/${slotId}`, { ...rest, status });
}

async function staffPut(clinic: Clinic, path: string, resource: object): Promise<void> {
  const answer = await fetch(`${world.fhir.base(clinic.practiceId)}/${path}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/fhir+json', 'x-sandbox-inside': 'true' },
    body: JSON.stringify(resource),
  });
  expect(answer.ok).toBe(true);
}

describe('changes of a visit', () => {
  test('a move takes the new slot, changes the same Appointment and frees the old slot', async () => {
    const clinic = await clinicWithVisit({ schedules: 2 });
    await clinic.tell('a1', { type: 'RequestConfirmation', by: 'patient', at: clinic.at() });
    await clinic.drain();
    await choose(clinic, 1, 's1-3', 'h9');
    await clinic.drain();
    expect(await clinic.holds()).toEqual([
      ['h1', 's1-1', 'booked'],
      ['h9', 's1-3', 'held'],
    ]);
    await clinic.tell('a1', { type: 'RequestBooking', at: clinic.at() });
    await clinic.drain();
    expect(await clinic.appointments()).toMatchObject([
      {
        status: 'booked',
        start: '2026-11-24T14:00:00.000Z',
        slot: [{ reference: 'Slot/s1-3' }],
        participant: [
          { actor: { reference: 'Patient/patient-1' }, status: 'needs-action' },
          { actor: { reference: 'Practitioner/doctor-1' }, status: 'accepted' },
        ],
      },
    ]);
    expect(await slotStates(clinic)).toMatchObject({ 's1-1': 'free', 's1-3': 'busy' });
    expect(await clinic.holds()).toEqual([['h9', 's1-3', 'booked']]);
    expect(open(await clinic.state('a1')).booked).toMatchObject({ holdId: 'h9', confirmed: false });
  });

  test('a move to another clinician puts that one into the Appointment', async () => {
    const clinic = await clinicWithVisit({ schedules: 2, slotsPerSchedule: 2 });
    await choose(clinic, 1, 's2-2', 'h9');
    const { found } = open(await clinic.state('a1'));
    expect(found).toMatchObject([{ slotId: 's2-1' }, { slotId: 's1-2' }]);
    await clinic.tell('a1', { type: 'ChooseSlot', slotId: 's2-1', holdId: 'h9', at: clinic.at() });
    await clinic.drain();
    await clinic.tell('a1', { type: 'RequestBooking', at: clinic.at() });
    await clinic.drain();
    const [appointment] = await clinic.appointments();
    expect(appointment?.participant.map(({ actor }) => actor?.reference)).toEqual([
      'Patient/patient-1',
      'Practitioner/doctor-2',
    ]);
  });

  test('a cancelled visit is cancelled there, and its slot is free', async () => {
    const clinic = await clinicWithVisit();
    await clinic.tell('a1', { type: 'RequestCancellation', by: 'patient', at: clinic.at() });
    await clinic.drain();
    expect(await clinic.appointments()).toMatchObject([
      { status: 'cancelled', cancelationReason: { coding: [{ code: 'pat' }] } },
    ]);
    expect((await slotStates(clinic))['s1-1']).toBe('free');
    expect(await clinic.holds()).toEqual([]);
    const [slot] = (await clinic.slots()).filter(({ id }) => id === 's1-1');
    expect(slot?.identifier ?? []).toEqual([]);
    // Somebody else gets it, and the first one another.
    await booked(clinic, 2, 's1-1');
    await choose(clinic, 1, 's1-2', 'h9');
    await clinic.drain();
    await clinic.tell('a1', { type: 'RequestBooking', at: clinic.at() });
    await clinic.drain();
    const states = (await clinic.appointments()).map(({ status, slot }) => [status, slot?.[0]?.reference]);
    expect(states.toSorted()).toEqual([
      ['booked', 'Slot/s1-1'],
      ['booked', 'Slot/s1-2'],
      ['cancelled', 'Slot/s1-1'],
    ]);
  });

  test('cancelled there already counts as done', async () => {
    const clinic = await clinicWithVisit();
    const [appointment] = await clinic.appointments();
    await staffPut(clinic, `Appointment/${appointment?.id}`, { ...appointment, status: 'cancelled' });
    await clinic.tell('a1', { type: 'RequestCancellation', by: 'patient', at: clinic.at() });
    await clinic.drain();
    expect(open(await clinic.state('a1'))).toMatchObject({ booked: undefined, cancelled: { by: 'patient' } });
  });

  test('a confirmed visit says so in the practice system', async () => {
    const clinic = await clinicWithVisit();
    await clinic.tell('a1', { type: 'RequestConfirmation', by: 'patient', at: clinic.at() });
    await clinic.drain();
    const [appointment] = await clinic.appointments();
    expect(appointment?.participant[0]).toMatchObject({ status: 'accepted' });
    expect(open(await clinic.state('a1')).booked).toMatchObject({ confirmed: true });
  });

  test('a visit that staff moved is not confirmed at its old time', async () => {
    const clinic = await clinicWithVisit({ schedules: 2 });
    const [appointment] = await clinic.appointments();
    const time = { start: '2026-11-24T14:30:00.000Z', end: '2026-11-24T15:00:00.000Z' };
    const slot = [{ reference: 'Slot/s2-4' }];
    await staffPut(clinic, `Appointment/${appointment?.id}`, { ...appointment, ...time, slot });
    await clinic.tell('a1', { type: 'RequestConfirmation', by: 'patient', at: clinic.at() });
    await clinic.drain();
    expect(open(await clinic.state('a1'))).toMatchObject({
      changing: undefined,
      booked: { offer: { slotId: 's2-4', scheduleId: 'schedule-2', ...time }, confirmed: false },
    });
    // The slot that we took for it is nobody's now.
    expect(await clinic.holds()).toEqual([]);
    expect((await slotStates(clinic))['s1-1']).toBe('free');
  });

  test('a visit that staff cancelled while it was being moved takes the new slot with it', async () => {
    const clinic = await clinicWithVisit();
    const [appointment] = await clinic.appointments();
    await choose(clinic, 1, 's1-3', 'h9');
    await clinic.drain();
    await staffPut(clinic, `Appointment/${appointment?.id}`, { ...appointment, status: 'cancelled' });
    await clinic.tell('a1', { type: 'RequestBooking', at: clinic.at() });
    await clinic.drain();
    expect(open(await clinic.state('a1'))).toMatchObject({
      booked: undefined,
      choice: undefined,
      cancelled: { by: 'practice' },
    });
    expect(await clinic.holds()).toEqual([]);
    expect(await slotStates(clinic)).toMatchObject({ 's1-1': 'free', 's1-3': 'free' });
  });
});
