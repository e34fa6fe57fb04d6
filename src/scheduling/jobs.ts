import { isoNow } from '#platform/clock.ts';
import type { Tx } from '#platform/db/db.ts';
import { Hopeless, type RunningJob } from '#platform/job.ts';
import { lockMailbox } from '#platform/mailbox.ts';
import { book, checkBooking, create, undo } from './booking/jobs.ts';
import { cancel, changeTime, checkCancel, checkConfirm, checkMove, confirm, move } from './changes/jobs.ts';
import { loadAppointment, type RecordedAppointment, recordAppointment } from './commands.ts';
import type { ChangedBy } from './events.ts';
import { advanceHold, extendHold, findHold, type HoldState, setHoldState } from './holds/commands.ts';
import { hold, release } from './holds/jobs.ts';
import { type SchedulingStep, schedulingSteps } from './reactions.ts';
import { search } from './search/jobs.ts';
import {
  type HoldChange,
  isCurrent,
  isInLine,
  jobFor,
  type Next,
  type ScheduleDeps,
  type Step,
  type Work,
  withNews,
} from './step.ts';

const steps: Readonly<Record<SchedulingStep, Step>> = {
  search,
  hold,
  book,
  create,
  'look-up': create,
  'check-booking': checkBooking,
  undo,
  move,
  'change-time': changeTime,
  'check-move': checkMove,
  cancel,
  'check-cancel': checkCancel,
  confirm,
  'check-confirm': checkConfirm,
  release,
};

/**
 * The job of the `scheduling` queue: one step of one appointment. The calls happen outside of any transaction; what came of them and
 * the next step are committed together, under the lock of the conversation's mailbox.
 */
export function scheduleStep(deps: ScheduleDeps): (job: RunningJob) => Promise<void> {
  return async (job) => {
    const step = schedulingSteps.find((known) => known === job.data.step);
    if (step === undefined) throw new Hopeless('UNKNOWN_SCHEDULING_STEP');
    const work = await prepare(deps, job, step);
    if (work === undefined) return;
    const next = withNews(work, await steps[step](work, deps), deps.clock.now());
    await deps.db.tx(work.practiceId, (tx) => record(tx, deps, work, next));
    if (next.hopeless !== undefined) throw new Hopeless(next.hopeless);
  };
}

/** Undefined where this step was recorded before, or nobody asked for it. */
async function prepare(
  deps: ScheduleDeps,
  { data, attempt }: RunningJob,
  step: SchedulingStep,
): Promise<Work | undefined> {
  const practiceId = String(data.practiceId);
  const appointmentId = String(data.appointmentId);
  const practice = deps.practice(practiceId);
  if (practice === undefined) throw new Hopeless('PRACTICE_DOES_NOT_BOOK');
  const holdId = textOf(data.holdId);
  const { loaded, found } = await deps.db.tx(practiceId, async (tx) => ({
    loaded: await loadAppointment(tx, deps.store, appointmentId),
    found: holdId === undefined ? undefined : await findHold(tx, holdId),
  }));
  const progress = Number(data.progress ?? 0);
  if (loaded.state.status === 'none') return undefined;
  if (isInLine(step) && found !== undefined && found.progress !== progress) return undefined;
  // Lost to somebody before it was ever kept: there is nothing to free.
  if (step === 'release' && holdId !== undefined && found === undefined) return undefined;
  return {
    practiceId,
    appointmentId,
    step,
    round: typeof data.round === 'number' ? data.round : undefined,
    holdId,
    progress,
    by: changedBy(data.by),
    pmsAppointmentId: textOf(data.pmsAppointmentId),
    tries: Number(data.tries ?? 0),
    since: typeof data.since === 'number' ? data.since : deps.clock.now(),
    repeated: attempt > 1,
    state: loaded.state,
    hold: found,
    practice,
    at: isoNow(deps.clock),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function changedBy(value: unknown): ChangedBy {
  return value === 'staff' || value === 'practice' ? value : 'patient';
}

async function record(tx: Tx, deps: ScheduleDeps, work: Work, next: Next): Promise<void> {
  const { appointmentId, holdId, progress } = work;
  await lockMailbox(tx, work.state.conversationId);
  // Another run of this step was faster: what it recorded holds.
  if (isInLine(work.step) && holdId !== undefined && !(await advanceHold(tx, holdId, progress))) return;
  const recorded = await recordAppointment(tx, deps.store, appointmentId, next.commands);
  for (const change of next.holds ?? []) await applyChange(tx, change);
  const owed = leavesMark(work, recorded) ? [...next.owed, jobFor(work, 'release')] : next.owed;
  if (owed.length > 0) await deps.queues.enqueue(tx, owed);
}

async function applyChange(tx: Tx, change: HoldChange): Promise<void> {
  if ('state' in change) await setHoldState(tx, change.holdId, change.state satisfies HoldState);
  else await extendHold(tx, change.holdId, change.expiresAt);
}

/** Steps that may have marked a slot while the patient changed their mind: then its release may have run before the mark was set. */
const marking: readonly SchedulingStep[] = ['hold', 'book', 'move'];

function leavesMark({ step, holdId, hold: before }: Work, { state, facts }: RecordedAppointment): boolean {
  if (!marking.includes(step) || holdId === undefined || state.status === 'none') return false;
  if (isCurrent(state, { holdId })) return false;
  // The fact that it is lost owes the release already; and what was given up before this step began, too.
  return !facts.some((fact) => fact.type === 'SlotLost') && before?.state !== 'released';
}
