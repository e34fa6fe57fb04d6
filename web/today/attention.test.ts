import { expect, test } from 'vitest';
import type { AppointmentRow } from '#scheduling/contract.ts';
import { attentionOf, inOrder, placeOfNow } from './attention.ts';

const now = Date.parse('2026-11-24T09:00:00Z');

const visit = (part: Partial<AppointmentRow> = {}): AppointmentRow => ({
  appointmentId: 'a1',
  conversationId: 'c1',
  name: 'Maria D.',
  visitType: 'First visit',
  clinician: null,
  start: '2026-11-24T14:00:00Z',
  end: '2026-11-24T14:30:00Z',
  status: 'booked',
  reminder: 'delivered',
  reminderAt: null,
  pmsAppointmentId: null,
  ...part,
});

test('who was asked and has not said yes within a day of the visit needs a hand', () => {
  for (const reminder of ['sent', 'delivered', 'read', 'skipped'] as const) {
    expect(attentionOf(visit({ reminder }), now)).toBe('not-confirmed');
  }
});

test('who was not asked, or still will be, does not', () => {
  expect(attentionOf(visit({ reminder: 'none' }), now)).toBeUndefined();
  expect(attentionOf(visit({ reminder: 'due' }), now)).toBeUndefined();
});

test('a day and a minute before the visit there is time', () => {
  expect(attentionOf(visit({ start: '2026-11-25T09:00:00Z' }), now)).toBe('not-confirmed');
  expect(attentionOf(visit({ start: '2026-11-25T09:01:00Z' }), now)).toBeUndefined();
});

test('a reminder that failed needs a hand however far the visit is, unless the patient said yes', () => {
  const far = { start: '2026-12-24T09:00:00Z', reminder: 'failed' } as const;
  expect(attentionOf(visit(far), now)).toBe('reminder-failed');
  expect(attentionOf(visit({ ...far, status: 'confirmed' }), now)).toBeUndefined();
});

test('what has begun, was cancelled or is not booked yet needs none', () => {
  expect(attentionOf(visit({ start: '2026-11-24T09:00:00Z', reminder: 'failed' }), now)).toBeUndefined();
  for (const status of ['cancelled', 'held', 'booking', 'confirmed'] as const) {
    expect(attentionOf(visit({ status, reminder: 'delivered' }), now)).toBeUndefined();
  }
});

test('now stands before the first visit that has not begun', () => {
  const visits = ['08:00', '09:00', '10:00'].map((time) => ({ start: `2026-11-24T${time}:00Z` }));
  expect(placeOfNow(visits, now)).toBe(2);
  expect(placeOfNow(visits, now - 86_400_000)).toBe(0);
  expect(placeOfNow(visits, now + 86_400_000)).toBe(3);
});

test('visits are in order of time, and a cancelled one stands after what took its place', () => {
  const rows = [
    visit({ appointmentId: 'late', start: '2026-11-24T15:00:00Z' }),
    visit({ appointmentId: 'off', status: 'cancelled', clinician: 'Dr. A' }),
    visit({ appointmentId: 'b', clinician: 'Dr. B' }),
    visit({ appointmentId: 'a', clinician: 'Dr. A' }),
  ];
  expect(inOrder(rows).map(({ appointmentId }) => appointmentId)).toEqual(['a', 'b', 'off', 'late']);
});
