import { accepted, type Outcome, retry } from '#kernel/outcome.ts';
import type { FoundAppointment } from '#pms/index.ts';
import type { Choice } from '../appointment.ts';
import { mark } from '../holds/jobs.ts';
import {
  actorsOf,
  bookingIdentifier,
  cancelled,
  isAt,
  isOver,
  isPending,
  standing,
  toAppointment,
} from '../resources.ts';
import { schedulesFor } from '../search/jobs.ts';
import { visitTypeById } from '../slots.ts';
import {
  again,
  choiceOf,
  counted,
  failed,
  goOn,
  jobFor,
  lost,
  type Next,
  nothing,
  refused,
  type ScheduleDeps,
  type Work,
} from '../step.ts';

/** Tries for which a booking waits until the patient is in the practice system: a day, once a minute, as a system may be down. */
const maxTriesForPatient = 1_440;

/** The choice that is being booked; undefined when that is settled. */
function booking(work: Work): Choice | undefined {
  const choice = choiceOf(work);
  return choice?.phase === 'booking' && work.state.booked === undefined ? choice : undefined;
}

/** The patient in the practice system, or the wait for them. */
async function patientOf(work: Work, deps: ScheduleDeps): Promise<string | Next> {
  const found = await deps.db.tx(work.practiceId, (tx) => deps.pmsPatient(tx, work.state.intakeId));
  if (found !== undefined) return found;
  if (work.tries < maxTriesForPatient) return again(work, 'PATIENT_NOT_FILED');
  return refused(work, 'book', 'PATIENT_NOT_FILED');
}

/** The step `book`: the slot is looked at once more, and taken. */
export async function book(work: Work, deps: ScheduleDeps): Promise<Next> {
  const choice = booking(work);
  if (choice === undefined) return nothing;
  if (Date.parse(work.at) >= Date.parse(choice.offer.start)) return lost(work, 'gone');
  const patient = await patientOf(work, deps);
  if (typeof patient !== 'string') return patient;
  const marked = await mark(work, deps, choice.offer, 'busy');
  if (marked !== 'ours') return marked;
  // Taken anew: the Appointment was created before.
  return goOn(work, work.pmsAppointmentId === undefined ? 'create' : 'look-up');
}

async function find(work: Work, deps: ScheduleDeps): Promise<Outcome<FoundAppointment | undefined>> {
  const { pms, identifierSystem } = work.practice;
  const identifier = bookingIdentifier(identifierSystem, work.holdId ?? '');
  return counted(deps, 'find-appointment', await pms.scheduling.findAppointment(identifier));
}

const refuseBooking = (work: Work) => (code: string) => refused(work, 'book', code);

/** The steps `create` and `look-up`. Only the very first try creates without looking. */
export async function create(work: Work, deps: ScheduleDeps): Promise<Next> {
  const choice = booking(work);
  if (choice === undefined) return nothing;
  const looks = work.step === 'look-up' || work.repeated;
  if (looks) {
    const found = await find(work, deps);
    if (found.kind !== 'accepted') return failed(work, found, refuseBooking(work), 'look-up');
    if (found.value !== undefined) return goOn(work, 'check-booking', { pmsAppointmentId: found.value.id });
  }
  const patient = await patientOf(work, deps);
  if (typeof patient !== 'string') return patient;
  const created = await send(work, deps, choice, patient);
  if (created.kind === 'accepted') return goOn(work, 'check-booking', { pmsAppointmentId: created.value.id });
  // It is not there, and yet the system says that it collides: with somebody else's.
  if (looks && created.kind === 'rejected' && created.code === 'CONFLICT') return lost(work, 'taken');
  return failed(work, created, refuseBooking(work), 'look-up');
}

async function send(
  work: Work,
  deps: ScheduleDeps,
  { holdId, offer }: Choice,
  pmsPatientId: string,
): Promise<Outcome<FoundAppointment>> {
  const { appointmentId, practice, state, at } = work;
  const { identifierSystem, settings, scheduling, pms } = practice;
  const visitType = visitTypeById(scheduling, state.visitType);
  const schedules = await schedulesFor(visitType, work, deps);
  // Nothing was sent yet, whatever became of the question.
  if (schedules.kind !== 'accepted') return schedules.kind === 'rejected' ? schedules : retry(schedules.code);
  const appointment = toAppointment({
    appointmentId,
    holdId,
    identifierSystem,
    offer,
    pmsPatientId,
    visitType,
    language: settings.languages[0] ?? '',
    actors: actorsOf(schedules.value, offer.scheduleId),
    at,
  });
  const identifier = bookingIdentifier(identifierSystem, holdId);
  return counted(deps, 'create-appointment', await pms.scheduling.createAppointment(identifier, appointment));
}

