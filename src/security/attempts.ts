import { isIPv6 } from 'node:net';
import type { Tx } from '#platform/db/db.ts';

/**
 * How often one source may try, counted in the database, so that it holds over all processes. An attempt is counted before it is
 * looked at: of ten thousand guesses at once, ten reach the check.
 */

/** Minutes that a count lasts from its first attempt. */
export const windowMinutes = 15;

/** Attempts per practice, source and window. Beginning is cheap and harmless, so several people behind one address may. */
export const attemptLimits = { begin: 100, prove: 10 } as const;

export type AttemptKind = keyof typeof attemptLimits;

/**
 * Who counts as one source. Of an IPv6 address the first 64 bits: a home or a rented machine has all that follow.
 * @param ip as the socket tells it
 */
export function sourceOf(ip: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped !== undefined) return mapped;
  if (!isIPv6(ip)) return ip;
  const [head = '', tail] = (ip.split('%')[0] ?? '').split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - groups.length - after.length);
  const all = [...groups, ...Array<string>(zeros).fill('0'), ...after];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

/** Counts an attempt; the returned number is how many there were in this window, with this one. */
export async function countAttempt(tx: Tx, kind: AttemptKind, source: Buffer): Promise<number> {
  const [row] = await tx.query<{ attempts: number }>(
    `insert into sign_in_attempts as old (practice_id, kind, source, attempts, window_ends_at)
     values ($1, $2, $3, 1, now() + make_interval(mins => $4))
     on conflict (practice_id, kind, source) do update set
       attempts = case when old.window_ends_at <= now() then 1 else old.attempts + 1 end,
       window_ends_at = case when old.window_ends_at <= now() then excluded.window_ends_at else old.window_ends_at end
     returning attempts`,
    [tx.practiceId, kind, source, windowMinutes],
  );
  const attempts = row?.attempts ?? Number.POSITIVE_INFINITY;
  if (attempts === 1) await deleteOldAttempts(tx);
  return attempts;
}

/** What succeeded was no guess: it does not count. */
export async function forgiveAttempt(tx: Tx, kind: AttemptKind, source: Buffer): Promise<void> {
  await tx.query(
    `update sign_in_attempts set attempts = greatest(attempts - 1, 0)
     where practice_id = $1 and kind = $2 and source = $3`,
    [tx.practiceId, kind, source],
  );
}

async function deleteOldAttempts(tx: Tx): Promise<void> {
  await tx.query(`delete from sign_in_attempts where practice_id = $1 and window_ends_at < now()`, [
    tx.practiceId,
  ]);
}
