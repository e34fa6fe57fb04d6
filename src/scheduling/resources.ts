import type { Appointment, AppointmentParticipant } from 'fhir/r4.js';
import type { FoundAppointment, FoundSchedule, FoundSlot, Identifier } from '#pms/pms.ts';
import type { VisitType } from '#practice/practice.ts';
import type { ChangedBy, SlotOffer } from './events.ts';

/** What stands in the practice system for a visit: our marks, the Appointment, and whether it stands as it should. */

/** Our mark on a slot that is kept or taken for somebody. */
export function holdMark(identifierSystem: string, holdId: string): Identifier {
  return { system: identifierSystem, value: holdId };
}

/**
 * By which one booking is looked up. It is the hold's, not the appointment's: when a booking had to be undone, or a visit was
 * cancelled and booked anew, the record of before is not taken for this one.
 */
export function bookingIdentifier(identifierSystem: string, holdId: string): Identifier {
  return { system: `${identifierSystem}/booking`, value: holdId };
}

export function appointmentIdentifier(identifierSystem: string, appointmentId: string): Identifier {
  return { system: `${identifierSystem}/appointment`, value: appointmentId };
}

/** Says where it comes from, and nothing of why the patient comes. */
const description = 'Booked by the patient in a chat';

export type NewVisit = {
  readonly appointmentId: string;
  readonly holdId: string;
  readonly identifierSystem: string;
  readonly offer: SlotOffer;
  readonly pmsPatientId: string;
  /** Undefined where the practice took it out since. */
  readonly visitType: VisitType | undefined;
  /** The practice's first language. */
  readonly language: string;
  /** `Practitioner/1`: whose schedule it is. */
  readonly actors: readonly string[];
  /** Now: ISO 8601, UTC. */
  readonly at: string;
};

/** The patient has not confirmed a visit by booking it: that is what a reminder asks for. */
export function toAppointment(visit: NewVisit): Appointment {
  const { appointmentId, holdId, identifierSystem, offer, visitType, actors } = visit;
  const name = visitType?.name[visit.language];
  return {
    resourceType: 'Appointment',
    identifier: [
      bookingIdentifier(identifierSystem, holdId),
      appointmentIdentifier(identifierSystem, appointmentId),
    ],
    status: 'booked',
    ...(visitType?.serviceType === undefined
      ? {}
      : { serviceType: [{ coding: [withoutUndefined(visitType.serviceType)] }] }),
    ...(name === undefined ? {} : { appointmentType: { text: name } }),
    description,
    start: offer.start,
    end: offer.end,
    slot: [{ reference: `Slot/${offer.slotId}` }],
    created: visit.at,
    participant: [
      { actor: { reference: `Patient/${visit.pmsPatientId}` }, status: 'needs-action' },
      ...actors.map(accepting),
    ],
  };
}

function withoutUndefined({ system, code }: { system?: string | undefined; code: string }) {
  return system === undefined ? { code } : { system, code };
}

function accepting(reference: string): AppointmentParticipant {
  return { actor: { reference }, status: 'accepted' };
}

/** Whose schedule a slot is in; none where the system does not tell. */
export function actorsOf(schedules: readonly FoundSchedule[], scheduleId: string): readonly string[] {
  return schedules.find((schedule) => schedule.id === scheduleId)?.actors ?? [];
}

/** The same Appointment at another time, perhaps with another clinician; the rest stays as it was read. */
export function atOtherTime(
  { resource }: FoundAppointment,
  offer: SlotOffer,
  clinicians: { readonly before: readonly string[]; readonly now: readonly string[] },
): Appointment {
  const { minutesDuration, ...rest } = resource;
  const minutes = Math.round((Date.parse(offer.end) - Date.parse(offer.start)) / 60_000);
  const names = (participant: AppointmentParticipant, references: readonly string[]) =>
    references.some((reference) => refersTo(participant, reference));
  const kept = resource.participant
    .filter((one) => !names(one, clinicians.before) && !names(one, clinicians.now))
    .map((one) => (isPatient(one) ? { ...one, status: 'needs-action' as const } : one));
  return {
    ...rest,
    status: 'booked',
    start: offer.start,
    end: offer.end,
    ...(minutesDuration === undefined ? {} : { minutesDuration: minutes }),
    slot: [{ reference: `Slot/${offer.slotId}` }],
    participant: [...kept, ...clinicians.now.map(accepting)],
  };
}

