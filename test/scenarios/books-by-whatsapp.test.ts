import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestSandbox, type TestSandbox } from './sandbox.ts';
import { choicesOf, type TestPatient } from './test-patient.ts';
import { bookFirst, finishIntake, inPracticeSystem, slotOf, slotStatus, slotsOffered } from './visits.ts';

/** Intake, times, hold, booking, a move and a cancellation: what the patient reads and what the practice system holds. */

let world: TestSandbox;
let maria: TestPatient;
let first: string;

beforeAll(async () => {
  world = await startTestSandbox();
  maria = world.patient('maria');
});

afterAll(() => world.stop());

const booked = () => inPracticeSystem(world, 'Appointment', '&status=booked');
const holds = (state: string) => world.query(`select from slot_holds where state = '${state}'`);

test('who finished the intake is offered times for their reason, and holds one until they say yes', async () => {
  await finishIntake(maria);
  const offered = await slotsOffered(maria);
  expect(offered.length).toBeGreaterThan(1);
  expect(choicesOf(maria.heard().at(-1))).toContain('Outro dia');
  [first = ''] = offered;
  const held = await maria.taps(first);
  await world.settled();
  expect(held).toMatch(/Estou guardando .* até \d{2}:\d{2}/);
  expect(await booked()).toEqual([]);
  expect(await inPracticeSystem(world, 'Slot', '&status=busy-tentative')).toHaveLength(1);
  expect(await holds('held')).toHaveLength(1);
});

test('booked, with the address and a calendar entry that says no more than it must', async () => {
  const told = await maria.taps('Marcar');
  await world.settled();
  expect(told).toContain('Marcado ✓');
  expect(told).toContain('Rua das Flores 12');
  const [appointment, ...others] = await booked();
  expect(others).toEqual([]);
  if (appointment === undefined) throw new Error('nothing was booked');
  expect(await slotOf(world, appointment)).toBe('busy');
  const [patient] = await inPracticeSystem(world, 'Patient');
  expect(appointment.participant?.map(({ actor }) => actor?.reference)).toContain(`Patient/${patient?.id}`);
  const link = /https?:\S+\.ics/.exec(told)?.[0] ?? '';
  const entry = await fetch(link);
  expect(entry.status).toBe(200);
  expect(entry.headers.get('content-type')).toContain('text/calendar');
  const calendar = await entry.text();
  const start = new Date(String(appointment.start)).toISOString().replaceAll(/[-:]|\.\d+/g, '');
  expect(calendar).toContain(`DTSTART:${start}`);
  expect(calendar).not.toMatch(/Maria|joelho|ortop/i);
  const forged = link.replace(/[^/]+\.ics$/, `${'A'.repeat(43)}.ics`);
  expect((await fetch(forged)).status).toBe(404);
});

test('staff see the visit on the day list', async () => {
  const [appointment] = await booked();
  const day = new Intl.DateTimeFormat('sv', { timeZone: 'America/Sao_Paulo' }).format(
    new Date(String(appointment?.start)),
  );
  const lia = await world.staff();
  const page = await lia.sees<{ appointments: object[] }>(`/api/appointments?day=${day}`);
  expect(page.appointments).toMatchObject([
    { name: 'Maria S.', status: 'booked', visitType: 'orthopaedics', pmsAppointmentId: appointment?.id },
  ]);
});

test('"remarcar" moves the same appointment; the time that was left is free at once', async () => {
  const [before] = await booked();
  const leftSlot = before?.slot?.[0]?.reference ?? '';
  await maria.says('remarcar');
  const others = (await slotsOffered(maria)).filter((title) => title !== first);
  await maria.taps(others[0] ?? '');
  const told = await maria.says('sim');
  await world.settled();
  expect(told).toContain('✓');
  const [after, ...more] = await booked();
  expect(more).toEqual([]);
  expect(after?.id).toBe(before?.id);
  expect(after?.start).not.toBe(before?.start);
  if (after === undefined) throw new Error('the visit is gone');
  expect(await slotOf(world, after)).toBe('busy');
  await world.eventually(
    async () => (await slotStatus(world, leftSlot)) === 'free',
    'the old slot to be free',
  );
});

test('"desmarcar" asks once, cancels, and frees the slot', async () => {
  const [before] = await booked();
  if (before === undefined) throw new Error('nothing is booked');
  const asked = await maria.says('desmarcar');
  expect(choicesOf(maria.heard().at(-1)).length).toBeGreaterThan(1);
  expect(asked).toMatch(/cancelo/i);
  await maria.says('sim');
  await world.eventually(async () => (await booked()).length === 0, 'the visit to be cancelled');
  expect(await inPracticeSystem(world, 'Appointment', '&status=cancelled')).toHaveLength(1);
  await world.eventually(async () => (await slotOf(world, before)) === 'free', 'the slot to be free');
  await world.eventually(
    async () => (await holds('held')).length + (await holds('booked')).length === 0,
    'no hold',
  );
});

test('a hold that is not confirmed ends, is told, and leaves nothing behind', async () => {
  const joao = world.patient('joao');
  await finishIntake(joao, 'João Exemplo Pereira');
  const [wanted = ''] = await slotsOffered(joao);
  await joao.taps(wanted);
  await world.settled();
  expect(await inPracticeSystem(world, 'Slot', '&status=busy-tentative')).toHaveLength(1);
  const heard = joao.heard().length;
  await world.advance(20 * 60);
  await joao.until(
    (chat) => chat.messages.filter(({ side }) => side === 'practice').length > heard,
    'the news',
  );
  await world.eventually(
    async () => (await inPracticeSystem(world, 'Slot', '&status=busy-tentative')).length === 0,
    'the slot to be free',
  );
  await world.eventually(async () => (await holds('held')).length === 0, 'no hold');
});

test('a time that the practice gave away meanwhile is told kindly, with the next best', async () => {
  const joao = world.patient('joao');
  await world.settled();
  const [wanted = ''] = await slotsOffered(joao);
  const base = world.sandbox.world.pmsUrl('aurora');
  // Somebody at the desk takes every free slot of that moment.
  const held = await joao.taps(wanted);
  await world.settled();
  const [slot] = await inPracticeSystem(world, 'Slot', '&status=busy-tentative');
  expect(held).toContain('guardando');
  const taken = { ...slot, status: 'busy', meta: undefined, identifier: undefined };
  const put = await fetch(`${base}/Slot/${slot?.id}`, {
    method: 'PUT',
    headers: { 'content-type': 'application/fhir+json' },
    body: JSON.stringify(taken),
  });
  expect(put.status).toBe(200);
  const heard = joao.heard().length;
  joao.mutters(joao.tap('Marcar'));
  await joao.until(
    (chat) => chat.messages.filter(({ side }) => side === 'practice').length > heard,
    'the bad news',
  );
  await slotsOffered(joao);
  await world.settled();
  expect(await booked()).toEqual([]);
  await bookFirst(joao);
  await world.settled();
  const [appointment, ...others] = await booked();
  expect(others).toEqual([]);
  // The same hour of another clinician may be offered; the slot that is gone is not.
  expect(appointment?.slot?.[0]?.reference).not.toBe(`Slot/${slot?.id}`);
});
