export { type CallsOfDay, callsToMake } from './calls/views.ts';
export {
  type Addressee,
  type PracticeForReminders,
  type ReminderDeps,
  visitIsCurrent,
} from './commands.ts';
export type { ReminderEvent } from './events.ts';
export { createReminderPlanner, type ReminderPlanner, remindersJob } from './jobs.ts';
export { reminderReactions, remindersQueue } from './reactions.ts';
export { nextReminderLook, type ReminderState, remindersOf, remindersView } from './views.ts';
