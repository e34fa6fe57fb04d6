import type { AppointmentRow } from '#scheduling/contract.ts';

const hourMs = 60 * 60 * 1000;

/** Milliseconds before a visit in which somebody should know whether the patient comes. */
const soonMs = 24 * hourMs;

/** What a person should do something about. */
export type Attention = 'reminder-failed' | 'not-confirmed';

type Visit = Pick<AppointmentRow, 'status' | 'reminder' | 'start'>;

/**
 * Whether a visit needs a hand. Only one that is still to come: what is over, nobody can mend.
 *
 * - `reminder-failed`: the patient was not reached.
 * - `not-confirmed`: it is within a day, no reminder is still to come, and the patient has not said yes. Where no reminder was ever
 *   planned there was no question either.
 */
export function attentionOf({ status, reminder, start }: Visit, now: number): Attention | undefined {
  const inMs = Date.parse(start) - now;
  if (inMs <= 0 || (status !== 'booked' && status !== 'confirmed')) return undefined;
  if (reminder === 'failed') return status === 'booked' ? 'reminder-failed' : undefined;
  const wasAsked = reminder !== 'none' && reminder !== 'due';
  return status === 'booked' && wasAsked && inMs <= soonMs ? 'not-confirmed' : undefined;
}

/** Where "now" stands among the visits of a day, which are in order: before the visit at this place. */
export function placeOfNow(visits: readonly Pick<AppointmentRow, 'start'>[], now: number): number {
  const next = visits.findIndex(({ start }) => Date.parse(start) > now);
  return next < 0 ? visits.length : next;
}

/** Visits by time, those of the same time by clinician; a cancelled one stands after what took its place. */
export function inOrder(visits: readonly AppointmentRow[]): AppointmentRow[] {
  const isOff = ({ status }: AppointmentRow) => (status === 'cancelled' ? 1 : 0);
  return visits.toSorted(
    (a, b) =>
      a.start.localeCompare(b.start) ||
      isOff(a) - isOff(b) ||
      (a.clinician ?? '').localeCompare(b.clinician ?? ''),
  );
}
