import { expect, test } from 'vitest';
import { fold } from '#kernel/decider.ts';
import { given } from '../../test/given.ts';
import { type AppointmentCommand, appointment } from './appointment.ts';
import type { AppointmentEvent } from './events.ts';
import {
  at,
  booked,
  booking,
  bookingRequested,
  chosen,
  clinicians,
  found,
  held,
  heldUntil,
  holding,
  holds,
  holdsAnother,
  moving,
  nine,
  offered,
  requested,
  requestSlots,
  ten,
  visit,
} from './testdata/visit.ts';

const choose = (slotId: string, holdId: string): AppointmentCommand => ({
  type: 'ChooseSlot',
  slotId,
  holdId,
  at,
});
const drop: AppointmentCommand = { type: 'DropHold', why: 'declined', at };
const book: AppointmentCommand = { type: 'RequestBooking', at };
const confirm: AppointmentCommand = { type: 'RequestConfirmation', by: 'patient', at };
const cancel: AppointmentCommand = { type: 'RequestCancellation', by: 'patient', at };
const recordSlots = (round: number): AppointmentCommand => ({
  type: 'RecordSlots',
  round,
  slots: [nine, ten],
  clinicians,
  at,
});
const recordHeld: AppointmentCommand = { type: 'RecordHeld', holdId: 'h1', expiresAt: heldUntil, at };
const lost = (holdId: string): AppointmentCommand => ({ type: 'RecordLost', holdId, why: 'taken', at });
const recordBooked: AppointmentCommand = {
  type: 'RecordBooked',
  holdId: 'h1',
  pmsAppointmentId: 'pa1',
  pmsPatientId: 'pp1',
  at,
};
const delayed: AppointmentCommand = { type: 'RecordBookingDelayed', code: 'TIMEOUT', at };
const dropped = (why: 'other-time' | 'declined' | 'cancelled', offer = nine, holdId = 'h1') =>
  ({ type: 'HoldDropped', data: { holdId, offer, why, at } }) as const;
const cancelRequested: AppointmentEvent = { type: 'CancellationRequested', data: { by: 'patient', at } };
const confirmRequested: AppointmentEvent = { type: 'ConfirmationRequested', data: { by: 'patient', at } };
const cancelled: AppointmentEvent = {
  type: 'AppointmentCancelled',
  data: { by: 'patient', offer: nine, at },
};

test('the first wish opens the appointment', () => given(appointment).when(requestSlots).then(requested(1)));

test('another wish is another round', () =>
  given(appointment, ...offered)
    .when(requestSlots)
    .then(requested(2)));

test('asking for other times gives the held slot back', () =>
  given(appointment, ...holds)
    .when(requestSlots)
    .then(dropped('other-time'), requested(2)));

test('no other times while a slot is being booked', () =>
  given(appointment, ...booking)
    .when(requestSlots)
    .refused('CHOICE_UNDER_WAY'));

test('asking for slots with a booked visit is the beginning of a move', () =>
  given(appointment, ...visit)
    .when(requestSlots)
    .then(requested(2)));

test.each<AppointmentCommand>([
  choose('slot-9', 'h1'),
  drop,
  book,
  confirm,
  cancel,
  recordSlots(1),
  recordBooked,
])('$type before anybody asked for slots is refused', (command) =>
  given(appointment).when(command).refused('NOT_OPEN'),
);

test('what was found is offered', () => given(appointment, requested()).when(recordSlots(1)).then(found()));

test('an answer to an older search is not shown', () =>
  given(appointment, requested(), requested(2)).when(recordSlots(1)).then());

test('the same answer twice is one', () =>
  given(appointment, ...offered)
    .when(recordSlots(1))
    .then());

test('a delay is said once per search, and the answer may still come', () => {
  const late: AppointmentEvent = { type: 'SearchDelayed', data: { round: 1, code: 'TIMEOUT', at } };
  const say: AppointmentCommand = { type: 'RecordSearchDelayed', round: 1, code: 'TIMEOUT', at };
  given(appointment, requested()).when(say).then(late);
  given(appointment, requested(), late).when(say).then();
  given(appointment, requested(), late).when(recordSlots(1)).then(found());
  given(appointment, ...offered)
    .when(say)
    .then();
});

test('a search that was refused ends there', () => {
  const say: AppointmentCommand = { type: 'RecordSearchRefused', round: 1, code: 'FORBIDDEN', at };
  const refused: AppointmentEvent = { type: 'SearchRefused', data: { round: 1, code: 'FORBIDDEN', at } };
  given(appointment, requested()).when(say).then(refused);
  given(appointment, requested(), refused).when(recordSlots(1)).then();
});

