import type { Tx } from '#platform/db/db.ts';
import type { Waiting } from '../plan.ts';

/** The rows in which all processes keep what they know of limits together. */

export type Scope = 'account' | 'portfolio' | 'spend';

export type LimitsKey = { readonly scope: Scope; readonly name: string };

export type LimitsRow = LimitsKey & {
  /** Untrusted: another release may have written it. */
  readonly state: unknown;
  /** The database's clock: milliseconds since 1970. */
  readonly databaseMs: number;
};

/** Makes rows that are new; in sorted order, so that who needs the same rows does not wait in a ring. */
export const lockLimitsSql = `
  insert into send_limits as l (practice_id, scope, name)
  select $1, scope, name from unnest($2::text[], $3::text[]) as wanted(scope, name) order by scope, name
  on conflict (practice_id, scope, name) do update set name = excluded.name
  returning l.scope, l.name, l.state, clock_timestamp() as database_at`;

/** Reads rows and locks them until the transaction ends. */
export async function lockLimits(tx: Tx, keys: readonly LimitsKey[]): Promise<readonly LimitsRow[]> {
  const rows = await tx.query<{ scope: Scope; name: string; state: unknown; database_at: Date }>(
    lockLimitsSql,
    [tx.practiceId, keys.map(({ scope }) => scope), keys.map(({ name }) => name)],
  );
  return rows.map(({ scope, name, state, database_at }) => ({
    scope,
    name,
    state,
    databaseMs: database_at.getTime(),
  }));
}

export const writeLimitsSql = `
  update send_limits l set state = w.state
  from unnest($2::text[], $3::text[], $4::jsonb[]) as w(scope, name, state)
  where l.practice_id = $1 and l.scope = w.scope and l.name = w.name`;

/** The caller has locked the rows. */
export function writeLimits(tx: Tx, rows: readonly (LimitsKey & { readonly state: object })[]): void {
  if (rows.length === 0) return;
  tx.send(writeLimitsSql, [
    tx.practiceId,
    rows.map(({ scope }) => scope),
    rows.map(({ name }) => name),
    rows.map(({ state }) => JSON.stringify(state)),
  ]);
}

/** Those whose window is open, or to whom we wrote first within the day, need no place: the limit does not count them. */
export const waitingRemindersSql = `
  select m.visit_at, count(*)::int as count from views_messages m
  join channel_threads t on t.practice_id = m.practice_id and t.conversation_id = m.conversation_id
  where m.practice_id = $1 and m.state = 'queued' and m.purpose = 'reminder' and m.visit_at is not null
    and t.channel || '/' || t.account_id = any($2)
    and coalesce(t.last_inbound_at, '-infinity') < $3 and coalesce(t.wrote_first_at, '-infinity') < $3
  group by m.visit_at order by m.visit_at`;

/** How many reminders of these accounts wait that need a place, by when their visits begin. `since`: a day ago. */
export async function waitingReminders(
  tx: Tx,
  accounts: readonly string[],
  since: string,
): Promise<readonly Waiting[]> {
  const rows = await tx.query<{ visit_at: Date; count: number }>(waitingRemindersSql, [
    tx.practiceId,
    accounts,
    since,
  ]);
  return rows.map(({ visit_at, count }) => ({ visitAt: visit_at.getTime(), count }));
}

/** Of the reminders that wait for a place in a limit of the day: their conversations, the nearest visits first. */
export async function conversationsWaitingForPlace(tx: Tx, limit: number): Promise<readonly string[]> {
  const rows = await tx.query<{ conversation_id: string }>(
    `select conversation_id from views_messages
     where practice_id = $1 and state = 'queued' and purpose = 'reminder' and code in ('DAY_LIMIT', 'SPEND_LIMIT')
     order by visit_at limit $2`,
    [tx.practiceId, limit],
  );
  return rows.map((row) => row.conversation_id);
}