/** The reference is relative, or absolute with the same end. */
function refersTo({ actor }: AppointmentParticipant, reference: string): boolean {
  const said = actor?.reference ?? '';
  return said === reference || said.endsWith(`/${reference}`);
}

function isPatient({ actor }: AppointmentParticipant): boolean {
  return /(^|\/)Patient\/[^/]+$/.test(actor?.reference ?? '');
}

/** FHIR R4, value set "appointment-cancellation-reason". */
const cancellationReasons = 'http://terminology.hl7.org/CodeSystem/appointment-cancellation-reason';

export function cancelled({ resource }: FoundAppointment, by: ChangedBy): Appointment {
  const code = by === 'patient' ? 'pat' : 'prov';
  return {
    ...resource,
    status: 'cancelled',
    cancelationReason: { coding: [{ system: cancellationReasons, code }] },
  };
}

export function confirmed({ resource }: FoundAppointment): Appointment {
  return {
    ...resource,
    participant: resource.participant.map((one) =>
      isPatient(one) ? { ...one, status: 'accepted' as const } : one,
    ),
  };
}

/** No visit will take place. */
export function isOver({ status }: FoundAppointment): boolean {
  return ['cancelled', 'noshow', 'entered-in-error'].includes(status);
}

/** Not said yes to: some systems book only when their staff agree. */
export function isPending({ status }: FoundAppointment): boolean {
  return ['proposed', 'pending', 'waitlist'].includes(status);
}

/** Whether it is at this time; systems that do not name the slot are believed by the time alone. */
export function isAt({ start, slotIds }: FoundAppointment, offer: SlotOffer): boolean {
  const isSameSlot = slotIds.length === 0 || slotIds.includes(offer.slotId);
  return isSameSlot && start !== undefined && Date.parse(start) === Date.parse(offer.start);
}

/** Where it stands, if that is another time than `known`; undefined where it is the same or cannot be told. */
export function movedFrom(appointment: FoundAppointment, known: SlotOffer): SlotOffer | undefined {
  const { start, end, slotIds } = appointment;
  if (isOver(appointment) || start === undefined || end === undefined) return undefined;
  const isSameTime =
    Date.parse(start) === Date.parse(known.start) && Date.parse(end) === Date.parse(known.end);
  if (isSameTime && (slotIds.length === 0 || slotIds.includes(known.slotId))) return undefined;
  return { slotId: slotIds[0] ?? known.slotId, scheduleId: known.scheduleId, start, end };
}

/**
 * What a slot is to the hold: `ours` bears our mark; `free`; `taken` by somebody; `gone`: it is not offered, or is another
 * stretch of time than the patient was shown.
 */
export function standing(
  slot: FoundSlot,
  offer: SlotOffer,
  holdId: string,
): 'ours' | 'free' | 'taken' | 'gone' {
  const isSame =
    slot.scheduleId === offer.scheduleId &&
    Date.parse(slot.start) === Date.parse(offer.start) &&
    Date.parse(slot.end) === Date.parse(offer.end);
  if (!isSame) return 'gone';
  if (slot.status === 'free') return 'free';
  if (isMarked(slot, holdId)) return 'ours';
  return slot.status === 'busy' || slot.status === 'busy-tentative' ? 'taken' : 'gone';
}

/** Kept or taken by this hold of ours. */
export function isMarked({ status, holds }: FoundSlot, holdId: string): boolean {
  return holds.includes(holdId) && (status === 'busy' || status === 'busy-tentative');
}
