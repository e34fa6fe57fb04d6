/**
 * Messages of one number in a second, over all processes. Each takes tokens from the shared state some at a time and spends them
 * without asking; so nobody waits for another's transaction, and the state is touched once for many messages.
 *
 * - **token**: leave to send one message.
 * - **grant**: tokens that one process took. It counts as long as any of them may still be spent, and then for the window.
 *
 * The sum of what counts never exceeds what a window may hold. So no window does, wherever it begins: all that is spent within one
 * comes from grants that count at the moment of its last grant.
 */

/** `urgent`: answers a patient, or a member of staff wrote it. `bulk`: nobody waits for it. */
export type Lane = 'urgent' | 'bulk';

export type Grant = {
  /** The process. */
  readonly holder: string;
  readonly lane: Lane;
  readonly tokens: number;
  /** Milliseconds of the database's clock: none of its tokens is spent after this. */
  readonly until: number;
};

export type RateAsk = {
  readonly holder: string;
  readonly lane: Lane;
  /** How many it could use at once. It has none of this lane left. */
  readonly wants: number;
  /** What it sent without leave since it asked last, for that could not wait. */
  readonly overdrawn: number;
  readonly atMost?: number;
};

export type RateAnswer = {
  readonly grants: readonly Grant[];
  readonly granted: number;
  /** Where none was granted: when to ask again, in milliseconds. */
  readonly waitMs: number;
};

/** Milliseconds for which tokens may be spent that were granted. */
export const grantMs = 2_000;

/** Milliseconds between the moment in which a token is spent and the one in which the provider sees the message. */
export const underwayMs = 250;

/** The part that bulk leaves free for what a patient waits for. */
export const reservedShare = 0.25;

/**
 * Tokens beyond those that are wanted at once, so that the next few need not ask. None once half of the window is used: what one process
 * has in hand, another could need.
 */
const aheadShare = 0.05;

/** What a window holds. Below one message a second the window is longer, and holds one. */
export function windowOf(perSecond: number): { readonly windowMs: number; readonly holds: number } {
  if (perSecond < 1) return { windowMs: Math.ceil(1000 / perSecond), holds: 1 };
  return { windowMs: 1000, holds: Math.floor(perSecond) };
}

/** @param now milliseconds of the database's clock */
export function askRate(
  grants: readonly Grant[],
  ask: RateAsk,
  limit: { readonly perSecond: number; readonly bulkShare: number },
  now: number,
): RateAnswer {
  const { holder, lane, wants, overdrawn, atMost = Number.POSITIVE_INFINITY } = ask;
  const { windowMs, holds } = windowOf(limit.perSecond);
  const spent = now + underwayMs;
  const counting = grants
    // A clock that was set back leaves none that would count for longer than one of now.
    .map((grant) => ({ ...grant, until: Math.min(grant.until, now + grantMs + underwayMs) }))
    .filter(({ until }) => until + windowMs > now)
    .map((grant) =>
      grant.holder === holder && grant.lane === lane && grant.until > spent
        ? { ...grant, until: spent }
        : grant,
    );
  if (overdrawn > 0) counting.push({ holder, lane, tokens: overdrawn, until: spent });
  const used = counting.reduce((sum, { tokens }) => sum + tokens, 0);
  const most = lane === 'bulk' ? Math.max(1, Math.floor(holds * limit.bulkShare)) : holds;
  const ahead = used + wants < holds / 2 ? Math.floor(holds * aheadShare) : 0;
  const granted = Math.max(0, Math.min(wants + ahead, most - used, atMost));
  if (granted > 0) counting.push({ holder, lane, tokens: granted, until: now + grantMs + underwayMs });
  return {
    grants: together(counting),
    granted,
    waitMs: granted > 0 ? 0 : waitMs(counting, used - most, windowMs, now),
  };
}

/** Until so many have stopped counting that one more may be granted. */
function waitMs(counting: readonly Grant[], over: number, windowMs: number, now: number): number {
  let left = over;
  for (const { tokens, until } of counting.toSorted((a, b) => a.until - b.until)) {
    left -= tokens;
    if (left < 0) return Math.max(1, until + windowMs - now);
  }
  return windowMs;
}

/** Milliseconds within which the ends of a process's grants count as one, the later. */
const mergeMs = 50;

/** What one process took in the same moment is one grant: the state stays small. */
function together(grants: readonly Grant[]): readonly Grant[] {
  const merged: Grant[] = [];
  for (const grant of grants.toSorted((a, b) => a.until - b.until)) {
    const place = merged.findLastIndex(
      (each) =>
        each.holder === grant.holder &&
        each.lane === grant.lane &&
        Math.floor(each.until / mergeMs) === Math.floor(grant.until / mergeMs),
    );
    const same = merged[place];
    if (same === undefined) merged.push(grant);
    else merged[place] = { ...same, tokens: same.tokens + grant.tokens, until: grant.until };
  }
  return merged;
}
