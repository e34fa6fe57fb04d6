import type { Outcome } from '#kernel/outcome.ts';
import type { OwedJob } from '#kernel/owed.ts';
import type { Clock } from '#platform/clock.ts';
import type { Db, Tx } from '#platform/db/db.ts';
import type { EventStore } from '#platform/eventstore/store.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { Queues } from '#platform/queue.ts';
import type { Pms } from '#pms/commands.ts';
import type { PracticeSettings, SchedulingSettings } from '#practice/practice.ts';
import type { AppointmentCommand, Choice, OpenAppointment } from './appointment.ts';
import type { ChangedBy, LossReason, RefusedChange } from './events.ts';
import type { Hold, HoldState } from './holds/commands.ts';
import { type SchedulingStep, type StepOf, schedulingJob, waitBeforeTry } from './reactions.ts';

/** What the scheduling needs to know of a practice. */
export type PracticeForScheduling = {
  readonly settings: PracticeSettings;
  readonly scheduling: SchedulingSettings;
  readonly identifierSystem: string;
  readonly pms: Pick<Pms, 'scheduling'>;
};

export type ScheduleDeps = {
  readonly db: Db;
  readonly store: EventStore;
  readonly queues: Pick<Queues, 'enqueue'>;
  /** Undefined where the practice does not book by chat. */
  readonly practice: (practiceId: string) => PracticeForScheduling | undefined;
  /** The practice system's id of an intake's patient; undefined until it is known. */
  readonly pmsPatient: (tx: Tx, intakeId: string) => Promise<string | undefined>;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'count'>;
};

/** A step of one appointment, with what was known when it began. */
export type Work = {
  readonly practiceId: string;
  readonly appointmentId: string;
  readonly step: SchedulingStep;
  readonly round: number | undefined;
  readonly holdId: string | undefined;
  readonly progress: number;
  readonly by: ChangedBy;
  readonly pmsAppointmentId: string | undefined;
  readonly tries: number;
  /** Milliseconds since the epoch: when the first of the steps began for which somebody waits. */
  readonly since: number;
  /** True when an earlier run of this very job may have made its call. */
  readonly repeated: boolean;
  readonly state: OpenAppointment;
  readonly hold: Hold | undefined;
  readonly practice: PracticeForScheduling;
  /** Now: ISO 8601, UTC. */
  readonly at: string;
};

export type HoldChange =
  | { readonly holdId: string; readonly state: HoldState }
  | { readonly holdId: string; readonly expiresAt: string };

/** What to record, and what to do next. */
export type Next = {
  readonly commands: readonly AppointmentCommand[];
  readonly owed: readonly OwedJob[];
  readonly holds?: readonly HoldChange[];
  /** Why a step is tried again. */
  readonly code?: string;
  /** Of what a person must look at: the job becomes a dead letter once the rest is recorded. */
  readonly hopeless?: string;
};

export type Step = (work: Work, deps: ScheduleDeps) => Promise<Next>;

export const nothing: Next = { commands: [], owed: [] };

/** Steps that follow each other and may not run side by side: each is recorded once, by its `progress`. */
const inLine: readonly SchedulingStep[] = [
  'book',
  'create',
  'look-up',
  'check-booking',
  'move',
  'change-time',
  'check-move',
];

export function isInLine(step: SchedulingStep): boolean {
  return inLine.includes(step);
}

/** The job of a step of the same appointment and hold. */
export function jobFor(work: Work, step: SchedulingStep, more: Partial<StepOf> = {}): OwedJob {
  const { practiceId, appointmentId, round, holdId, by, pmsAppointmentId, since } = work;
  return schedulingJob({
    practiceId,
    appointmentId,
    step,
    ...(round === undefined ? {} : { round }),
    ...(holdId === undefined ? {} : { holdId }),
    ...(pmsAppointmentId === undefined ? {} : { pmsAppointmentId }),
    by,
    since,
    progress: work.progress + 1,
    ...more,
  });
}

export function goOn(work: Work, step: SchedulingStep, more: Partial<StepOf> = {}): Next {
  return { commands: [], owed: [jobFor(work, step, more)] };
}

