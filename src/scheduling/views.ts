import type { Tx } from '#platform/db/db.ts';
import type { View } from '#platform/eventstore/store.ts';
import type { Sealer } from '#security/index.ts';
import { appointmentIdOf, isAppointmentEvent, type StoredAppointmentEvent } from './reactions.ts';
import { nextRow, type VisitRow } from './visit-row.ts';

/** The read table of appointments: which visit is whose, when and how it stands. */

type Row = {
  appointment_id: string;
  conversation_id: string;
  intake_id: string;
  subject: string;
  visit_type: string;
  status: VisitRow['status'];
  schedule_id: string | null;
  slot_id: string | null;
  starts_at: Date | null;
  ends_at: Date | null;
  clinicians: Buffer | null;
  pms_appointment_id: string | null;
  pms_patient_id: string | null;
  hold_id: string | null;
  hold_expires_at: Date | null;
  sequence: number;
  opened_at: Date;
  changed_at: Date;
};

const columns = `appointment_id, conversation_id, intake_id, subject, visit_type, status, schedule_id, slot_id, starts_at, ends_at,
  clinicians, pms_appointment_id, pms_patient_id, hold_id, hold_expires_at, sequence, opened_at, changed_at`;

function toVisit(row: Row): VisitRow {
  return {
    appointmentId: row.appointment_id,
    conversationId: row.conversation_id,
    intakeId: row.intake_id,
    subject: row.subject,
    visitType: row.visit_type,
    status: row.status,
    scheduleId: row.schedule_id ?? undefined,
    slotId: row.slot_id ?? undefined,
    start: row.starts_at?.toISOString(),
    end: row.ends_at?.toISOString(),
    clinicians: row.clinicians ?? undefined,
    pmsAppointmentId: row.pms_appointment_id ?? undefined,
    pmsPatientId: row.pms_patient_id ?? undefined,
    holdId: row.hold_id ?? undefined,
    holdExpiresAt: row.hold_expires_at?.toISOString(),
    sequence: row.sequence,
    openedAt: row.opened_at.toISOString(),
    changedAt: row.changed_at.toISOString(),
  };
}

export const visitsByIdSql = `
  select v.* from unnest($2::text[]) as wanted(id)
  cross join lateral (
    select ${columns} from views_appointments where practice_id = $1 and appointment_id = wanted.id offset 0
  ) v`;

async function visitsOf(tx: Tx, appointmentIds: readonly string[]): Promise<readonly VisitRow[]> {
  return (await tx.query<Row>(visitsByIdSql, [tx.practiceId, appointmentIds])).map(toVisit);
}

/** One appointment's row; undefined where there is none. */
export async function visitOf(tx: Tx, appointmentId: string): Promise<VisitRow | undefined> {
  const [visit] = await visitsOf(tx, [appointmentId]);
  return visit;
}

function saveVisits(tx: Tx, visits: readonly VisitRow[]): void {
  tx.send(
    `insert into views_appointments (practice_id, ${columns})
     select $1, v.* from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
       $10::timestamptz[], $11::timestamptz[], $12::bytea[], $13::text[], $14::text[], $15::text[], $16::timestamptz[], $17::int[],
       $18::timestamptz[], $19::timestamptz[]) as v(${columns})
     on conflict (practice_id, appointment_id) do update set
       conversation_id = excluded.conversation_id, intake_id = excluded.intake_id, subject = excluded.subject,
       visit_type = excluded.visit_type, status = excluded.status, schedule_id = excluded.schedule_id,
       slot_id = excluded.slot_id, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
       clinicians = excluded.clinicians, pms_appointment_id = excluded.pms_appointment_id,
       pms_patient_id = excluded.pms_patient_id, hold_id = excluded.hold_id, hold_expires_at = excluded.hold_expires_at,
       sequence = excluded.sequence, changed_at = excluded.changed_at`,
    [
      tx.practiceId,
      visits.map((visit) => visit.appointmentId),
      visits.map((visit) => visit.conversationId),
      visits.map((visit) => visit.intakeId),
      visits.map((visit) => visit.subject),
      visits.map((visit) => visit.visitType),
      visits.map((visit) => visit.status),
      visits.map((visit) => visit.scheduleId ?? null),
      visits.map((visit) => visit.slotId ?? null),
      visits.map((visit) => visit.start ?? null),
      visits.map((visit) => visit.end ?? null),
      visits.map((visit) => visit.clinicians ?? null),
      visits.map((visit) => visit.pmsAppointmentId ?? null),
      visits.map((visit) => visit.pmsPatientId ?? null),
      visits.map((visit) => visit.holdId ?? null),
      visits.map((visit) => visit.holdExpiresAt ?? null),
      visits.map((visit) => visit.sequence),
      visits.map((visit) => visit.openedAt),
      visits.map((visit) => visit.changedAt),
    ],
  );
}

