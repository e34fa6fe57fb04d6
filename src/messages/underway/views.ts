import type { Tx } from '#platform/db/db.ts';
import type { MessagePlace } from '../views.ts';

/** Messages that were taken and of which neither arrival nor failure was reported, and those given up for it. */

/** As `views_messages_underway` has it. */
const isUnderway = `state = 'accepted' and (status is null or status = 'sent')`;

/** The longest due first, each found by the index. */
export const dueToExpireSql = `
  select message_id, conversation_id from views_messages
  where practice_id = $1 and ${isUnderway} and expires_at <= $2
  order by expires_at, message_id limit $3`;

/** Messages on their way whose life is over. @param now ISO 8601 */
export async function dueToExpire(tx: Tx, now: string, limit: number): Promise<readonly MessagePlace[]> {
  const rows = await tx.query<{ message_id: string; conversation_id: string }>(dueToExpireSql, [
    tx.practiceId,
    now,
    limit,
  ]);
  return rows.map((row) => ({ messageId: row.message_id, conversationId: row.conversation_id }));
}

/** Those whose last news falls into one of the spans, found among all that are on their way. */
export const underwayInSql = `
  select message_id, conversation_id from views_messages m
  where practice_id = $1 and ${isUnderway} and exists (
    select from unnest($2::timestamptz[], $3::timestamptz[]) as span(after, until)
    where m.changed_at > span.after and m.changed_at <= span.until
  )
  order by expires_at, message_id limit $4`;

/** Behind `after`, and not behind `until`: ISO 8601. */
export type Span = { readonly after: string; readonly until: string };

/** Messages on their way of which the last was heard within one of these spans. */
export async function underwayIn(
  tx: Tx,
  spans: readonly Span[],
  limit: number,
): Promise<readonly MessagePlace[]> {
  const rows = await tx.query<{ message_id: string; conversation_id: string }>(underwayInSql, [
    tx.practiceId,
    spans.map(({ after }) => after),
    spans.map(({ until }) => until),
    limit,
  ]);
  return rows.map((row) => ({ messageId: row.message_id, conversationId: row.conversation_id }));
}

/** Beyond this it is said that there are as many: nobody counts them one by one. */
const mostCounted = 10_000;

export const countUnderwaySql = `
  select count(*)::int as count from (
    select from views_messages
    where practice_id = $1 and ${isUnderway} and changed_at < $2
    limit ${mostCounted}
  ) underway`;

/** How many messages have been on their way since before an instant (ISO 8601); at most 10,000. */
export async function countUnderway(tx: Tx, before: string): Promise<number> {
  const [row] = await tx.query<{ count: number }>(countUnderwaySql, [tx.practiceId, before]);
  return row?.count ?? 0;
}

/**
 * Who was reached by something later is no alarm: their phone is on, and a status was lost. Their later messages are looked at in
 * the index of the conversation.
 */
export const countExpiredSql = `
  select count(distinct conversation_id)::int as count from views_messages m
  where practice_id = $1 and (state in ('rejected', 'blocked', 'unresolved', 'expired') or status = 'failed')
    and state = 'expired' and changed_at >= $2
    and not exists (
      select from views_messages later
      where later.practice_id = $1 and later.conversation_id = m.conversation_id and later.position > m.position
        and later.status in ('delivered', 'read', 'played')
    )`;

/** How many patients have a message that was given up since an instant (ISO 8601), and were reached by none after it. */
export async function countExpired(tx: Tx, since: string): Promise<number> {
  const [row] = await tx.query<{ count: number }>(countExpiredSql, [tx.practiceId, since]);
  return row?.count ?? 0;
}
