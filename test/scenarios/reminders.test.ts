import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestSandbox, type TestSandbox } from './sandbox.ts';
import { choicesOf, type TestPatient } from './test-patient.ts';
import { finishIntake, inPracticeSystem, slotsOffered } from './visits.ts';

/** Two days before a visit a template arrives, and each of its buttons does what it says. */

let world: TestSandbox;
let maria: TestPatient;

beforeAll(async () => {
  world = await startTestSandbox();
  maria = world.patient('maria');
});

afterAll(() => world.stop());

const day = 24 * 60 * 60;

/** Books a time some days ahead, so that its reminder is still to come. Returns the slot's title. */
async function bookLater(patient: TestPatient): Promise<string> {
  await slotsOffered(patient);
  const inFourDays = new Date(world.sandbox.world.clock.now() + 4 * day * 1000);
  // A weekday, for the clinic is closed on others.
  while ([0, 6].includes(inFourDays.getUTCDay())) inFourDays.setUTCDate(inFourDays.getUTCDate() + 1);
  await patient.says(`${inFourDays.getUTCDate()}/${inFourDays.getUTCMonth() + 1}`);
  const [wanted = ''] = await slotsOffered(patient);
  await patient.taps(wanted);
  expect(await patient.taps('Marcar')).toContain('✓');
  await world.settled();
  return wanted;
}

const sent = async () => (await world.timeline()).filter(({ type }) => type === 'ReminderSent').length;

/** Moves the clock until the template of the visit's reminder has arrived. */
async function untilReminded(patient: TestPatient): Promise<void> {
  const before = await sent();
  const [appointment] = await inPracticeSystem(world, 'Appointment', '&status=booked');
  const now = world.sandbox.world.clock.now();
  // A little more than two days before: nothing yet.
  await world.advance(
    Math.floor((Date.parse(String(appointment?.start)) - now) / 1000) - 2 * day - 13 * 3600,
  );
  await world.settled();
  expect(await sent()).toBe(before);
  await world.advance(13 * 3600 + 60);
  await world.eventually(async () => (await sent()) === before + 1, 'the reminder');
  await patient.until(
    () => choicesOf(patient.heard().at(-1)).includes('Confirmar'),
    'a message with the buttons',
  );
}

test('the reminder arrives two days before, with its buttons; Confirm is written to the chart', async () => {
  await finishIntake(maria);
  await bookLater(maria);
  await untilReminded(maria);
  expect(maria.heard().at(-1)?.text).toContain('Maria');
  expect(choicesOf(maria.heard().at(-1))).toHaveLength(3);
  await maria.taps('Confirmar');
  await world.eventually(async () => {
    const [appointment] = await inPracticeSystem(world, 'Appointment', '&status=booked');
    const patient = appointment?.participant?.find(({ actor }) => actor?.reference?.startsWith('Patient/'));
    return patient?.status === 'accepted';
  }, 'the chart to say that she comes');
  // Written down once it was read back.
  await world.eventually(
    async () => (await world.timeline()).some(({ type }) => type === 'AppointmentConfirmed'),
    'the confirmation in the timeline',
  );
  await world.settled();
});

test('a second tap, and one that comes after a move, change nothing', async () => {
  const confirm = maria.tap('Confirmar');
  const cancel = maria.tap(
    choicesOf(maria.heard().find((each) => choicesOf(each).includes('Confirmar')))[2] ?? '',
  );
  await maria.sends(confirm);
  await world.settled();
  const confirmed = (await world.timeline()).filter(({ type }) => type === 'AppointmentConfirmed');
  expect(confirmed).toHaveLength(1);
  await maria.says('remarcar');
  const times = await slotsOffered(maria);
  await maria.taps(times.at(-1) ?? '');
  expect(await maria.says('sim')).toContain('✓');
  await world.settled();
  await maria.sends(cancel);
  await world.settled();
  expect((await world.timeline()).some(({ type }) => type === 'CancellationRequested')).toBe(false);
  expect(await inPracticeSystem(world, 'Appointment', '&status=booked')).toHaveLength(1);
});

test('a cancelled visit is not reminded of, and its slot is free', async () => {
  await maria.says('desmarcar');
  await maria.says('sim');
  await world.eventually(
    async () => (await inPracticeSystem(world, 'Appointment', '&status=cancelled')).length === 1,
    'the visit to be cancelled',
  );
  const before = await sent();
  await world.settled();
  for (let i = 0; i < 10; i += 1) await world.advance(day);
  await world.settled();
  expect(await sent()).toBe(before);
});