const cliniciansContext = (appointmentId: string) => `views_appointments|clinicians|${appointmentId}`;

async function sealNames(
  tx: Tx,
  sealer: Sealer,
  appointmentId: string,
  event: StoredAppointmentEvent,
): Promise<Buffer | undefined> {
  // Without `phi` the patient was erased.
  if (event.type !== 'SlotsFound' || event.phi === undefined) return undefined;
  const plain = Buffer.from(JSON.stringify(event.phi.clinicians), 'utf8');
  return await sealer.seal(tx, event.subject, cliniciansContext(appointmentId), plain);
}

export function appointmentsView(sealer: Sealer): View {
  return {
    name: 'appointments',
    tables: ['views_appointments'],
    async apply(tx, events) {
      const ours = events.filter(isAppointmentEvent);
      if (ours.length === 0) return;
      const idOf = (event: StoredAppointmentEvent) => appointmentIdOf(event.stream) ?? '';
      const before = await visitsOf(tx, [...new Set(ours.map(idOf))]);
      const visits = new Map(before.map((visit) => [visit.appointmentId, visit]));
      const changed = new Set<string>();
      for (const event of ours) {
        const id = idOf(event);
        const visit = nextRow(visits.get(id), event, id, await sealNames(tx, sealer, id, event));
        if (visit === undefined || visit === visits.get(id)) continue;
        visits.set(id, visit);
        changed.add(id);
      }
      if (changed.size === 0) return;
      saveVisits(
        tx,
        [...visits.values()].filter((visit) => changed.has(visit.appointmentId)),
      );
    },
  };
}

/**
 * The name of the clinician whose schedule a visit is in; undefined where the practice system names nobody, or the patient was
 * erased.
 */
export async function clinicianOf(tx: Tx, sealer: Sealer, visit: VisitRow): Promise<string | undefined> {
  const { clinicians, scheduleId, subject, appointmentId } = visit;
  if (clinicians === undefined || scheduleId === undefined) return undefined;
  try {
    const plain = await sealer.open(tx, subject, cliniciansContext(appointmentId), clinicians);
    // Written by `sealNames`, and bound to this row.
    const names = JSON.parse(plain.toString('utf8')) as Readonly<Record<string, string>>;
    return names[scheduleId];
  } catch (error) {
    if (error instanceof Error && error.name === 'KeyDestroyed') return undefined;
    throw error;
  }
}

/** The conversation that an appointment belongs to. */
export async function conversationOfAppointment(tx: Tx, appointmentId: string): Promise<string | undefined> {
  const [row] = await tx.query<{ conversation_id: string }>(
    `select conversation_id from views_appointments where practice_id = $1 and appointment_id = $2`,
    [tx.practiceId, appointmentId],
  );
  return row?.conversation_id;
}

export const visitsOfConversationSql = `
  select ${columns} from views_appointments
  where practice_id = $1 and conversation_id = $2 order by opened_at desc limit $3`;

/** A conversation's appointments, the newest first. */
export async function visitsOfConversation(
  tx: Tx,
  conversationId: string,
  limit = 10,
): Promise<readonly VisitRow[]> {
  return (await tx.query<Row>(visitsOfConversationSql, [tx.practiceId, conversationId, limit])).map(toVisit);
}

export const visitsBetweenSql = `
  select ${columns} from views_appointments
  where practice_id = $1 and starts_at >= $2 and starts_at < $3 and status <> 'open'
  order by starts_at, appointment_id limit $4`;

/** Everything that is held, booked or was cancelled and starts in `[from, to)`, in the order of the starts. */
export async function visitsBetween(
  tx: Tx,
  from: string,
  to: string,
  limit = 1_000,
): Promise<readonly VisitRow[]> {
  return (await tx.query<Row>(visitsBetweenSql, [tx.practiceId, from, to, limit])).map(toVisit);
}

export const bookedBetweenSql = `
  select ${columns} from views_appointments
  where practice_id = $1 and starts_at >= $2 and starts_at < $3 and status in ('booked', 'confirmed')
  order by starts_at, appointment_id`;

/** The visits that are booked (or confirmed) and start in `[from, to)`: those to be reminded of. */
export async function bookedBetween(tx: Tx, from: string, to: string): Promise<readonly VisitRow[]> {
  return (await tx.query<Row>(bookedBetweenSql, [tx.practiceId, from, to])).map(toVisit);
}

/** Of these visits, those that stand and of which the patient has not said that they come. */
export async function stillUnconfirmed(
  tx: Tx,
  appointmentIds: readonly string[],
): Promise<ReadonlySet<string>> {
  if (appointmentIds.length === 0) return new Set();
  const visits = await visitsOf(tx, appointmentIds);
  return new Set(visits.flatMap((visit) => (visit.status === 'booked' ? [visit.appointmentId] : [])));
}
