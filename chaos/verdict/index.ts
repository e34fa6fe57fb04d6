import type { Books, Violation } from './books.ts';
import { checkCharts } from './charts.ts';
import { checkDeliveries, checkWork } from './deliveries.ts';
import { checkOwners } from './owners.ts';
import { checkReminders } from './reminders.ts';
import { checkReplies } from './replies.ts';

export * from './books.ts';
export { acknowledgements } from './deliveries.ts';
export { takenOf } from './replies.ts';

/** Compares the ledgers: all that must not be. Pure. */
export function verdictOn(books: Books): readonly Violation[] {
  return [
    ...checkDeliveries(books),
    ...checkWork(books),
    ...checkReplies(books),
    ...checkCharts(books),
    ...checkReminders(books),
    ...checkOwners(books),
  ];
}
