import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { placeStatuses, recordStatuses } from '#messages/index.ts';
import { createTestDatabase, type TestDatabase } from '../../test/db.ts';
import { otherSlot, tuesday, wednesday } from '../../test/reminder-visits.ts';
import { openRemindersWorld, type ReminderClinic, type RemindersWorld } from '../../test/reminders-world.ts';
import { createReminderPlanner } from './jobs.ts';
import { remindersOf, remindersView } from './views.ts';

let database: TestDatabase;
let world: RemindersWorld;

beforeAll(async () => {
  database = await createTestDatabase();
  world = await openRemindersWorld(database.url);
});

afterAll(async () => {
  await world.stop();
  await database.drop();
});

/** Of the visit on Tuesday: two days, and three hours, before. In summer São Paulo is three hours behind UTC. */
const sunday = '2026-11-22T13:00:00.000Z';
const tuesdayMorning = '2026-11-23T23:30:00.000Z';

const stateOf = async (clinic: ReminderClinic, n = 1) =>
  (await clinic.db.tx(clinic.practiceId, (tx) => remindersOf(tx, [`a${n}`]))).get(`a${n}`);

/** What was queued, by the state of its message. */
const messages = (clinic: ReminderClinic) =>
  clinic.query<{ state: string; code: string | null; purpose: string }>(
    'select state, code, purpose from views_messages order by position',
  );

async function booked(start = tuesday): Promise<ReminderClinic> {
  const clinic = await world.clinic();
  await clinic.book(1, start);
  await clinic.drain();
  return clinic;
}

describe('a booked visit', () => {
  test('is reminded of when it is time, once, with buttons that say which visit they mean', async () => {
    const clinic = await booked();
    expect(await stateOf(clinic)).toEqual({ reminder: 'due', reminderAt: sunday });
    await clinic.at('2026-11-22T12:59:59.000Z');
    expect(clinic.received(1)).toEqual([]);
    await clinic.at(sunday);
    expect(clinic.received(1)).toEqual([
      'Hello Maria, a reminder from Clínica Aurora.\n' +
        'Your visit is on Tuesday, November 24 at 10:00 AM with Dr. Ana Exemplo.\n' +
        'Address: Rua das Flores 12, Vila Serena, São Paulo, 01310-000.\n' +
        'Will you come?',
    ]);
    const [message] = clinic.meta.chats.messages({ userId: `${clinic.practiceId}-1`, direction: 'out' });
    const seconds = Date.parse(tuesday) / 1000;
    expect(message?.payload).toMatchObject({
      rendered: {
        buttons: [
          { payload: `r:confirm:a1:${seconds}`, text: 'Confirm' },
          { payload: `r:move:a1:${seconds}`, text: 'Move' },
          { payload: `r:cancel:a1:${seconds}`, text: 'Cancel' },
        ],
      },
    });
    expect(clinic.told).toHaveLength(1);
    await clinic.at('2026-11-22T13:05:00.000Z');
    expect(clinic.received(1)).toHaveLength(1);
    await clinic.at(tuesdayMorning);
    expect(clinic.received(1)).toHaveLength(2);
    expect(await clinic.facts(1)).toEqual(['Planned', 'Sent two-days', 'Sent three-hours']);
  });

  test('shows how far its reminder is', async () => {
    const clinic = await booked();
    await clinic.at(sunday);
    expect(await stateOf(clinic)).toEqual({ reminder: 'sent', reminderAt: sunday });
    const [message] = clinic.meta.chats.messages({ userId: `${clinic.practiceId}-1`, direction: 'out' });
    const externalId = message?.wamid ?? '';
    for (const status of ['delivered', 'read'] as const) {
      await report(clinic, { externalId, ourId: message?.ourId, status, code: undefined });
      expect(await stateOf(clinic)).toMatchObject({ reminder: status });
    }
  });

  test('shows that its reminder did not arrive', async () => {
    const clinic = await booked();
    await clinic.at(sunday);
    const [message] = clinic.meta.chats.messages({ userId: `${clinic.practiceId}-1`, direction: 'out' });
    const externalId = message?.wamid ?? '';
    await report(clinic, { externalId, ourId: message?.ourId, status: 'failed', code: '131026' });
    expect(await stateOf(clinic)).toMatchObject({ reminder: 'failed' });
  });

  test('shows none where there is none', async () => {
    const clinic = await world.clinic();
    expect(await stateOf(clinic)).toEqual({ reminder: 'none', reminderAt: null });
  });

  async function report(
    clinic: ReminderClinic,
    {
      status,
      ...rest
    }: {
      status: 'delivered' | 'read' | 'failed';
      externalId: string;
      ourId: string | undefined;
      code: string | undefined;
    },
  ) {
    const { practiceId, db, store, deps } = clinic;
    await db.tx(practiceId, async (tx) => {
      const at = new Date(clinic.clock.now()).toISOString();
      const [placed] = await placeStatuses(tx, clinic.sealer, [{ ...rest, status, at }]);
      if (placed === undefined) throw new Error('the status is about no message of ours');
      await recordStatuses(tx, { store, queues: deps.queues }, [placed]);
    });
  }
});

