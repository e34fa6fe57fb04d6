import { expect, test } from 'vitest';
import type { ReminderEvent } from './events.ts';
import frozen from './testdata/events.json' with { type: 'json' };

const at = '2026-11-22T10:00:00.000Z';
const which = { appointmentId: 'a1', reminderId: 'two-days', start: at };

/** One of every kind, as today's program writes it. */
const today: readonly ReminderEvent[] = [
  {
    type: 'RemindersPlanned',
    data: {
      appointmentId: 'a1',
      conversationId: 'c1',
      start: at,
      reminders: [{ reminderId: 'two-days', template: 'visit-reminder', due: at, last: at }],
      at,
    },
  },
  { type: 'ReminderPutOff', data: { ...which, why: 'practice-system', until: at, at } },
  { type: 'ReminderSent', data: { ...which, messageId: 'm1', at } },
  { type: 'ReminderSkipped', data: { ...which, why: 'cancelled', at } },
];

test('the shape of a fact is frozen from the day it ships: history is not edited', () => {
  expect(JSON.parse(JSON.stringify(today))).toEqual(frozen);
});
