import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isRefusal } from '#kernel/decider.ts';
import { given } from '../../test/given.ts';
import type { ReminderEvent } from './events.ts';
import { type RemindersCommand, reminders } from './reminders.ts';

const at = '2026-11-20T10:00:00.000Z';
const monday = '2026-11-23T13:00:00.000Z';
const tuesday = '2026-11-24T13:00:00.000Z';
const [appointmentId, conversationId] = ['a1', 'c1'];

const planned = (reminderId: string, due = '2026-11-21T13:00:00.000Z') => ({
  reminderId,
  template: 'visit-reminder',
  due,
  last: '2026-11-23T12:30:00.000Z',
});
const plan = (start: string, ...ids: readonly string[]): RemindersCommand => ({
  type: 'PlanReminders',
  appointmentId,
  conversationId,
  start,
  reminders: ids.map((id) => planned(id)),
  at,
});
const wasPlanned = (start: string, ...ids: readonly string[]): ReminderEvent => ({
  type: 'RemindersPlanned',
  data: { appointmentId, conversationId, start, reminders: ids.map((id) => planned(id)), at },
});
const send = (start: string, reminderId: string): RemindersCommand => ({
  type: 'SendReminder',
  appointmentId,
  reminderId,
  start,
  messageId: 'm1',
  at,
});
const wasSent = (start: string, reminderId: string): ReminderEvent => ({
  type: 'ReminderSent',
  data: { appointmentId, reminderId, start, messageId: 'm1', at },
});
const wasSkipped = (
  start: string,
  reminderId: string,
  why: Extract<ReminderEvent, { type: 'ReminderSkipped' }>['data']['why'],
): ReminderEvent => ({ type: 'ReminderSkipped', data: { appointmentId, reminderId, start, why, at } });

test('a booked visit has its reminders planned', () =>
  given(reminders)
    .when(plan(monday, 'two-days', 'three-hours'))
    .then(wasPlanned(monday, 'two-days', 'three-hours')));

test('a visit without any needs no plan', () => given(reminders).when(plan(monday)).then());

test('planned once more as it was is nothing new', () =>
  given(reminders, wasPlanned(monday, 'two-days')).when(plan(monday, 'two-days')).then());

test('a moved visit has its reminders anew', () =>
  given(reminders, wasPlanned(monday, 'two-days', 'three-hours'), wasSent(monday, 'two-days'))
    .when(plan(tuesday, 'two-days', 'three-hours'))
    .then(wasSkipped(monday, 'three-hours', 'moved'), wasPlanned(tuesday, 'two-days', 'three-hours')));

test('a visit that was moved to where no reminder helps has none left', () =>
  given(reminders, wasPlanned(monday, 'two-days'))
    .when(plan(tuesday))
    .then(wasSkipped(monday, 'two-days', 'moved'), wasPlanned(tuesday)));

test('moved back, what was sent for that time is not sent again, and what was not is', () =>
  given(
    reminders,
    wasPlanned(monday, 'two-days', 'three-hours'),
    wasSent(monday, 'two-days'),
    wasSkipped(monday, 'three-hours', 'moved'),
    wasPlanned(tuesday, 'two-days'),
  )
    .when(plan(monday, 'two-days', 'three-hours'))
    .then(wasSkipped(tuesday, 'two-days', 'moved'), wasPlanned(monday, 'three-hours')));

test('a plan made anew does not revive what was skipped for good', () =>
  given(reminders, wasPlanned(monday, 'two-days'), wasSkipped(monday, 'two-days', 'no-consent'))
    .when(plan(monday, 'two-days'))
    .then());

test('a practice that reminds otherwise: what is no more in its file is not sent', () =>
  given(reminders, wasPlanned(monday, 'two-days', 'three-hours'))
    .when(plan(monday, 'three-hours'))
    .then(wasSkipped(monday, 'two-days', 'not-planned'), wasPlanned(monday, 'three-hours')));

test('a cancelled visit loses what still waits', () =>
  given(reminders, wasPlanned(monday, 'two-days', 'three-hours'), wasSent(monday, 'two-days'))
    .when({ type: 'DropReminders', appointmentId, why: 'cancelled', at })
    .then(wasSkipped(monday, 'three-hours', 'cancelled')));

test('booked again at the same time, it is reminded of again', () =>
  given(reminders, wasPlanned(monday, 'two-days'), wasSkipped(monday, 'two-days', 'cancelled'))
    .when(plan(monday, 'two-days'))
    .then(wasPlanned(monday, 'two-days')));

test('a reminder is sent', () =>
  given(reminders, wasPlanned(monday, 'two-days'))
    .when(send(monday, 'two-days'))
    .then(wasSent(monday, 'two-days')));

test.each([
  ['that was sent', send(monday, 'two-days')],
  ['of another time', send(tuesday, 'three-hours')],
  ['that nobody planned', send(monday, 'week')],
])('one %s is not', (_, command) =>
  given(reminders, wasPlanned(monday, 'two-days', 'three-hours'), wasSent(monday, 'two-days'))
    .when(command)
    .refused('NOT_PLANNED'),
);

test('whatever happens, each reminder is sent once at most per time of the visit', () => {
  const start = fc.constantFrom(monday, tuesday);
  const id = fc.constantFrom('two-days', 'three-hours');
  const command = fc.oneof(
    fc.tuple(start, fc.subarray(['two-days', 'three-hours'])).map(([when, ids]) => plan(when, ...ids)),
    fc.tuple(start, id).map(([when, which]) => send(when, which)),
    fc.constant<RemindersCommand>({ type: 'DropReminders', appointmentId, why: 'cancelled', at }),
    fc.tuple(start, id).map(
      ([when, reminderId]): RemindersCommand => ({
        type: 'PutOffReminder',
        appointmentId,
        reminderId,
        start: when,
        why: 'practice-system',
        until: at,
        at,
      }),
    ),
  );
  let most = 0;
  fc.assert(
    fc.property(fc.array(command, { minLength: 20, maxLength: 80 }), (commands) => {
      let state = reminders.initial;
      const sent: string[] = [];
      for (const each of commands) {
        const facts = reminders.decide(each, state);
        if (isRefusal(facts)) continue;
        for (const fact of facts) {
          if (fact.type === 'ReminderSent') sent.push(`${fact.data.reminderId}@${fact.data.start}`);
          state = reminders.evolve(state, fact);
        }
      }
      expect(new Set(sent).size).toBe(sent.length);
      most = Math.max(most, sent.length);
    }),
    { numRuns: 500 },
  );
  expect(most).toBeGreaterThan(2);
});
