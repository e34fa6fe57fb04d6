import type { Booked, Choice, OpenAppointment } from '#scheduling/appointment.ts';
import { epochSeconds } from '#scheduling/reminder-tap.ts';
import { isIntakeOpen, type Turn } from './turn-in-progress.ts';

/** What the appointment's state means at this moment of the conversation. */

/** The visit that is still to come. One that is over is history: the next is another appointment. */
export function bookedVisit({ appointment, input }: Turn): Booked | undefined {
  if (appointment.status !== 'open' || appointment.booked === undefined) return undefined;
  return Date.parse(appointment.booked.offer.end) > Date.parse(input.at) ? appointment.booked : undefined;
}

/** Ties an answer to the visit it was asked of: once that has moved, the answer is about nothing. */
export function visitMark({ offer }: Booked): string {
  return String(epochSeconds(offer.start));
}

export function choiceOf({ appointment }: Turn): Choice | undefined {
  return appointment.status === 'open' ? appointment.choice : undefined;
}

/** A slot that is being held, booked, or a change that is being written: nothing else can be decided now. */
export function isUnderWay(turn: Turn): boolean {
  const phase = choiceOf(turn)?.phase;
  return phase === 'holding' || phase === 'booking' || changing(turn) !== undefined;
}

export function changing({ appointment }: Turn): OpenAppointment['changing'] {
  return appointment.status === 'open' ? appointment.changing : undefined;
}

/** True where the practice books by chat and its content mode lets the chat speak of visits. */
export function takesBookings({ input: { practice, scheduling, form } }: Turn): boolean {
  const { phases, contentMode } = practice;
  return (
    scheduling !== undefined &&
    form !== undefined &&
    phases.intake &&
    phases.scheduling &&
    contentMode !== 'minimal'
  );
}

/** True while the patient is on the way to a slot: looking, choosing, holding. */
export function isLooking(turn: Turn): boolean {
  const { appointment, open } = turn;
  if (appointment.status !== 'open') return false;
  const { found, choice, booked, cancelled } = appointment;
  // "What shall I stop?" stands in place of the list: without a form, it is the times that it was asked over.
  const isInterrupted = open.what === 'stop-or-form?' && !isIntakeOpen(turn) && !booked && !cancelled;
  return (
    choice !== undefined ||
    found === 'searching' ||
    found === 'delayed' ||
    isInterrupted ||
    ['slots', 'slot-day', 'slot-clinician', 'book?'].includes(open.what)
  );
}

/** True where "cancel" may mean a visit, or the way to one. */
export function hasVisit(turn: Turn): boolean {
  return bookedVisit(turn) !== undefined || isLooking(turn);
}