describe('a visit that is cancelled', () => {
  test('is not reminded of, though the job waits already', async () => {
    const clinic = await booked();
    clinic.clock.advanceTo(sunday);
    expect(await clinic.planner.planReminders(clinic.practiceId)).toBe(1);
    await clinic.cancel(1);
    await clinic.drain();
    expect(clinic.received(1)).toEqual([]);
    expect(await messages(clinic)).toEqual([]);
    expect(await stateOf(clinic)).toMatchObject({ reminder: 'skipped' });
  });

  test('nor though the message waits already to be sent', async () => {
    const clinic = await booked();
    clinic.clock.advanceTo(sunday);
    await clinic.planner.planReminders(clinic.practiceId);
    await clinic.run(clinic.jobs.shift());
    await clinic.cancel(1);
    await clinic.drain();
    expect(clinic.received(1)).toEqual([]);
    expect(await messages(clinic)).toEqual([{ state: 'blocked', code: 'OUT_OF_DATE', purpose: 'reminder' }]);
  });

  test('nor while its cancellation is under way', async () => {
    const clinic = await booked();
    await clinic.tell(1, { type: 'RequestCancellation', by: 'patient', at: '2026-11-21T10:00:00.000Z' });
    await clinic.at(sunday);
    expect(clinic.received(1)).toEqual([]);
    expect(await clinic.facts(1)).toEqual(['Planned', 'PutOff two-days changing']);
  });

  test('in the practice system alone: that is written down, and nothing is sent', async () => {
    const clinic = await booked();
    await clinic.changeInPractice(1, { status: 'cancelled' });
    await clinic.at(sunday);
    expect(clinic.received(1)).toEqual([]);
    expect(await clinic.facts(1)).toEqual([
      'Planned',
      'Skipped two-days cancelled',
      'Skipped three-hours cancelled',
    ]);
    expect(await appointmentFacts(clinic)).toContain('AppointmentCancelled');
  });

  test('and booked again at the same time is reminded of', async () => {
    const clinic = await booked();
    await clinic.cancel(1);
    await clinic.drain();
    await clinic.book(1, tuesday);
    await clinic.drain();
    await clinic.at(sunday);
    expect(clinic.received(1)).toHaveLength(1);
  });
});

const appointmentFacts = async (clinic: ReminderClinic, n = 1) =>
  (
    await clinic.query<{ type: string }>('select type from events where stream = $1 order by version', [
      `appointment/a${n}`,
    ])
  ).map(({ type }) => type);

describe('a visit that is moved', () => {
  test('is not reminded of at its old time, though the job waits already, and anew at its new one', async () => {
    const clinic = await booked();
    clinic.clock.advanceTo(sunday);
    await clinic.planner.planReminders(clinic.practiceId);
    await clinic.move(1, wednesday);
    await clinic.drain();
    expect(clinic.received(1)).toEqual([]);
    const monday = '2026-11-23T13:00:00.000Z';
    expect(await stateOf(clinic)).toEqual({ reminder: 'due', reminderAt: monday });
    await clinic.at(monday);
    expect(clinic.received(1)).toEqual([expect.stringContaining('Wednesday, November 25')]);
  });

  test('nor though the message waits already to be sent', async () => {
    const clinic = await booked();
    clinic.clock.advanceTo(sunday);
    await clinic.planner.planReminders(clinic.practiceId);
    await clinic.run(clinic.jobs.shift());
    await clinic.move(1, wednesday);
    await clinic.drain();
    expect(clinic.received(1)).toEqual([]);
    expect(await messages(clinic)).toMatchObject([{ state: 'blocked', code: 'OUT_OF_DATE' }]);
  });

  test('in the practice system alone: that is written down, with whom it is now, and the reminder is anew', async () => {
    const clinic = await booked();
    const slotId = await otherSlot(world.fhir, clinic.practiceId, wednesday);
    await clinic.changeInPractice(1, {
      start: wednesday,
      end: '2026-11-25T13:30:00.000Z',
      slot: [{ reference: `Slot/${slotId}` }],
    });
    await clinic.at(sunday);
    expect(clinic.received(1)).toEqual([]);
    expect(await appointmentFacts(clinic)).toContain('AppointmentFoundMoved');
    await clinic.at('2026-11-23T13:00:00.000Z');
    expect(clinic.received(1)).toEqual([expect.stringMatching(/Wednesday, November 25 .* Dr\. Rui Outro/)]);
  });

  test('and back again is not told twice what it was told', async () => {
    const clinic = await booked();
    await clinic.at(sunday);
    await clinic.move(1, wednesday);
    await clinic.drain();
    await clinic.move(1, tuesday);
    await clinic.drain();
    await clinic.at('2026-11-23T13:00:00.000Z');
    expect(clinic.received(1)).toHaveLength(1);
    await clinic.at(tuesdayMorning);
    expect(clinic.received(1)).toHaveLength(2);
  });
});

