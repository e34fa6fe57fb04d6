import { accepted, type Outcome } from '#kernel/outcome.ts';
import { isoNow } from '#platform/clock.ts';
import type { Tx } from '#platform/db/db.ts';
import { lockMailbox } from '#platform/mailbox.ts';
import type { FoundSlot } from '#pms/index.ts';
import type { Choice } from '../appointment.ts';
import { loadAppointment, recordAppointment } from '../commands.ts';
import type { SlotOffer } from '../events.ts';
import { schedulingJob } from '../reactions.ts';
import { holdMark, isMarked, standing } from '../resources.ts';
import {
  again,
  choiceOf,
  counted,
  failed,
  isCurrent,
  jobFor,
  lost,
  type Next,
  nothing,
  type ScheduleDeps,
  type Work,
} from '../step.ts';
import {
  findHold,
  type Hold,
  holdsOf,
  holdsToLookAt,
  insertHold,
  keptTimes,
  lookAgainAt,
} from './commands.ts';

/** The step `hold`: keeps the chosen slot on our side, then in the practice system where it takes that. */
export async function hold(work: Work, deps: ScheduleDeps): Promise<Next> {
  const choice = choiceOf(work);
  // Chosen otherwise meanwhile: what an earlier run marked is freed.
  if (choice?.phase !== 'holding')
    return work.hold === undefined || isCurrent(work.state, work.hold) ? nothing : owesRelease(work);
  if (Date.parse(work.at) >= Date.parse(choice.offer.start)) return lost(work, 'gone');
  const kept = await keep(work, deps, choice);
  if (kept === 'taken') return lost(work, 'taken');
  // The patient gave it back a moment ago, and it is not free yet.
  if (kept === 'own') return again(work, 'BEING_RELEASED', { afterMs: 1_000 });
  const marked = await mark(work, deps, choice.offer, 'busy-tentative');
  if (marked !== 'ours') return marked;
  const expiresAt = holdEnd(work, deps);
  const { holdId } = choice;
  return {
    commands: [{ type: 'RecordHeld', holdId, expiresAt, at: isoNow(deps.clock) }],
    owed: [],
    holds: [{ holdId, expiresAt }],
  };
}

function owesRelease(work: Work): Next {
  return { commands: [], owed: [jobFor(work, 'release')] };
}

/** Now and the minutes that the patient gets to confirm. ISO 8601, UTC. */
function holdEnd({ practice }: Work, deps: ScheduleDeps): string {
  return new Date(deps.clock.now() + practice.scheduling.holdMinutes * 60_000).toISOString();
}

/** Our own hold, in a transaction of its own, before anybody outside is asked: of two of ours the second stops here. */
async function keep(
  work: Work,
  deps: ScheduleDeps,
  { holdId, offer }: Choice,
): Promise<'kept' | 'taken' | 'own'> {
  if (work.hold !== undefined) return 'kept';
  const { appointmentId, state } = work;
  return await deps.db.tx(work.practiceId, async (tx) => {
    const expiresAt = holdEnd(work, deps);
    const { conversationId } = state;
    if (await insertHold(tx, { holdId, appointmentId, conversationId, offer, expiresAt })) return 'kept';
    if ((await findHold(tx, holdId)) !== undefined) return 'kept';
    const others = await keptTimes(tx, [offer.scheduleId], offer.start, offer.end);
    const isOwn = others.every((other) => other.appointmentId === appointmentId && other.state === 'held');
    return isOwn ? 'own' : 'taken';
  });
}

/**
 * Sets our mark on a slot, if it is free or ours; then it is ours, with one write at most. Where the practice system takes no such
 * mark, it is looked at all the same. Anything else is what is to be done instead.
 */
export async function mark(
  work: Work,
  deps: ScheduleDeps,
  offer: SlotOffer,
  status: 'busy-tentative' | 'busy',
): Promise<'ours' | Next> {
  const { practice, holdId = '' } = work;
  const { scheduling } = practice.pms;
  const read = counted(deps, 'read-slot', await scheduling.readSlot(offer.slotId));
  if (read.kind !== 'accepted') return failed(work, read, () => lost(work, 'gone'));
  const stands = standing(read.value, offer, holdId);
  if (stands === 'taken' || stands === 'gone') return lost(work, stands);
  const marks = scheduling.slots === 'hold' || (scheduling.slots === 'take' && status === 'busy');
  const isDone = stands === 'ours' && (read.value.status === status || status === 'busy-tentative');
  if (!marks || isDone) return 'ours';
  const set = await scheduling.setSlot(read.value, status, holdMark(practice.identifierSystem, holdId));
  counted(deps, 'set-slot', set);
  // After a conflict or a doubt the slot is read again: our mark on it says that it was done.
  return set.kind === 'accepted' ? 'ours' : failed(work, set, () => lost(work, 'refused'));
}

