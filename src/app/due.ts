import { countFigures } from '#analytics/index.ts';
import { createReminderPlanner, type ReminderDeps } from '#reminders/index.ts';
import { expireHolds } from '#scheduling/index.ts';
import { scheduleDeps } from './modules.ts';
import type { Parts } from './parts.ts';

/** Makes the look at what has become due by the clock: holds that end, reminders, figures; practice by practice. */
export function dueLook(parts: Parts, reminding: ReminderDeps): () => Promise<void> {
  const scheduling = scheduleDeps(parts);
  const planner = createReminderPlanner(reminding);
  let isPlanned = false;
  return async () => {
    for (const { settings } of parts.practices) {
      const { id, timeZone } = settings;
      // The practice may have changed its reminders while the program was down.
      if (!isPlanned) await planner.planAll(id);
      await expireHolds(scheduling, id);
      await planner.planReminders(id);
      while ((await parts.db.tx(id, (tx) => countFigures(tx, timeZone))) > 0);
    }
    isPlanned = true;
  };
}
