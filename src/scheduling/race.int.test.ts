import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/db.ts';
import { openSchedulingWorld, type World } from '../../test/scheduling-world.ts';

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

const patients = 200;
const slots = 10;
const numbers = Array.from({ length: patients }, (_, n) => n + 1);

test('200 patients, 10 slots, all at once: ten are booked, 190 are told, and nothing is left lying', async () => {
  const clinic = await world.clinic({ patients, schedules: 2, slotsPerSchedule: slots / 2 });
  // Two see the same list: everyone has seen every slot before anyone chooses.
  const found = [1, 2].flatMap((schedule) =>
    Array.from({ length: slots / 2 }, (_, i) => {
      const start = Date.parse('2026-11-24T13:00:00.000Z') + i * 1_800_000;
      const [from, to] = [start, start + 1_800_000].map((ms) => new Date(ms).toISOString());
      return { slotId: `s${schedule}-${i + 1}`, scheduleId: `schedule-${schedule}`, start: from, end: to };
    }),
  ) as { slotId: string; scheduleId: string; start: string; end: string }[]; // both instants are there
  const at = clinic.at();
  await Promise.all(
    numbers.map(async (n) => {
      await clinic.ask(n);
      const answer = { type: 'RecordSlots', round: 1, slots: found, clinicians: {}, at } as const;
      await clinic.tell(`a${n}`, answer);
    }),
  );
  clinic.jobs.splice(0);
  await Promise.all(
    numbers.map((n) =>
      clinic.tell(`a${n}`, {
        type: 'ChooseSlot',
        slotId: found[n % slots]?.slotId ?? '',
        holdId: `h${n}`,
        at,
      }),
    ),
  );
  await clinic.drain({ workers: 24 });
  const states = await Promise.all(numbers.map((n) => clinic.state(`a${n}`)));
  const holders = numbers.filter((_, i) => {
    const state = states[i];
    return state?.status === 'open' && state.choice?.phase === 'held';
  });
  expect(holders).toHaveLength(slots);
  await Promise.all(holders.map((n) => clinic.tell(`a${n}`, { type: 'RequestBooking', at })));
  await clinic.drain({ workers: 24 });

  const told = await clinic.query<{ type: string; why: string | null; count: string }>(
    `select type, data->>'why' as why, count(distinct stream) from events
     where practice_id = $1 and type in ('AppointmentBooked', 'SlotLost') group by 1, 2 order by 1`,
    [clinic.practiceId],
  );
  expect(told).toEqual([
    { type: 'AppointmentBooked', why: null, count: String(slots) },
    { type: 'SlotLost', why: 'taken', count: String(patients - slots) },
  ]);
  const appointments = await clinic.appointments();
  const taken = appointments.map((one) => one.slot?.[0]?.reference).toSorted();
  expect(taken).toEqual(found.map(({ slotId }) => `Slot/${slotId}`).toSorted());
  expect(new Set(appointments.map(({ status }) => status))).toEqual(new Set(['booked']));
  expect((await clinic.slots()).map(({ status }) => status)).toEqual(Array(slots).fill('busy'));
  expect((await clinic.holds()).map(([, slot, state]) => [slot, state]).toSorted()).toEqual(
    found.map(({ slotId }) => [slotId, 'booked']).toSorted(),
  );
  expect(clinic.jobs).toEqual([]);
});
