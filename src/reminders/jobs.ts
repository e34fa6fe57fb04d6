import { isoNow } from '#platform/clock.ts';
import { Hopeless, type RunningJob } from '#platform/job.ts';
import { lockMailbox } from '#platform/mailbox.ts';
import type { FoundAppointment } from '#pms/index.ts';
import {
  type AppointmentCommand,
  bookedBetween,
  loadAppointment,
  recordAppointment,
} from '#scheduling/index.ts';
import { considerReminder, type NextStep, planVisit, type ReminderDeps, type Which } from './commands.ts';
import { planJob, remindJob } from './reactions.ts';
import { remindersToLookAt } from './views.ts';

/** The job of the `reminders` queue: plans the reminders of one visit, or looks at one that is due. Harmless to repeat. */
export function remindersJob(deps: ReminderDeps): (job: RunningJob) => Promise<void> {
  return async ({ data }) => {
    const practiceId = String(data.practiceId);
    const appointmentId = String(data.appointmentId);
    switch (data.what) {
      case 'plan':
        await deps.db.tx(practiceId, (tx) => planVisit(tx, deps, appointmentId));
        return;
      case 'remind':
        await remind(deps, practiceId, {
          appointmentId,
          reminderId: String(data.reminderId),
          start: String(data.start),
        });
        return;
      default:
        throw new Hopeless('UNKNOWN_REMINDER_JOB');
    }
  };
}

/** First what we know, then the practice system, then what we know once more: it may have changed while we asked. */
async function remind(deps: ReminderDeps, practiceId: string, which: Which): Promise<void> {
  const practice = deps.practice(practiceId);
  if (practice === undefined) return;
  const first = await deps.db.tx(practiceId, (tx) => considerReminder(tx, deps, which, undefined));
  if (first?.do !== 'ask') return;
  const found = await practice.pms.scheduling.readAppointment(first.pmsAppointmentId);
  const next = await deps.db.tx(practiceId, (tx) => considerReminder(tx, deps, which, found));
  if (next !== undefined) await recordChange(deps, practiceId, which, next);
}

/**
 * The practice changed the visit: that is written down, and the visit's reminders are planned anew by what follows from it. Where it
 * is not known with whom the visit is now, the reminder stays due and is looked at again.
 */
async function recordChange(
  deps: ReminderDeps,
  practiceId: string,
  which: Which,
  next: NextStep,
): Promise<void> {
  const { appointmentId } = which;
  const at = isoNow(deps.clock);
  const command =
    next.do === 'record-moved'
      ? await foundMoved(deps, practiceId, next.found, at)
      : ({ type: 'RecordCancelled', by: 'practice', at } as const);
  if (next.do === 'ask' || command === undefined) return;
  await deps.db.tx(practiceId, async (tx) => {
    const { state } = await loadAppointment(tx, deps.store, appointmentId);
    if (state.status !== 'open') return;
    await lockMailbox(tx, state.conversationId);
    const { state: now } = await loadAppointment(tx, deps.store, appointmentId);
    // We changed it ourselves while we asked: what was read is of before.
    if (now.status !== 'open' || now.booked?.offer.start !== which.start) return;
    await recordAppointment(tx, deps.store, appointmentId, [command]);
  });
}

async function foundMoved(
  deps: ReminderDeps,
  practiceId: string,
  found: FoundAppointment,
  at: string,
): Promise<AppointmentCommand | undefined> {
  const [slotId] = found.slotIds;
  const { start, end } = found;
  if (slotId === undefined || start === undefined || end === undefined) return undefined;
  const slot = await deps.practice(practiceId)?.pms.scheduling.readSlot(slotId);
  if (slot?.kind !== 'accepted') return undefined;
  const { scheduleId } = slot.value;
  return { type: 'RecordFoundMoved', offer: { slotId, scheduleId, start, end }, at };
}

/** Reminders of one practice that one look hands to the queue. */
const perLook = 200;

/** Milliseconds for which a reminder that was handed to the queue is left alone: its job is waiting or at work. */
const leaveAloneMs = 30_000;

export type ReminderPlanner = {
  /** Hands the reminders that are due to the queue; returns how many. Call it every second while some are due. */
  readonly planReminders: (practiceId: string) => Promise<number>;
  /** Plans every visit to come: once at start, for the practice may have changed its reminders. */
  readonly planAll: (practiceId: string) => Promise<number>;
};

/** Several processes may run one each: a reminder that two of them hand over is sent once. */
export function createReminderPlanner(
  deps: Pick<ReminderDeps, 'db' | 'queues' | 'clock' | 'practice'>,
): ReminderPlanner {
  const { db, queues, clock } = deps;
  /** When each was handed over. */
  const handed = new Map<string, number>();
  return {
    async planReminders(practiceId) {
      if (deps.practice(practiceId)?.reminders === undefined) return 0;
      const now = clock.now();
      for (const [key, at] of handed) if (now - at >= leaveAloneMs) handed.delete(key);
      return await db.tx(practiceId, async (tx) => {
        const due = await remindersToLookAt(tx, isoNow(clock), perLook);
        const jobs = due.map((which) => remindJob(practiceId, which));
        const fresh = jobs.filter(({ key }) => key !== undefined && !handed.has(key));
        if (fresh.length > 0) await queues.enqueue(tx, fresh);
        tx.afterCommit(() => {
          for (const { key } of fresh) if (key !== undefined) handed.set(key, now);
        });
        return fresh.length;
      });
    },

    async planAll(practiceId) {
      const reminds = deps.practice(practiceId)?.reminders !== undefined;
      return await db.tx(practiceId, async (tx) => {
        const visits = reminds
          ? await bookedBetween(tx, isoNow(clock), farFuture)
          : await remindersToLookAt(tx, farFuture, perPlan);
        const ids = [...new Set(visits.map(({ appointmentId }) => appointmentId))];
        if (ids.length > 0) {
          const jobs = ids.map((appointmentId) => planJob(practiceId, appointmentId));
          await queues.enqueue(tx, jobs);
        }
        return ids.length;
      });
    },
  };
}

/** Reminders that wait in a practice which does not remind any more, and are dropped at one start. */
const perPlan = 10_000;

/** No visit is booked beyond. */
const farFuture = '9999-01-01T00:00:00.000Z';
