import type { FoundAppointment } from '#pms/index.ts';
import type { Booked, Choice } from '../appointment.ts';
import { visitIn } from '../booking/jobs.ts';
import type { RefusedChange, SlotOffer } from '../events.ts';
import { free, mark } from '../holds/jobs.ts';
import { actorsOf, atOtherTime, cancelled, confirmed, isAt, isOver, movedFrom } from '../resources.ts';
import { schedulesFor } from '../search/jobs.ts';
import { visitTypeById } from '../slots.ts';
import {
  again,
  choiceOf,
  counted,
  failed,
  goOn,
  type HoldChange,
  lost,
  type Next,
  nothing,
  refused,
  type ScheduleDeps,
  type Work,
} from '../step.ts';

/** Changes of a booked visit: move, cancel, confirm. Each reads first, writes over the version it read, and reads back. */

type Moving = { readonly choice: Choice; readonly booked: Booked };

function moving(work: Work): Moving | undefined {
  const choice = choiceOf(work);
  const { booked } = work.state;
  return choice?.phase === 'booking' && booked !== undefined ? { choice, booked } : undefined;
}

const refuse = (work: Work, what: RefusedChange) => (code: string) => refused(work, what, code);

/** The practice ended the visit, so there is nothing left to change. */
function foundCancelled({ at }: Work): Next {
  return { commands: [{ type: 'RecordCancelled', by: 'practice', at }], owed: [] };
}

/** The step `move`: the new slot is looked at once more, and taken. */
export async function move(work: Work, deps: ScheduleDeps): Promise<Next> {
  const now = moving(work);
  if (now === undefined) return nothing;
  const { offer } = now.choice;
  if (Date.parse(work.at) >= Date.parse(offer.start)) return lost(work, 'gone');
  const marked = await mark(work, deps, offer, 'busy');
  return marked === 'ours' ? goOn(work, 'change-time') : marked;
}

/** The step `change-time`: the same Appointment gets the new slot. */
export async function changeTime(work: Work, deps: ScheduleDeps): Promise<Next> {
  const now = moving(work);
  if (now === undefined) return nothing;
  const read = await visitIn(work, deps, now.booked.pmsAppointmentId);
  if (read.kind !== 'accepted') return failed(work, read, refuse(work, 'move'));
  const there = read.value;
  if (there === undefined || isOver(there)) return foundCancelled(work);
  if (isAt(there, now.choice.offer)) return goOn(work, 'check-move');
  return await writeTime(work, deps, now, there);
}

async function writeTime(
  work: Work,
  deps: ScheduleDeps,
  { choice, booked }: Moving,
  there: FoundAppointment,
): Promise<Next> {
  const { practice, state } = work;
  const schedules = await schedulesFor(visitTypeById(practice.scheduling, state.visitType), work, deps);
  if (schedules.kind !== 'accepted') return failed(work, schedules, refuse(work, 'move'));
  const moved = atOtherTime(there, choice.offer, {
    before: actorsOf(schedules.value, booked.offer.scheduleId),
    now: actorsOf(schedules.value, choice.offer.scheduleId),
  });
  const done = await practice.pms.scheduling.updateAppointment(there, moved);
  counted(deps, 'update-appointment', done);
  return done.kind === 'accepted' ? goOn(work, 'check-move') : failed(work, done, refuse(work, 'move'));
}

/** The step `check-move`. The old slot is freed because of the fact. */
export async function checkMove(work: Work, deps: ScheduleDeps): Promise<Next> {
  const now = moving(work);
  if (now === undefined) return nothing;
  const read = await visitIn(work, deps, now.booked.pmsAppointmentId);
  if (read.kind !== 'accepted') return failed(work, read, refuse(work, 'move'));
  const there = read.value;
  if (there === undefined || isOver(there)) return foundCancelled(work);
  if (!isAt(there, now.choice.offer)) return again(work, 'NOT_MOVED', { step: 'change-time' });
  const { holdId } = now.choice;
  return {
    commands: [{ type: 'RecordMoved', holdId, at: work.at }],
    owed: [],
    holds: [{ holdId, state: 'booked' }],
  };
}

function changed(work: Work, what: 'cancel' | 'confirm'): Booked | undefined {
  return work.state.changing === what ? work.state.booked : undefined;
}

