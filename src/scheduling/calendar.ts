import { timingSafeEqual } from 'node:crypto';
import ical, { ICalCalendarMethod, ICalEventStatus } from 'ical-generator';
import type { PracticeSettings } from '#practice/practice.ts';
import type { Sealer } from '#security/sealing.ts';
import type { VisitRow } from './visit-row.ts';

/** The calendar entry of a visit: where and when, and not whose or why, for calendars are shared. */

type Signer = Pick<Sealer, 'blind'>;

function signature(sealer: Signer, practiceId: string, appointmentId: string): Buffer {
  return sealer.blind(practiceId, 'calendar', appointmentId);
}

/**
 * Where the calendar entry of a visit is fetched. Whoever has the link sees the visit as it stands, cancelled or moved too; nobody can
 * make one up.
 * @param publicUrl without a slash at its end
 */
export function calendarUrl(
  publicUrl: string,
  sealer: Signer,
  practiceId: string,
  appointmentId: string,
): string {
  const signed = signature(sealer, practiceId, appointmentId).toString('base64url');
  return `${publicUrl}/p/visit/${practiceId}/${encodeURIComponent(appointmentId)}/${signed}.ics`;
}

/** Whether the link is ours, in a time that says nothing about how much of it is right. */
export function isCalendarSignature(
  sealer: Signer,
  practiceId: string,
  appointmentId: string,
  given: string,
): boolean {
  const wanted = signature(sealer, practiceId, appointmentId);
  const bytes = Buffer.from(given, 'base64url');
  return bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
}

/** RFC 5545. Undefined where there is no visit yet. */
export function calendarOf(visit: VisitRow, practice: PracticeSettings): string | undefined {
  const { start, end, status } = visit;
  const stands = status === 'booked' || status === 'confirmed' || status === 'cancelled';
  if (!stands || start === undefined || end === undefined) return undefined;
  const isCancelled = status === 'cancelled';
  const calendar = ical({
    prodId: { company: 'Vestibule', product: 'Visits', language: 'EN' },
    method: isCancelled ? ICalCalendarMethod.CANCEL : ICalCalendarMethod.PUBLISH,
    events: [
      {
        id: `${visit.appointmentId}@${practice.id}`,
        start: new Date(start),
        end: new Date(end),
        stamp: new Date(visit.changedAt),
        summary: practice.name,
        location: practice.address,
        sequence: visit.sequence,
        status: isCancelled ? ICalEventStatus.CANCELLED : ICalEventStatus.CONFIRMED,
      },
    ],
  });
  return calendar.toString();
}
