import { expect, test } from 'vitest';
import type { Bubble } from '../phone/index.ts';
import { isAllSent, legsOf, missingOf, type WalkEvent } from './legs.ts';
import { askToMove, bargain, dayThatSuits } from './patient.ts';

const bubble = (more: Partial<Bubble>): Bubble => ({
  id: 'm1',
  side: 'practice',
  at: '2026-11-23T10:00:00Z',
  kind: 'buttons',
  ...more,
});
const choices = (...titles: readonly string[]) => titles.map((title) => ({ id: title.toLowerCase(), title }));
const event = (type: string, stream = 'conversation/c1'): WalkEvent => ({
  at: '2026-11-23T10:00:00Z',
  stream,
  type,
  data: {},
});

test('the whole way where everything is offered; a practice without details in the chat goes to a person at once', () => {
  const names = (intake: boolean, booking: boolean, reminders: boolean) =>
    legsOf({ intake, booking, reminders }).map(({ name }) => name);
  expect(names(true, true, true)).toEqual([
    'intake',
    'booking',
    'reminder',
    'move',
    'handoff',
    'staff',
    'assistant',
  ]);
  expect(names(true, true, false)).toEqual(['intake', 'booking', 'handoff', 'staff', 'assistant']);
  expect(names(true, false, true)).toEqual(['intake', 'handoff', 'staff', 'assistant']);
  expect(names(false, true, true)).toEqual(['opt-in', 'staff']);
});

test('every fact of the way is asked for, and what is missing is named', () => {
  const legs = legsOf({ intake: true, booking: true, reminders: true });
  expect(legs.flatMap(({ reaches }) => reaches)).toEqual([
    'IntakeFiled',
    'AppointmentBooked',
    'ReminderSent',
    'AppointmentMoved',
    'HandedOver',
    'HandoffTaken',
    'StaffReplied',
    'HandoffResolved',
    'HandedBack',
  ]);
  const staff = legs.find(({ name }) => name === 'staff');
  if (staff === undefined) throw new Error('no leg of staff');
  expect(missingOf(staff, [event('HandoffTaken'), event('HandedBack')])).toEqual([
    'StaffReplied',
    'HandoffResolved',
  ]);
});

test('all is sent when every message left or was refused', () => {
  const queued = [event('MessageQueued', 'message/1'), event('MessageQueued', 'message/2')];
  expect(isAllSent(queued)).toBe(false);
  expect(isAllSent([...queued, event('MessageAccepted', 'message/1')])).toBe(false);
  expect(
    isAllSent([...queued, event('MessageAccepted', 'message/1'), event('MessageBlocked', 'message/2')]),
  ).toBe(true);
});

test('a time is taken from the wanted day on, another than before, and then said yes to', () => {
  const times = bubble({
    kind: 'list',
    list: {
      label: 'Times',
      sections: [{ rows: choices('Fri 27 Nov, 9:20 AM', 'Fri 27 Nov, 14:00', 'Later') }],
    },
  });
  expect(bargain(times, '27/11')).toEqual({ do: 'say', text: '27/11' });
  expect(bargain(times, undefined)).toMatchObject({ do: 'tap', choice: { title: 'Fri 27 Nov, 9:20 AM' } });
  expect(bargain(times, undefined, 'Fri 27 Nov, 9:20 AM')).toMatchObject({
    choice: { title: 'Fri 27 Nov, 14:00' },
  });
  expect(bargain(bubble({ buttons: choices('Book', 'Another time') }), '27/11')).toMatchObject({
    choice: { title: 'Book' },
  });
  expect(bargain(bubble({ kind: 'text', text: 'One moment' }), undefined)).toBeUndefined();
});

test.each(['Remarcar', 'Cambiar', 'Move'])('the reminder’s button for another time: %s', (title) => {
  const buttons = choices('Confirm', title, 'Cancelar');
  expect(askToMove(bubble({ kind: 'template', buttons }))).toMatchObject({ choice: { title } });
  expect(askToMove(bubble({ buttons }))).toBeUndefined();
});

test('a day that suits is a working day, far enough for the reminder, as the country writes it', () => {
  const at = (instant: string, country = 'BR') =>
    dayThatSuits(Date.parse(instant), 'America/Sao_Paulo', country);
  expect(at('2026-11-22T20:00:00Z')).toBe('27/11');
  // Five days on it is Saturday: Monday.
  expect(at('2026-11-23T20:00:00Z')).toBe('30/11');
  expect(at('2026-11-30T02:00:00Z')).toBe('04/12');
  expect(at('2026-11-30T02:00:00Z', 'US')).toBe('12/04');
});