test('only what was offered last can be chosen', () => {
  given(appointment, ...offered)
    .when(choose('slot-9', 'h1'))
    .then(chosen());
  given(appointment, ...offered)
    .when(choose('slot-77', 'h1'))
    .refused('NOT_OFFERED');
  given(appointment, ...offered, requested(2))
    .when(choose('slot-9', 'h1'))
    .refused('NOT_OFFERED');
});

test('a double tap holds once', () => {
  given(appointment, ...holding)
    .when(choose('slot-9', 'h2'))
    .then();
  given(appointment, ...holds)
    .when(choose('slot-9', 'h2'))
    .then();
  given(appointment, ...visit)
    .when(choose('slot-9', 'h2'))
    .then();
});

test('choosing another slot gives the first one back', () => {
  const instead = [dropped('other-time'), chosen(ten, 'h2')] as const;
  given(appointment, ...holding)
    .when(choose('slot-10', 'h2'))
    .then(...instead);
  given(appointment, ...holds)
    .when(choose('slot-10', 'h2'))
    .then(...instead);
  given(appointment, ...booking)
    .when(choose('slot-10', 'h2'))
    .refused('CHOICE_UNDER_WAY');
});

test('a hold can be dropped until it is being booked', () => {
  given(appointment, ...holds)
    .when(drop)
    .then(dropped('declined'));
  given(appointment, ...offered)
    .when(drop)
    .then();
  given(appointment, ...booking)
    .when(drop)
    .refused('CHOICE_UNDER_WAY');
});

test('a hold is recorded once, and not for a choice that was changed', () => {
  given(appointment, ...holding)
    .when(recordHeld)
    .then(held());
  given(appointment, ...holds)
    .when(recordHeld)
    .then();
  given(appointment, ...offered, chosen(ten, 'h2'))
    .when(recordHeld)
    .then();
});

test('a slot can be lost at any time before the visit stands', () => {
  const taken = { type: 'SlotLost', data: { holdId: 'h1', offer: nine, why: 'taken', at } } as const;
  for (const past of [holding, holds, booking])
    given(appointment, ...past)
      .when(lost('h1'))
      .then(taken);
  given(appointment, ...booking, taken)
    .when(lost('h1'))
    .then();
  given(appointment, ...visit)
    .when(lost('h1'))
    .then();
});

test('a held slot is booked before its end, and not at it', () => {
  given(appointment, ...holds)
    .when(book)
    .then(bookingRequested());
  given(appointment, ...holds)
    .when({ type: 'RequestBooking', at: heldUntil })
    .refused('HOLD_EXPIRED');
  given(appointment, ...holding)
    .when(book)
    .refused('NO_HOLD');
  given(appointment, ...booking)
    .when(book)
    .then();
});

test('a booking says whether it replaces a visit', () =>
  given(appointment, ...holdsAnother)
    .when(book)
    .then(bookingRequested('h2', true)));

test('a visit is not moved while it is being cancelled', () =>
  given(appointment, ...holdsAnother, cancelRequested)
    .when(book)
    .refused('CHANGE_UNDER_WAY'));

test('booked once, whatever the practice system repeats', () => {
  given(appointment, ...booking)
    .when(recordBooked)
    .then(booked);
  given(appointment, ...visit)
    .when(recordBooked)
    .then();
  given(appointment, ...moving)
    .when({ ...recordBooked, holdId: 'h2' })
    .then();
});

test('a move replaces the time of the same visit, and asks for a new confirmation', () => {
  const moved = { type: 'AppointmentMoved', data: { from: nine, offer: ten, holdId: 'h2', at } } as const;
  const confirmed = { type: 'AppointmentConfirmed', data: { by: 'patient', at } } as const;
  given(appointment, ...moving)
    .when({ type: 'RecordMoved', holdId: 'h2', at })
    .then(moved);
  given(appointment, ...booking)
    .when({ type: 'RecordMoved', holdId: 'h1', at })
    .then();
  expect(fold(appointment, [...visit, confirmed, ...moving.slice(visit.length), moved])).toMatchObject({
    booked: { pmsAppointmentId: 'pa1', offer: ten, holdId: 'h2', confirmed: false },
    choice: undefined,
  });
});

test('a delay is said once per change', () => {
  const late = { type: 'BookingDelayed', data: { code: 'TIMEOUT', at } } as const;
  given(appointment, ...booking)
    .when(delayed)
    .then(late);
  given(appointment, ...booking, late)
    .when(delayed)
    .then();
  given(appointment, ...booking, late, booked, cancelRequested)
    .when(delayed)
    .then(late);
  given(appointment, ...visit)
    .when(delayed)
    .then();
});

