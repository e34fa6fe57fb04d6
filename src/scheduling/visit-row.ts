import type { SlotOffer } from './events.ts';
import type { StoredAppointmentEvent } from './reactions.ts';

/** An appointment as a list shows it. */
export type VisitRow = {
  readonly appointmentId: string;
  readonly conversationId: string;
  readonly intakeId: string;
  /** Whose key seals. */
  readonly subject: string;
  readonly visitType: string;
  /** `open`: slots were asked for, and none is held. */
  readonly status: 'open' | 'held' | 'booking' | 'booked' | 'confirmed' | 'cancelled';
  readonly scheduleId: string | undefined;
  readonly slotId: string | undefined;
  /** Instants, ISO 8601 in UTC: of the time that `status` speaks of. A booked visit keeps its own while another time is held. */
  readonly start: string | undefined;
  readonly end: string | undefined;
  /** scheduleId → name, sealed. */
  readonly clinicians: Buffer | undefined;
  readonly pmsAppointmentId: string | undefined;
  readonly pmsPatientId: string | undefined;
  readonly holdId: string | undefined;
  readonly holdExpiresAt: string | undefined;
  /** Counts the changes of a booked visit, as calendars do. */
  readonly sequence: number;
  readonly openedAt: string;
  readonly changedAt: string;
};

const noTime = {
  scheduleId: undefined,
  slotId: undefined,
  start: undefined,
  end: undefined,
  holdId: undefined,
  holdExpiresAt: undefined,
};

/** The row after a fact. @param clinicians of `SlotsFound`, sealed */
export function nextRow(
  row: VisitRow | undefined,
  event: StoredAppointmentEvent,
  appointmentId: string,
  clinicians: Buffer | undefined,
): VisitRow | undefined {
  if (event.type === 'SlotsRequested') return requested(row, event, appointmentId);
  if (row === undefined) return undefined;
  const changed = changeOf(row, event, clinicians);
  return changed === undefined ? row : { ...row, ...changed, changedAt: event.data.at };
}

type Requested = Extract<StoredAppointmentEvent, { type: 'SlotsRequested' }>;

function requested(row: VisitRow | undefined, { data, subject }: Requested, appointmentId: string): VisitRow {
  const { conversationId, intakeId, visitType, at } = data;
  const now = { conversationId, intakeId, visitType, subject, changedAt: at };
  if (row !== undefined) return { ...row, ...now };
  return {
    ...now,
    ...noTime,
    appointmentId,
    status: 'open',
    clinicians: undefined,
    pmsAppointmentId: undefined,
    pmsPatientId: undefined,
    sequence: 0,
    openedAt: at,
  };
}

/** While a visit stands, or was cancelled, what is chosen beside it is not what the row speaks of. */
function isVisit({ status }: VisitRow): boolean {
  return status === 'booked' || status === 'confirmed';
}

function changeOf(
  row: VisitRow,
  event: Exclude<StoredAppointmentEvent, Requested>,
  clinicians: Buffer | undefined,
): Partial<VisitRow> | undefined {
  switch (event.type) {
    case 'SlotsFound':
      return { clinicians };
    case 'SlotHeld': {
      if (isVisit(row)) return undefined;
      const { holdId, offer, expiresAt } = event.data;
      return { status: 'held', ...timeOf(offer), holdId, holdExpiresAt: expiresAt };
    }
    case 'SlotLost':
    case 'HoldDropped':
      return isVisit(row) || row.holdId !== event.data.holdId ? undefined : { status: 'open', ...noTime };
    case 'BookingRequested':
      return isVisit(row) ? undefined : { status: 'booking' };
    case 'ChangeRefused':
      return event.data.what === 'book' ? { status: 'open', ...noTime } : undefined;
    default:
      return visitChange(row, event);
  }
}

function timeOf({ slotId, scheduleId, start, end }: SlotOffer) {
  return { slotId, scheduleId, start, end };
}

function visitChange(row: VisitRow, event: StoredAppointmentEvent): Partial<VisitRow> | undefined {
  const sequence = row.sequence + 1;
  switch (event.type) {
    case 'AppointmentBooked': {
      const { pmsAppointmentId, pmsPatientId, holdId, offer } = event.data;
      const visit = { pmsAppointmentId, pmsPatientId, holdId, holdExpiresAt: undefined };
      return { status: 'booked', ...timeOf(offer), ...visit, sequence };
    }
    case 'AppointmentMoved':
      return { status: 'booked', ...timeOf(event.data.offer), holdId: event.data.holdId, sequence };
    case 'AppointmentFoundMoved':
      return { status: 'booked', ...timeOf(event.data.offer), sequence };
    case 'AppointmentConfirmed':
      return { status: 'confirmed' };
    case 'AppointmentCancelled':
      return { status: 'cancelled', sequence };
    default:
      return undefined;
  }
}
