import type { AppointmentCommand } from '../appointment.ts';
import type { AppointmentEvent, SlotOffer, SlotSearch } from '../events.ts';

/** A made-up patient's way to a visit, fact by fact. */

export const at = '2026-11-23T13:00:00.000Z';
export const heldUntil = '2026-11-23T13:15:00.000Z';

export const nine: SlotOffer = {
  slotId: 'slot-9',
  scheduleId: 'schedule-1',
  start: '2026-11-25T12:00:00.000Z',
  end: '2026-11-25T12:30:00.000Z',
};
export const ten: SlotOffer = {
  slotId: 'slot-10',
  scheduleId: 'schedule-2',
  start: '2026-11-25T13:00:00.000Z',
  end: '2026-11-25T13:30:00.000Z',
};
export const clinicians = { 'schedule-1': 'Dr. Ana Exemplo', 'schedule-2': 'Dr. Bo Sample' };

export const search: SlotSearch = {
  from: '2026-11-23T15:00:00.000Z',
  to: '2026-12-21T13:00:00.000Z',
  backwards: false,
  asked: 'first',
};

const wish = {
  appointmentId: 'a1',
  conversationId: 'c1',
  intakeId: 'i1',
  patientId: 'p1',
  visitType: 'knee',
  search,
  at,
};

export const requestSlots: AppointmentCommand = { type: 'RequestSlots', ...wish };
export const requested = (round = 1): AppointmentEvent => ({
  type: 'SlotsRequested',
  data: { ...wish, round },
});
export const found = (round = 1): AppointmentEvent => ({
  type: 'SlotsFound',
  data: { round, slots: [nine, ten], at },
  phi: { clinicians },
});
export const chosen = (offer = nine, holdId = 'h1'): AppointmentEvent => ({
  type: 'SlotChosen',
  data: { offer, holdId, at },
});
export const held = (offer = nine, holdId = 'h1'): AppointmentEvent => ({
  type: 'SlotHeld',
  data: { holdId, offer, expiresAt: heldUntil, at },
});
export const bookingRequested = (holdId = 'h1', moves = false): AppointmentEvent => ({
  type: 'BookingRequested',
  data: { holdId, moves, at },
});
export const booked: AppointmentEvent = {
  type: 'AppointmentBooked',
  data: { pmsAppointmentId: 'pa1', pmsPatientId: 'pp1', offer: nine, holdId: 'h1', at },
};

export const offered = [requested(), found()] as const;
export const holding = [...offered, chosen()] as const;
export const holds = [...holding, held()] as const;
export const booking = [...holds, bookingRequested()] as const;
export const visit = [...booking, booked] as const;
/** A second slot is held to replace the booked one. */
export const holdsAnother = [...visit, requested(2), found(2), chosen(ten, 'h2'), held(ten, 'h2')] as const;
export const moving = [...holdsAnother, bookingRequested('h2', true)] as const;
