import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { AppointmentEvent } from './events.ts';
import { at, booked, booking, held, nine, ten } from './testdata/visit.ts';

const file = new URL('./testdata/events.json', import.meta.url);

/** One of every kind, as today's program writes it. */
const today: readonly AppointmentEvent[] = [
  ...booking.slice(0, 3),
  held(),
  { type: 'SearchDelayed', data: { round: 1, code: 'TIMEOUT', at } },
  { type: 'SearchRefused', data: { round: 1, code: 'FORBIDDEN', at } },
  { type: 'SlotLost', data: { holdId: 'h1', offer: nine, why: 'taken', at } },
  { type: 'HoldDropped', data: { holdId: 'h1', offer: nine, why: 'other-time', at } },
  ...booking.slice(4),
  { type: 'BookingDelayed', data: { code: 'TIMEOUT', at } },
  booked,
  { type: 'AppointmentMoved', data: { from: nine, offer: ten, holdId: 'h2', at } },
  { type: 'ConfirmationRequested', data: { by: 'patient', at } },
  { type: 'AppointmentConfirmed', data: { by: 'patient', at } },
  { type: 'CancellationRequested', data: { by: 'staff', at } },
  { type: 'AppointmentCancelled', data: { by: 'staff', offer: nine, at } },
  { type: 'ChangeRefused', data: { what: 'move', code: 'CONFLICT', at } },
  { type: 'AppointmentFoundMoved', data: { from: nine, offer: ten, at } },
];

test('the shape of a fact is frozen from the day it ships: history is not edited', () => {
  if (process.env.UPDATE_FIXTURES === '1') writeFileSync(file, `${JSON.stringify(today, null, 2)}\n`);
  expect(JSON.parse(JSON.stringify(today))).toEqual(JSON.parse(readFileSync(file, 'utf8')));
});
