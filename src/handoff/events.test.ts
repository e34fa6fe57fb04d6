import { expect, test } from 'vitest';
import type { HandoffEvent } from './events.ts';
import { contextOf } from './testdata/context.ts';
import frozen from './testdata/events.json' with { type: 'json' };

const at = '2026-11-22T10:00:00.000Z';
const until = '2026-11-22T10:15:00.000Z';
const ana = { staffId: 'ana', token: 1 };

/** One of every kind, as today's program writes it. */
const today: readonly HandoffEvent[] = [
  {
    type: 'HandoffOpened',
    data: { handoffId: 'h1', reason: 'asked', priority: 'normal', language: 'pt', at },
    phi: {
      context: contextOf({
        visit: {
          appointmentId: 'v1',
          status: 'booked',
          start: at,
          clinician: 'Dr. Lima',
          pmsAppointmentId: '7',
        },
        patient: { name: 'Maria', birthDate: '1984-05-03', phone: '+5511987654321', pmsPatientId: '9' },
      }),
    },
  },
  { type: 'HandoffTaken', data: { ...ana, until, how: 'waiting', at } },
  { type: 'HandoffAssigned', data: { ...ana, until, by: 'bo', at } },
  { type: 'LeaseRenewed', data: { ...ana, until, at } },
  { type: 'HandoffReleased', data: { ...ana, at } },
  { type: 'NoteAdded', data: { staffId: 'ana', noteId: 'note-1', at }, phi: { text: 'Called back' } },
  {
    type: 'StaffReplied',
    data: { ...ana, messageId: 'staff-1', template: 'call-us', first: true, at },
  },
  { type: 'MessagesSeen', data: { staffId: 'ana', at } },
  { type: 'HandoffResolved', data: { ...ana, code: 'answered', resume: true, at } },
  { type: 'HandoffWithdrawn', data: { why: 'patient', at } },
  { type: 'HandoffFiled', data: { handoffId: 'h1', resources: ['Task/1', 'Communication/2'], at } },
  { type: 'HandoffClosedInPractice', data: { handoffId: 'h1', resources: ['Communication/3'], at } },
  { type: 'HandoffNotFiled', data: { handoffId: 'h1', code: 'HTTP_422', at } },
];

test('the shape of a fact is frozen from the day it ships: history is not edited', () => {
  expect(JSON.parse(JSON.stringify(today))).toEqual(frozen);
});
