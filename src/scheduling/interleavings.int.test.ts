import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../../test/db.ts';
import { type Clinic, openSchedulingWorld, type World } from '../../test/scheduling-world.ts';
import type { AppointmentCommand, AppointmentState } from './appointment.ts';

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

const patients = 5;

/** What patients, staff, the clock and crashes do, in any order. `job`: one that waits runs, perhaps not the oldest. */
type Act =
  | { readonly what: 'ask' | 'drop' | 'book' | 'cancel' | 'confirm'; readonly who: number }
  | { readonly what: 'choose'; readonly who: number; readonly slot: number }
  | { readonly what: 'job'; readonly which: number; readonly again: boolean }
  | { readonly what: 'wait' };

const who = fc.integer({ min: 1, max: patients });
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ what: fc.constant('ask' as const), who }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('choose' as const), who, slot: fc.nat(2) }) },
  { weight: 4, arbitrary: fc.record({ what: fc.constant('book' as const), who }) },
  {
    weight: 1,
    arbitrary: fc.record({
      what: fc.constantFrom('drop' as const, 'cancel' as const, 'confirm' as const),
      who,
    }),
  },
  {
    weight: 16,
    arbitrary: fc.record({ what: fc.constant('job' as const), which: fc.nat(3), again: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('wait' as const) }) },
);

let holds = 0;

function command(given: Exclude<Act, { what: 'ask' | 'job' | 'wait' }>, at: string): AppointmentCommand {
  switch (given.what) {
    case 'choose':
      holds += 1;
      return { type: 'ChooseSlot', slotId: `s1-${given.slot + 1}`, holdId: `h${holds}`, at };
    case 'drop':
      return { type: 'DropHold', why: 'declined', at };
    case 'book':
      return { type: 'RequestBooking', at };
    case 'confirm':
      return { type: 'RequestConfirmation', by: 'patient', at };
    default:
      return { type: 'RequestCancellation', by: 'patient', at };
  }
}

async function play(clinic: Clinic, given: Act): Promise<void> {
  switch (given.what) {
    case 'ask':
      await clinic.ask(given.who);
      return;
    case 'job': {
      const [job] = clinic.jobs.splice(given.which % Math.max(1, clinic.jobs.length), 1);
      if (job === undefined) return;
      await clinic.run(job);
      if (given.again) await clinic.run(job, 2);
      return;
    }
    case 'wait':
      clinic.clock.advance(10 * 60_000);
      await clinic.expire();
      return;
    default:
      await clinic.tell(`a${given.who}`, command(given, clinic.at()));
  }
}

const openOnes = (states: readonly AppointmentState[]) => states.filter((state) => state.status === 'open');

/** At any moment: no slot is two patients’. */
async function expectNoneTwice(clinic: Clinic): Promise<void> {
  const states = openOnes(await clinic.states(numbers.map((n) => `a${n}`)));
  const held = states.flatMap((state) =>
    [
      state.choice?.phase === 'holding' ? undefined : state.choice?.offer.slotId,
      state.booked?.offer.slotId,
    ].flatMap((slotId) => slotId ?? []),
  );
  expect(held.toSorted()).toEqual([...new Set(held)].toSorted());
}

const numbers = Array.from({ length: patients }, (_, n) => n + 1);

/** In the end, with every job run and every hold over: what is booked stands in the practice system, and nothing else does. */
async function expectTidy(clinic: Clinic): Promise<void> {
  for (let n = 0; n < 3; n += 1) {
    await clinic.drain({ limit: 2_000 });
    clinic.clock.advance(16 * 60_000);
    await clinic.expire();
  }
  await clinic.drain({ limit: 2_000 });
  expect(clinic.jobs).toEqual([]);
  const states = openOnes(await clinic.states(numbers.map((n) => `a${n}`)));
  const booked = states.flatMap(({ booked: visit }) => (visit === undefined ? [] : [visit]));
  const wanted = booked.map(({ offer }) => offer.slotId).toSorted();
  const standing = (await clinic.appointments()).filter(({ status }) => status === 'booked');
  expect(standing.map((one) => one.slot?.[0]?.reference).toSorted()).toEqual(
    wanted.map((slotId) => `Slot/${slotId}`),
  );
  const slots = await clinic.slots();
  expect(
    slots
      .filter(({ status }) => status !== 'free')
      .map(({ id, status }) => [id, status])
      .toSorted(),
  ).toEqual(wanted.map((slotId) => [slotId, 'busy']));
  expect((await clinic.holds()).map(([, slot, state]) => [slot, state]).toSorted()).toEqual(
    wanted.map((slotId) => [slotId, 'booked']),
  );
  expect(states.filter(({ choice }) => choice !== undefined)).toEqual([]);
}

test('whatever the order of wishes, jobs, repeats and time: no slot is given twice, and none is left lying', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 20, maxLength: 70 }), async (acts) => {
      const clinic = await world.clinic({ patients, slotsPerSchedule: 3 });
      for (const given of acts) {
        await play(clinic, given);
        await expectNoneTwice(clinic);
      }
      await expectTidy(clinic);
    }),
    { numRuns: 30, endOnFailure: true },
  );
});
