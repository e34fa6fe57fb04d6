import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readReminderTap, reminderActions, reminderTap } from './reminder-tap.ts';

test('a button reads back as what it was made of, whatever the id', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...reminderActions),
      fc.string({ minLength: 1, unit: 'grapheme' }).filter((id) => id.isWellFormed()),
      fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') }),
      (action, appointmentId, start) => {
        const tap = readReminderTap(reminderTap(action, appointmentId, start.toISOString()));
        const startEpochSeconds = Math.floor(start.getTime() / 1000);
        expect(tap).toEqual({ action, appointmentId, startEpochSeconds });
      },
    ),
  );
});

test.each([
  '',
  'r',
  'r:confirm',
  'r:confirm::1',
  'r:delete:a:1',
  'r:confirm:a:x',
  'r:confirm:%:1',
  'q:offer:new',
])('%j is none', (id) => expect(readReminderTap(id)).toBeUndefined());