/** The step `cancel`. Cancelled there already counts as done. */
export async function cancel(work: Work, deps: ScheduleDeps): Promise<Next> {
  const booked = changed(work, 'cancel');
  if (booked === undefined) return nothing;
  const read = await visitIn(work, deps, booked.pmsAppointmentId);
  if (read.kind !== 'accepted') return failed(work, read, refuse(work, 'cancel'));
  if (read.value === undefined || isOver(read.value)) return await recordCancelled(work, deps, booked);
  const { scheduling } = work.practice.pms;
  const done = await scheduling.updateAppointment(read.value, cancelled(read.value, work.by));
  counted(deps, 'update-appointment', done);
  return done.kind === 'accepted' ? goOn(work, 'check-cancel') : failed(work, done, refuse(work, 'cancel'));
}

export async function checkCancel(work: Work, deps: ScheduleDeps): Promise<Next> {
  const booked = changed(work, 'cancel');
  if (booked === undefined) return nothing;
  const read = await visitIn(work, deps, booked.pmsAppointmentId);
  if (read.kind !== 'accepted') return failed(work, read, refuse(work, 'cancel'));
  if (read.value !== undefined && !isOver(read.value))
    return again(work, 'NOT_CANCELLED', { step: 'cancel' });
  return await recordCancelled(work, deps, booked);
}

/** The slot is freed at once; where that does not succeed, the fact owes it, and the patient does not wait for it. */
async function recordCancelled(work: Work, deps: ScheduleDeps, { holdId, offer }: Booked): Promise<Next> {
  const freed = await free(work, deps, { holdId, slotId: offer.slotId });
  const holds: readonly HoldChange[] = freed.kind === 'accepted' ? [{ holdId, state: 'released' }] : [];
  return { commands: [{ type: 'RecordCancelled', by: work.by, at: work.at }], owed: [], holds };
}

/** The step `confirm`: the patient's part in the Appointment becomes `accepted`, if it still stands when they think it does. */
export async function confirm(work: Work, deps: ScheduleDeps): Promise<Next> {
  const there = await confirmable(work, deps);
  if ('commands' in there) return there;
  if (there.patientStatus === 'accepted') return recordConfirmed(work);
  if (there.patientId === undefined) return refused(work, 'confirm', 'NO_PATIENT');
  const done = await work.practice.pms.scheduling.updateAppointment(there, confirmed(there));
  counted(deps, 'update-appointment', done);
  return done.kind === 'accepted' ? goOn(work, 'check-confirm') : failed(work, done, refuse(work, 'confirm'));
}

export async function checkConfirm(work: Work, deps: ScheduleDeps): Promise<Next> {
  const there = await confirmable(work, deps);
  if ('commands' in there) return there;
  return there.patientStatus === 'accepted'
    ? recordConfirmed(work)
    : again(work, 'NOT_CONFIRMED', { step: 'confirm' });
}

function recordConfirmed({ by, at }: Work): Next {
  return { commands: [{ type: 'RecordConfirmed', by, at }], owed: [] };
}

/** The Appointment, if there is one that can be confirmed; else what is to be recorded instead. */
async function confirmable(work: Work, deps: ScheduleDeps): Promise<FoundAppointment | Next> {
  const booked = changed(work, 'confirm');
  if (booked === undefined) return nothing;
  const read = await visitIn(work, deps, booked.pmsAppointmentId);
  if (read.kind !== 'accepted') return failed(work, read, refuse(work, 'confirm'));
  if (read.value === undefined || isOver(read.value)) return foundCancelled(work);
  const moved = movedFrom(read.value, booked.offer);
  return moved === undefined ? read.value : await foundMoved(work, deps, moved);
}

/** What the patient confirmed is not what stands there: they are told the new time and asked again. */
async function foundMoved(work: Work, deps: ScheduleDeps, offer: SlotOffer): Promise<Next> {
  const { scheduling } = work.practice.pms;
  const slot = counted(deps, 'read-slot', await scheduling.readSlot(offer.slotId));
  const scheduleId = slot.kind === 'accepted' ? slot.value.scheduleId : offer.scheduleId;
  const { at } = work;
  return {
    commands: [
      { type: 'RecordChangeRefused', what: 'confirm', code: 'MOVED', at },
      { type: 'RecordFoundMoved', offer: { ...offer, scheduleId }, at },
    ],
    owed: [],
  };
}
