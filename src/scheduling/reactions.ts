import type { StoredEvent } from '#kernel/event.ts';
import type { OwedJob } from '#kernel/owed.ts';
import type { AppointmentEvent, ChangedBy } from './events.ts';

/** The queue whose jobs ask practice systems for slots, and book, move, confirm and cancel visits there. */
export const schedulingQueue = 'scheduling';

/**
 * The steps. Each is a job of its own with at most one write outside, and reads before it writes: so a job that runs again finds what
 * it did before.
 *
 * - `search`: schedules and free slots. Reads only.
 * - `hold`: keeps a chosen slot, first on our side, then as `busy-tentative` where the system takes that.
 * - `book`: takes the slot. `create`: the Appointment. `look-up`: is it there, where nobody knows whether it was created?
 *   `check-booking`: does it stand as it was sent? `undo`: cancels one that must not stand.
 * - `move`: takes the new slot. `change-time`: the Appointment's. `check-move`: does it stand so?
 * - `cancel`, `confirm`: change the Appointment; `check-cancel`, `check-confirm`: does it stand so?
 * - `release`: frees a slot that we marked and that is nobody's any more.
 */
export const schedulingSteps = [
  'search',
  'hold',
  'book',
  'create',
  'look-up',
  'check-booking',
  'undo',
  'move',
  'change-time',
  'check-move',
  'cancel',
  'check-cancel',
  'confirm',
  'check-confirm',
  'release',
] as const;

export type SchedulingStep = (typeof schedulingSteps)[number];

/** Seconds before try number `tries` of a step, and at most: somebody waits for the answer. */
const firstWaitSeconds = 2;
const longestWaitSeconds = 60;

export function waitBeforeTry(tries: number): number {
  return tries === 0 ? 0 : Math.min(longestWaitSeconds, firstWaitSeconds * 2 ** Math.min(tries - 1, 10));
}

export type StepOf = {
  readonly practiceId: string;
  readonly appointmentId: string;
  readonly step: SchedulingStep;
  /** Which search. */
  readonly round?: number;
  /** Which hold. */
  readonly holdId?: string;
  /** Of a booking: how many of its steps were recorded before this one. */
  readonly progress?: number;
  /** Who asked for the change. */
  readonly by?: ChangedBy;
  /** Of an Appointment that was created and is not recorded yet. */
  readonly pmsAppointmentId?: string;
  /** How often this step was tried before. */
  readonly tries?: number;
  /** Milliseconds since the epoch: when the first of the steps began for which somebody waits. */
  readonly since?: number;
  /** Seconds; else by `tries`. */
  readonly wait?: number;
};

export function schedulingJob(of: StepOf): OwedJob {
  const { practiceId, appointmentId, step, tries = 0 } = of;
  const afterSeconds = of.wait ?? waitBeforeTry(tries);
  return {
    queue: schedulingQueue,
    data: {
      practiceId,
      appointmentId,
      step,
      round: of.round ?? null,
      holdId: of.holdId ?? null,
      progress: of.progress ?? 0,
      by: of.by ?? null,
      pmsAppointmentId: of.pmsAppointmentId ?? null,
      tries,
      since: of.since ?? null,
    },
    ...(afterSeconds === 0 ? {} : { afterSeconds }),
  };
}

const streamPrefix = 'appointment/';

export function appointmentStream(appointmentId: string): string {
  return `${streamPrefix}${appointmentId}`;
}

/** The appointment's id, where the stream is an appointment's. */
export function appointmentIdOf(stream: string): string | undefined {
  return stream.startsWith(streamPrefix) ? stream.slice(streamPrefix.length) : undefined;
}

export type StoredAppointmentEvent = StoredEvent & AppointmentEvent;

export function isAppointmentEvent(event: StoredEvent): event is StoredAppointmentEvent {
  return event.stream.startsWith(streamPrefix);
}

/** What an appointment's facts owe to the practice system. */
export function schedulingReactions(event: StoredEvent): readonly OwedJob[] {
  if (!isAppointmentEvent(event)) return [];
  const appointmentId = event.stream.slice(streamPrefix.length);
  const job = (step: SchedulingStep, more: Pick<StepOf, 'round' | 'holdId' | 'by'> = {}) => [
    schedulingJob({ practiceId: event.practiceId, appointmentId, step, ...more }),
  ];
  switch (event.type) {
    case 'SlotsRequested':
      return job('search', { round: event.data.round });
    case 'SlotChosen':
      return job('hold', { holdId: event.data.holdId });
    case 'BookingRequested':
      return job(event.data.moves ? 'move' : 'book', { holdId: event.data.holdId });
    case 'ConfirmationRequested':
      return job('confirm', { by: event.data.by });
    case 'CancellationRequested':
      return job('cancel', { by: event.data.by });
    case 'SlotLost':
    case 'HoldDropped':
      return job('release', { holdId: event.data.holdId });
    // Whatever the appointment keeps besides what it stands for now.
    case 'AppointmentMoved':
    case 'AppointmentFoundMoved':
    case 'AppointmentCancelled':
      return job('release');
    case 'ChangeRefused':
      return event.data.what === 'book' || event.data.what === 'move' ? job('release') : [];
    default:
      return [];
  }
}