/** The step `check-booking`: read back, the Appointment and the Slot stand as they were sent. */
export async function checkBooking(work: Work, deps: ScheduleDeps): Promise<Next> {
  const choice = booking(work);
  if (choice === undefined) return nothing;
  const patient = await patientOf(work, deps);
  if (typeof patient !== 'string') return patient;
  const read = await readBack(work, deps);
  if (read.kind !== 'accepted')
    return failed(work, read, () => again(work, 'NOT_FOUND', { step: 'look-up' }));
  const there = read.value;
  if (isOver(there)) return refused(work, 'book', 'NOT_BOOKED');
  if (isPending(there)) return again(work, 'PENDING');
  if (!isAt(there, choice.offer) || there.patientId !== patient)
    return refused(work, 'book', 'NOT_AS_BOOKED', [jobFor(work, 'undo')]);
  const slot = await checkSlot(work, deps, choice);
  if (slot !== 'ours') return slot;
  const { holdId } = choice;
  return {
    commands: [
      { type: 'RecordBooked', holdId, pmsAppointmentId: there.id, pmsPatientId: patient, at: work.at },
    ],
    owed: [],
    holds: [{ holdId, state: 'booked' }],
  };
}

async function readBack(work: Work, deps: ScheduleDeps): Promise<Outcome<FoundAppointment>> {
  const { pmsAppointmentId, practice } = work;
  if (pmsAppointmentId === undefined) return { kind: 'rejected', code: 'NOT_FOUND' };
  const { scheduling } = practice.pms;
  return counted(deps, 'read-appointment', await scheduling.readAppointment(pmsAppointmentId));
}

/** Where slots are ours to mark, ours must still be marked; systems that keep them themselves are believed. */
async function checkSlot(work: Work, deps: ScheduleDeps, { holdId, offer }: Choice): Promise<'ours' | Next> {
  const { scheduling } = work.practice.pms;
  if (scheduling.slots === 'read') return 'ours';
  const read = counted(deps, 'read-slot', await scheduling.readSlot(offer.slotId));
  const undo = () => [jobFor(work, 'undo')];
  if (read.kind !== 'accepted') return failed(work, read, () => lost(work, 'gone', undo()));
  const stands = standing(read.value, offer, holdId);
  if (stands === 'taken' || stands === 'gone') return lost(work, stands, undo());
  // Somebody set it free again: it is taken anew, and the Appointment is found then.
  return stands === 'ours' && read.value.status === 'busy'
    ? 'ours'
    : again(work, 'SLOT_FREED', { step: 'book' });
}

/** The step `undo`: an Appointment that may not stand is cancelled, and looked up until it is. */
export async function undo(work: Work, deps: ScheduleDeps): Promise<Next> {
  if (work.state.booked?.holdId === work.holdId) return nothing;
  const found = await find(work, deps);
  const hopeless = (): Next => ({ ...nothing, hopeless: 'BOOKING_NOT_UNDONE' });
  if (found.kind !== 'accepted') return failed(work, found, hopeless);
  if (found.value === undefined || isOver(found.value)) return nothing;
  const { scheduling } = work.practice.pms;
  const done = await scheduling.updateAppointment(found.value, cancelled(found.value, 'practice'));
  counted(deps, 'update-appointment', done);
  return done.kind === 'accepted' ? goOn(work, 'undo') : failed(work, done, hopeless);
}

/** An Appointment that was booked, as it stands; one that is not there any more is over. */
export async function visitIn(
  work: Work,
  deps: ScheduleDeps,
  pmsAppointmentId: string,
): Promise<Outcome<FoundAppointment | undefined>> {
  const { scheduling } = work.practice.pms;
  const read = counted(deps, 'read-appointment', await scheduling.readAppointment(pmsAppointmentId));
  const isGone = read.kind === 'rejected' && (read.code === 'NOT_FOUND' || read.code === 'GONE');
  return isGone ? accepted(undefined) : read;
}
