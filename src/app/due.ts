import { countFigures } from '#analytics/index.ts';
import { createReminderPlanner, nextReminderLook, type ReminderDeps } from '#reminders/index.ts';
import { expireHolds, nextHoldLook } from '#scheduling/index.ts';
import { scheduleDeps } from './modules.ts';
import type { Parts } from './parts.ts';

/** Milliseconds between two looks while there is something to do. */
export const busyLookMs = 1_000;

/**
 * Makes the look at what has become due by the clock: holds that end, reminders, figures; practice by practice. It tells in how many
 * milliseconds the next thing is due, as far as it is known now.
 */
export function dueLook(parts: Parts, reminding: ReminderDeps): () => Promise<number> {
  const { db, clock } = parts;
  const scheduling = scheduleDeps(parts);
  const planner = createReminderPlanner(reminding);
  let isPlanned = false;

  /** Milliseconds until something is due; one transaction where nothing is. */
  async function lookAt(practiceId: string, timeZone: string): Promise<number> {
    const isReminding = reminding.practice(practiceId)?.reminders !== undefined;
    const found = await db.tx(practiceId, async (tx) => ({
      holdAt: await nextHoldLook(tx),
      reminderAt: isReminding ? await nextReminderLook(tx) : Number.POSITIVE_INFINITY,
      counted: await countFigures(tx, timeZone),
    }));
    const holdMs = found.holdAt - clock.now();
    const reminderMs = found.reminderAt - clock.now();
    if (holdMs <= 0) await expireHolds(scheduling, practiceId);
    if (reminderMs <= 0) await planner.planReminders(practiceId);
    let { counted } = found;
    while (counted > 0) counted = await db.tx(practiceId, (tx) => countFigures(tx, timeZone));
    // What is due is looked at until it is done.
    return Math.max(busyLookMs, Math.min(holdMs, reminderMs));
  }

  return async () => {
    let nextMs = Number.POSITIVE_INFINITY;
    for (const { settings } of parts.practices) {
      // The practice may have changed its reminders while the program was down.
      if (!isPlanned) await planner.planAll(settings.id);
      nextMs = Math.min(nextMs, await lookAt(settings.id, settings.timeZone));
    }
    isPlanned = true;
    return nextMs;
  };
}