/** The step again, or the one before it, later. */
export function again(
  work: Work,
  code: string,
  { step = work.step, afterMs }: { readonly step?: SchedulingStep; readonly afterMs?: number } = {},
): Next {
  const tries = work.tries + 1;
  const wait = afterMs === undefined ? undefined : Math.ceil(afterMs / 1000);
  const owed = [jobFor(work, step, { tries, ...(wait === undefined ? {} : { wait }) })];
  return { commands: [], owed, code };
}

/**
 * Milliseconds after which the patient is told that it takes longer, so that a hiccup stays unseen. With a call that begins just
 * before and is given up as late as any, it is less than a minute.
 */
const untoldMs = 20_000;

/** The patient is told once, when what they wait for takes long: because it fails, or because each answer takes its time. */
export function withNews(work: Work, next: Next, now: number): Next {
  const [owed] = next.owed;
  if (owed === undefined) return next;
  const untilNext = now + (owed.afterSeconds ?? 0) * 1000 - work.since;
  if (untilNext < untoldMs) return next;
  return { ...next, commands: [...next.commands, ...delay(work, next.code ?? 'SLOW')] };
}

function delay({ step, round, at }: Work, code: string): readonly AppointmentCommand[] {
  // What we tidy up behind nobody waits for.
  if (step === 'release' || step === 'undo') return [];
  if (step === 'search') return [{ type: 'RecordSearchDelayed', round: round ?? 0, code, at }];
  return [{ type: 'RecordBookingDelayed', code, at }];
}

export type Failed = Exclude<Outcome<never>, { kind: 'accepted' }>;

/** An old version: somebody wrote meanwhile. Read again, and decide again. */
const conflict = 'CONFLICT';

/** Conflicts that are met at once; more of them, and it waits its turn. */
const conflictsAtOnce = 3;

/**
 * A call that did not succeed. What is `unknown` is not repeated blindly: `step` looks first.
 * @param refused what a permanent refusal means
 */
export function failed(
  work: Work,
  outcome: Failed,
  refused: (code: string) => Next,
  step: SchedulingStep = work.step,
): Next {
  if (outcome.kind === 'rejected' && outcome.code !== conflict) return refused(outcome.code);
  if (outcome.kind === 'rejected' && work.tries < conflictsAtOnce)
    return again(work, conflict, { step, afterMs: 0 });
  const asked = outcome.kind === 'retry' ? (outcome.afterMs ?? 0) : 0;
  // Never sooner than by our own count: a system that says "at once" each time would be asked without a pause.
  return again(work, outcome.code, { step, afterMs: Math.max(asked, waitBeforeTry(work.tries + 1) * 1_000) });
}

/** The choice that this step is about, while it is what the patient chose. */
export function choiceOf({ state, holdId }: Work): Choice | undefined {
  return state.choice?.holdId === holdId ? state.choice : undefined;
}

/** Whether the appointment stands for what this hold keeps. */
export function isCurrent(state: OpenAppointment, hold: { holdId: string; slotId?: string }): boolean {
  if (state.choice?.holdId === hold.holdId) return true;
  const { booked } = state;
  if (booked?.holdId !== hold.holdId) return false;
  return hold.slotId === undefined || hold.slotId === booked.offer.slotId;
}

/** The slot is not the patient's; what we marked of it is freed because of the fact. */
export function lost(work: Work, why: LossReason, owed: readonly OwedJob[] = []): Next {
  const { holdId = '', at } = work;
  return { commands: [{ type: 'RecordLost', holdId, why, at }], owed };
}

export function refused(work: Work, what: RefusedChange, code: string, owed: readonly OwedJob[] = []): Next {
  return { commands: [{ type: 'RecordChangeRefused', what, code, at: work.at }], owed };
}

/** Counts a call to a practice system by what came of it. */
export function counted<T>(deps: ScheduleDeps, operation: string, outcome: Outcome<T>): Outcome<T> {
  deps.metrics.count('vestibule_pms_calls', { operation, outcome: outcome.kind });
  return outcome;
}
