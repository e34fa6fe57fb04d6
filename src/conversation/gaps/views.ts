import type { Tx } from '#platform/db/db.ts';

/** How far the lists of what came in were read. */

export type LookOf = { readonly channel: string; readonly accountId: string };

/**
 * Makes the look at an account's list ours; nobody else looks until `busyUntil`. What was written before the first look at an account is
 * not ours to answer.
 * @param isAsked also where none is due
 * @returns how far the list was read before, and since when there is anything to read; undefined where none is due, or somebody else
 * looks
 */
export async function claimLook(
  tx: Tx,
  { channel, accountId }: LookOf,
  times: { readonly now: string; readonly busyUntil: string },
  isAsked: boolean,
): Promise<{ readonly seenToMs: number; readonly beginsAtMs: number } | undefined> {
  const [row] = await tx.query<{ seen_to: Date; begins_at: Date }>(
    `insert into inbound_looks (practice_id, channel, account_id, begins_at, seen_to, due_at, busy_until)
     values ($1, $2, $3, $4, $4, $4, $5)
     on conflict (practice_id, channel, account_id) do update set busy_until = excluded.busy_until
       where (inbound_looks.busy_until is null or inbound_looks.busy_until <= $4) and (inbound_looks.due_at <= $4 or $6)
     returning seen_to, begins_at`,
    [tx.practiceId, channel, accountId, times.now, times.busyUntil, isAsked],
  );
  return row && { seenToMs: row.seen_to.getTime(), beginsAtMs: row.begins_at.getTime() };
}

export type Looked = {
  /** How far the list was read now; undefined where it could not be. */
  readonly seenTo: string | undefined;
  readonly dueAt: string;
  /** Messages that only the list brought. */
  readonly filled: number;
  readonly now: string;
  /** What was filled before this (ISO 8601) is over. */
  readonly freshSince: string;
};

/** Ends the look: somebody may look again at `dueAt`. */
export async function endLook(tx: Tx, { channel, accountId }: LookOf, looked: Looked): Promise<void> {
  await tx.query(
    `update inbound_looks set
       seen_to = greatest(seen_to, coalesce($4, seen_to)), due_at = $5, busy_until = null,
       filled = case when $6 = 0 then filled when filled_at >= $8 then filled + $6 else $6 end,
       filled_since = case when $6 = 0 or filled_at >= $8 then filled_since else $7 end,
       filled_at = case when $6 = 0 then filled_at else $7 end
     where practice_id = $1 and channel = $2 and account_id = $3`,
    [
      tx.practiceId,
      channel,
      accountId,
      looked.seenTo ?? null,
      looked.dueAt,
      looked.filled,
      looked.now,
      looked.freshSince,
    ],
  );
}

export type FilledGaps = { readonly messages: number; readonly since: string };

/** Messages that only a provider's list brought, where the last of them came since an instant (ISO 8601). */
export async function filledGaps(tx: Tx, since: string): Promise<FilledGaps | undefined> {
  const [row] = await tx.query<{ messages: number | null; since: Date | null }>(
    `select sum(filled)::int as messages, min(filled_since) as since from inbound_looks
     where practice_id = $1 and filled_at >= $2`,
    [tx.practiceId, since],
  );
  if (row?.messages == null || row.since === null) return undefined;
  return { messages: row.messages, since: row.since.toISOString() };
}