/** The step `release`: frees one slot that we marked and that is nobody's any more, and then gives up our own hold. */
export async function release(work: Work, deps: ScheduleDeps): Promise<Next> {
  const [target, ...others] = await deps.db.tx(work.practiceId, (tx) => unneeded(tx, work));
  if (target === undefined) return nothing;
  const freed = await free(work, deps, target);
  if (freed.kind !== 'accepted' && (freed.kind !== 'rejected' || freed.code === 'CONFLICT'))
    return failed(work, freed, () => nothing);
  return {
    commands: [],
    owed: others.length === 0 ? [] : [jobFor(work, 'release')],
    holds: [{ holdId: target.holdId, state: 'released' }],
    // The slot bears our mark, and nobody but the practice can take it off.
    ...(freed.kind === 'rejected' ? { hopeless: 'SLOT_NOT_FREED' } : {}),
  };
}

/** Also one that was given up before: a call that was on its way then may have marked the slot since. */
async function unneeded(tx: Tx, { appointmentId, holdId, state }: Work): Promise<readonly Hold[]> {
  const one = holdId === undefined ? undefined : await findHold(tx, holdId);
  const holds = holdId === undefined ? await holdsOf(tx, appointmentId) : one === undefined ? [] : [one];
  return holds.filter((each) => !isCurrent(state, each));
}

/** Frees the slot if it bears this hold's mark. A slot that is not there any more is nobody's. */
export async function free(
  { practice }: Work,
  deps: ScheduleDeps,
  { holdId, slotId }: Pick<Hold, 'holdId' | 'slotId'>,
): Promise<Outcome<FoundSlot | undefined>> {
  const { scheduling } = practice.pms;
  if (scheduling.slots === 'read') return accepted(undefined);
  const read = counted(deps, 'read-slot', await scheduling.readSlot(slotId));
  if (read.kind === 'rejected') return accepted(undefined);
  if (read.kind !== 'accepted' || !isMarked(read.value, holdId)) return read;
  const set = await scheduling.setSlot(read.value, 'free', holdMark(practice.identifierSystem, holdId));
  return counted(deps, 'set-slot', set);
}

/** Holds that one look takes at most. */
const holdsPerLook = 200;

/** Milliseconds until a hold that is being booked, or freed, is looked at again. */
const lookAgainMs = 60_000;

/**
 * Ends the holds whose time is over by the product's clock, and frees what no appointment stands for: what a crash left.
 * To be called when one is due, and when the sandbox's clock was moved.
 *
 * @returns how many holds had to be looked at
 */
export async function expireHolds(deps: ScheduleDeps, practiceId: string): Promise<number> {
  const due = await deps.db.tx(practiceId, (tx) => holdsToLookAt(tx, isoNow(deps.clock), holdsPerLook));
  // One transaction each: two mailboxes are never locked at once.
  for (const { holdId, conversationId } of due) {
    await deps.db.tx(practiceId, async (tx) => {
      await lockMailbox(tx, conversationId);
      await expire(tx, deps, holdId);
    });
  }
  return due.length;
}

async function expire(tx: Tx, deps: ScheduleDeps, holdId: string): Promise<void> {
  const at = isoNow(deps.clock);
  const found = await findHold(tx, holdId);
  if (found === undefined || found.state !== 'held' || Date.parse(found.expiresAt) > Date.parse(at)) return;
  await lookAgainAt(tx, holdId, new Date(deps.clock.now() + lookAgainMs).toISOString());
  const { state } = await loadAppointment(tx, deps.store, found.appointmentId);
  const choice = state.status === 'open' && state.choice?.holdId === holdId ? state.choice : undefined;
  // The patient confirmed in time: it is booked, however long that takes.
  if (choice?.phase === 'booking') return;
  if (choice !== undefined) {
    await recordAppointment(tx, deps.store, found.appointmentId, [
      { type: 'RecordLost', holdId, why: 'hold-expired', at },
    ]);
    return;
  }
  const { practiceId } = tx;
  await deps.queues.enqueue(tx, [
    schedulingJob({ practiceId, appointmentId: found.appointmentId, step: 'release', holdId }),
  ]);
}