describe('whatever crashes or races, each reminder goes out once', () => {
  test('ten planners at once, every job twice, eight at a time', async () => {
    const clinic = await world.clinic();
    const patients = Array.from({ length: 6 }, (_, n) => n + 1);
    for (const n of patients) await clinic.book(n);
    await clinic.drain();
    clinic.clock.advanceTo(sunday);
    await Promise.all(
      Array.from({ length: 10 }, () => createReminderPlanner(clinic.deps).planReminders(clinic.practiceId)),
    );
    expect(clinic.jobs.length).toBe(10 * patients.length);
    clinic.jobs.push(...clinic.jobs);
    await clinic.drain(8);
    for (const n of patients) {
      expect(clinic.received(n)).toHaveLength(1);
      expect(await clinic.facts(n)).toEqual(['Planned', 'Sent two-days']);
    }
    expect(await messages(clinic)).toHaveLength(patients.length);
  });

  test('a job that runs again after its commit finds its work done', async () => {
    const clinic = await booked();
    clinic.clock.advanceTo(sunday);
    await clinic.planner.planReminders(clinic.practiceId);
    const [job] = clinic.jobs;
    await clinic.run(job);
    await clinic.run(job, 2);
    await clinic.drain();
    expect(clinic.received(1)).toHaveLength(1);
  });

  test('one planner hands the same reminder over once, and again only when its job got lost', async () => {
    const clinic = await booked();
    clinic.clock.advanceTo(sunday);
    expect(await clinic.planner.planReminders(clinic.practiceId)).toBe(1);
    expect(await clinic.planner.planReminders(clinic.practiceId)).toBe(0);
    clinic.jobs.length = 0;
    await clinic.at('2026-11-22T13:01:00.000Z');
    expect(clinic.received(1)).toHaveLength(1);
  });
});

describe('consent', () => {
  const stop = { type: 'OptOut', channel: 'whatsapp', externalId: 'wamid.9', at: sunday } as const;

  test('without a yes nothing is queued', async () => {
    const clinic = await world.clinic();
    await clinic.book(1, tuesday, { consents: false });
    await clinic.drain();
    await clinic.at(sunday);
    expect(await messages(clinic)).toEqual([]);
    expect(await clinic.facts(1)).toEqual(['Planned', 'Skipped two-days no-consent']);
  });

  test('taken back before the job: nothing is queued', async () => {
    const clinic = await booked();
    clinic.clock.advanceTo(sunday);
    await clinic.planner.planReminders(clinic.practiceId);
    await clinic.decideConsent(1, stop);
    await clinic.drain();
    expect(await messages(clinic)).toEqual([]);
  });

  test('taken back when the message waits already: the door keeps it', async () => {
    const clinic = await booked();
    clinic.clock.advanceTo(sunday);
    await clinic.planner.planReminders(clinic.practiceId);
    await clinic.run(clinic.jobs.shift());
    await clinic.decideConsent(1, stop);
    await clinic.drain();
    expect(clinic.received(1)).toEqual([]);
    expect(await messages(clinic)).toEqual([{ state: 'blocked', code: 'OPTED_OUT', purpose: 'reminder' }]);
    expect(await stateOf(clinic)).toMatchObject({ reminder: 'failed' });
  });

  test('while the patient may have meant a stop it waits, and goes out once they did not', async () => {
    const clinic = await world.clinic();
    const conversationId = await clinic.book(1);
    await clinic.drain();
    clinic.maybeStopped.add(conversationId);
    await clinic.at(sunday);
    await clinic.at('2026-11-22T13:00:30.000Z');
    expect(await messages(clinic)).toEqual([]);
    clinic.maybeStopped.clear();
    await clinic.at('2026-11-22T13:01:00.000Z');
    expect(clinic.received(1)).toHaveLength(1);
  });

  test('when they may have meant it while the message waits, the door keeps it', async () => {
    const clinic = await world.clinic();
    const conversationId = await clinic.book(1);
    await clinic.drain();
    clinic.clock.advanceTo(sunday);
    await clinic.planner.planReminders(clinic.practiceId);
    await clinic.run(clinic.jobs.shift());
    clinic.maybeStopped.add(conversationId);
    await clinic.drain();
    expect(await messages(clinic)).toMatchObject([{ state: 'blocked', code: 'MAYBE_STOPPED' }]);
  });
});

