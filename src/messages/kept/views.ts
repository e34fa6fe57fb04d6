import type { Tx } from '#platform/db/db.ts';

/** Reminders that a limit of the day kept from being sent. */

/** Beyond this it is said that there are as many: nobody calls them one by one. */
const mostKept = 5_000;

/** As `views_messages_reminders_blocked` has it. */
export const keptRemindersSql = `
  select message_id from views_messages
  where practice_id = $1 and state = 'blocked' and code in ('DAY_LIMIT', 'SPEND_LIMIT') and visit_at > $2
  order by visit_at limit ${mostKept}`;

/** The ids of those whose visits begin after an instant (ISO 8601), the nearest first; at most 5,000. */
export async function keptReminders(tx: Tx, after: string): Promise<readonly string[]> {
  const rows = await tx.query<{ message_id: string }>(keptRemindersSql, [tx.practiceId, after]);
  return rows.map((row) => row.message_id);
}
