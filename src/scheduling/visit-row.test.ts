import { expect, test } from 'vitest';
import type { AppointmentEvent } from './events.ts';
import type { StoredAppointmentEvent } from './reactions.ts';
import { at, booking, heldUntil, holds, holdsAnother, nine, offered, ten, visit } from './testdata/visit.ts';
import { nextRow, type VisitRow } from './visit-row.ts';

const stored = (event: AppointmentEvent): StoredAppointmentEvent => ({
  ...event,
  practiceId: 'aurora',
  stream: 'appointment/a1',
  version: 1,
  position: 1n,
  at,
  subject: 'p1',
  actor: 'patient',
  correlationId: 'c1',
  causationId: 'c1',
});

const rowOf = (events: readonly AppointmentEvent[]): VisitRow | undefined =>
  events.reduce<VisitRow | undefined>(
    (row, event) => nextRow(row, stored(event), 'a1', undefined),
    undefined,
  );

const lost: AppointmentEvent = { type: 'SlotLost', data: { holdId: 'h1', offer: nine, why: 'taken', at } };
const otherLost: AppointmentEvent = {
  type: 'SlotLost',
  data: { holdId: 'h2', offer: ten, why: 'taken', at },
};
const moved: AppointmentEvent = {
  type: 'AppointmentMoved',
  data: { from: nine, offer: ten, holdId: 'h2', at },
};
const confirmed: AppointmentEvent = { type: 'AppointmentConfirmed', data: { by: 'patient', at } };
const cancelled: AppointmentEvent = {
  type: 'AppointmentCancelled',
  data: { by: 'patient', offer: nine, at },
};
const foundMoved: AppointmentEvent = { type: 'AppointmentFoundMoved', data: { from: nine, offer: ten, at } };
const refused: AppointmentEvent = { type: 'ChangeRefused', data: { what: 'book', code: 'INVALID', at } };

const nineRow = { start: nine.start, end: nine.end, slotId: 'slot-9' };
const tenRow = { start: ten.start, slotId: 'slot-10', scheduleId: 'schedule-2' };

test.each<readonly [string, readonly AppointmentEvent[], Partial<VisitRow>]>([
  [
    'only asked',
    offered,
    { status: 'open', start: undefined, sequence: 0, subject: 'p1', visitType: 'knee' },
  ],
  ['held', holds, { status: 'held', ...nineRow, holdExpiresAt: heldUntil }],
  ['held and lost', [...holds, lost], { status: 'open', start: undefined, holdExpiresAt: undefined }],
  ['being booked', booking, { status: 'booking', ...nineRow }],
  ['refused', [...booking, refused], { status: 'open', start: undefined }],
  ['booked', visit, { status: 'booked', ...nineRow, pmsAppointmentId: 'pa1', sequence: 1 }],
  ['booked, with another time held', holdsAnother, { status: 'booked', ...nineRow, sequence: 1 }],
  ['booked, and the other time lost', [...holdsAnother, otherLost], { status: 'booked', ...nineRow }],
  ['moved', [...holdsAnother, moved], { status: 'booked', ...tenRow, holdId: 'h2', sequence: 2 }],
  ['confirmed', [...visit, confirmed], { status: 'confirmed', ...nineRow, sequence: 1 }],
  [
    'confirmed, then moved there',
    [...visit, confirmed, foundMoved],
    { status: 'booked', ...tenRow, sequence: 2 },
  ],
  ['cancelled', [...visit, cancelled], { status: 'cancelled', ...nineRow, sequence: 2 }],
])('%s', (_, events, expected) => {
  expect(rowOf(events)).toMatchObject(expected);
});