test('a visit is confirmed once', () => {
  const confirmed = { type: 'AppointmentConfirmed', data: { by: 'patient', at } } as const;
  const record: AppointmentCommand = { type: 'RecordConfirmed', by: 'patient', at };
  given(appointment, ...visit)
    .when(confirm)
    .then(confirmRequested);
  given(appointment, ...visit, confirmRequested)
    .when(confirm)
    .then();
  given(appointment, ...visit, confirmRequested)
    .when(record)
    .then(confirmed);
  given(appointment, ...visit, confirmRequested, confirmed)
    .when(record)
    .then();
  given(appointment, ...visit, confirmRequested, confirmed)
    .when(confirm)
    .then();
  given(appointment, ...offered)
    .when(confirm)
    .refused('NOTHING_BOOKED');
});

test('one change at a time', () => {
  given(appointment, ...visit, cancelRequested)
    .when(confirm)
    .refused('CHANGE_UNDER_WAY');
  given(appointment, ...visit, confirmRequested)
    .when(cancel)
    .refused('CHANGE_UNDER_WAY');
  for (const command of [confirm, cancel])
    given(appointment, ...moving)
      .when(command)
      .refused('CHANGE_UNDER_WAY');
});

test('a visit is cancelled once, and what was held to replace it is given back', () => {
  const record: AppointmentCommand = { type: 'RecordCancelled', by: 'patient', at };
  given(appointment, ...visit)
    .when(cancel)
    .then(cancelRequested);
  given(appointment, ...holdsAnother)
    .when(cancel)
    .then(dropped('cancelled', ten, 'h2'), cancelRequested);
  given(appointment, ...visit, cancelRequested)
    .when(cancel)
    .then();
  given(appointment, ...visit, cancelRequested)
    .when(record)
    .then(cancelled);
  for (const command of [record, cancel])
    given(appointment, ...visit, cancelRequested, cancelled)
      .when(command)
      .then();
  given(appointment, ...offered)
    .when(cancel)
    .refused('NOTHING_BOOKED');
});

test('a visit that the practice cancelled while it was being moved takes the new slot with it', () =>
  given(appointment, ...moving)
    .when({ type: 'RecordCancelled', by: 'practice', at })
    .then(
      { type: 'SlotLost', data: { holdId: 'h2', offer: ten, why: 'refused', at } },
      { type: 'AppointmentCancelled', data: { by: 'practice', offer: nine, at } },
    ));

test('after a cancellation another visit can be booked', () => {
  const again = [...visit, cancelRequested, cancelled, requested(2), found(2), chosen(nine, 'h2')] as const;
  given(appointment, ...again, held(nine, 'h2'))
    .when(book)
    .then(bookingRequested('h2', false));
});

test('a refused change ends what was under way, and only that', () => {
  const refuse = (what: 'book' | 'move' | 'cancel' | 'confirm'): AppointmentCommand => ({
    type: 'RecordChangeRefused',
    what,
    code: 'FORBIDDEN',
    at,
  });
  const refused = (what: 'book' | 'cancel') =>
    ({ type: 'ChangeRefused', data: { what, code: 'FORBIDDEN', at } }) as const;
  given(appointment, ...booking)
    .when(refuse('book'))
    .then(refused('book'));
  expect(fold(appointment, [...booking, refused('book')])).toMatchObject({ choice: undefined });
  given(appointment, ...visit, cancelRequested)
    .when(refuse('cancel'))
    .then(refused('cancel'));
  given(appointment, ...visit, cancelRequested)
    .when(refuse('confirm'))
    .then();
  given(appointment, ...visit, cancelRequested, refused('cancel'))
    .when(cancel)
    .then(cancelRequested);
});

test('a visit that was moved in the practice system is known at its new time, and is not confirmed', () => {
  const look: AppointmentCommand = { type: 'RecordFoundMoved', offer: ten, at };
  const foundMoved = { type: 'AppointmentFoundMoved', data: { from: nine, offer: ten, at } } as const;
  given(appointment, ...visit)
    .when(look)
    .then(foundMoved);
  given(appointment, ...visit, foundMoved)
    .when(look)
    .then();
  const confirmed = { type: 'AppointmentConfirmed', data: { by: 'patient', at } } as const;
  expect(fold(appointment, [...visit, confirmed, foundMoved])).toMatchObject({
    booked: { offer: ten, confirmed: false },
  });
});

test('a fact of a newer release is passed over', () => {
  const newer = { type: 'VisitPraised', data: { at } } as unknown as AppointmentEvent;
  expect(fold(appointment, [...visit, newer])).toEqual(fold(appointment, visit));
});
