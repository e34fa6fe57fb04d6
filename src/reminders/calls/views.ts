import { keptReminders } from '#messages/index.ts';
import type { Tx } from '#platform/db/db.ts';
import { stillUnconfirmed } from '#scheduling/index.ts';
import { remindersOf } from '../views.ts';

/** Visits of a day of the practice's zone whose patients a person should call. */
export type CallsOfDay = { readonly day: string; readonly count: number };

export const visitsOfMessagesSql = `
  select r.appointment_id, (r.starts_at at time zone $3)::date::text as day from unnest($2::text[]) as wanted(message_id)
  join views_reminders r on r.practice_id = $1 and r.message_id = wanted.message_id and r.is_current`;

function visitsOfMessages(
  tx: Tx,
  messageIds: readonly string[],
  timeZone: string,
): Promise<{ appointment_id: string; day: string }[]> {
  return tx.query(visitsOfMessagesSql, [tx.practiceId, messageIds, timeZone]);
}

/**
 * The visits to come whose reminder a limit of the day kept from being sent, by day, the nearest day first: their patients were not
 * reached in another way, and have not said that they come.
 * @param now ISO 8601
 */
export async function callsToMake(tx: Tx, now: string, timeZone: string): Promise<readonly CallsOfDay[]> {
  const kept = await keptReminders(tx, now);
  if (kept.length === 0) return [];
  const visits = await visitsOfMessages(tx, kept, timeZone);
  const ids = visits.map((visit) => visit.appointment_id);
  const open = await stillUnconfirmed(tx, ids);
  // A later reminder of the visit may have arrived.
  const reminded = await remindersOf(tx, [...open]);
  const days = new Map<string, Set<string>>();
  for (const { appointment_id: id, day } of visits) {
    if (reminded.get(id)?.reminder === 'failed') days.set(day, (days.get(day) ?? new Set()).add(id));
  }
  return [...days]
    .map(([day, those]) => ({ day, count: those.size }))
    .toSorted((a, b) => (a.day < b.day ? -1 : 1));
}