describe('a practice system that does not answer', () => {
  const down = (practiceId: string) =>
    world.fhir.faults.add({ kind: 'unavailable', tenant: practiceId, type: 'Appointment', method: 'GET' });

  test('is asked again; until it has answered nothing is sent', async () => {
    const clinic = await booked();
    down(clinic.practiceId);
    await clinic.at(sunday);
    await clinic.at('2026-11-22T13:01:00.000Z');
    expect(await messages(clinic)).toEqual([]);
    world.fhir.faults.clear();
    await clinic.at('2026-11-22T13:03:00.000Z');
    expect(clinic.received(1)).toHaveLength(1);
    expect(await clinic.facts(1)).toEqual([
      'Planned',
      'PutOff two-days practice-system',
      'PutOff two-days practice-system',
      'Sent two-days',
    ]);
  });

  test('until the visit: then nothing is sent at all', async () => {
    const clinic = await booked();
    down(clinic.practiceId);
    const last = '2026-11-24T12:30:00.000Z';
    await clinic.at(sunday);
    await clinic.at(last);
    world.fhir.faults.clear();
    await clinic.at('2026-11-24T12:45:00.000Z');
    expect(clinic.received(1)).toEqual([]);
    expect((await clinic.facts(1)).toSorted()).toEqual([
      'Planned',
      'PutOff two-days practice-system',
      'Skipped three-hours unverified',
      'Skipped two-days superseded',
    ]);
  });
});

describe('the plan', () => {
  test('follows what the practice writes into its file', async () => {
    const clinic = await booked();
    clinic.settings.reminders = {
      quietHours: { from: '21:00', to: '08:00' },
      reminders: [{ id: 'one-day', before: 'P1D', template: 'visit-reminder' }],
    };
    expect(await clinic.planner.planAll(clinic.practiceId)).toBe(1);
    await clinic.drain();
    await clinic.at(sunday);
    expect(clinic.received(1)).toEqual([]);
    await clinic.at('2026-11-23T13:00:00.000Z');
    expect(clinic.received(1)).toHaveLength(1);
    expect(await clinic.planner.planAll(clinic.practiceId)).toBe(1);
    await clinic.drain();
    expect(await clinic.facts(1)).toEqual([
      'Planned',
      'Skipped two-days not-planned',
      'Skipped three-hours not-planned',
      'Planned',
      'Sent one-day',
    ]);
  });

  test('of a practice that reminds no more is dropped', async () => {
    const clinic = await booked();
    clinic.settings.reminders = undefined;
    expect(await clinic.planner.planAll(clinic.practiceId)).toBe(1);
    await clinic.drain();
    await clinic.at(sunday);
    expect(clinic.received(1)).toEqual([]);
    expect(await stateOf(clinic)).toMatchObject({ reminder: 'skipped' });
  });

  test('after a long silence sends the nearest reminder, and not all that were due', async () => {
    const clinic = await booked();
    await clinic.at('2026-11-24T11:00:00.000Z');
    expect(clinic.received(1)).toHaveLength(1);
    expect((await clinic.facts(1)).toSorted()).toEqual([
      'Planned',
      'Sent three-hours',
      'Skipped two-days superseded',
    ]);
  });

  test('rebuilt from the events, the table is as it was', async () => {
    const clinic = await booked();
    await clinic.book(2);
    await clinic.drain();
    await clinic.at(sunday);
    await clinic.move(1, wednesday);
    await clinic.cancel(2);
    await clinic.drain();
    const rows = () =>
      clinic.query('select * from views_reminders order by appointment_id, starts_at, reminder_id');
    const before = await rows();
    expect(before.length).toBeGreaterThan(4);
    await clinic.db.tx(clinic.practiceId, (tx) => clinic.store.rebuild(tx, remindersView));
    expect(await rows()).toEqual(before);
  });
});
