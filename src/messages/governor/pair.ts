import type { PairLimit } from './limits.ts';

/**
 * One message every some seconds to the same patient, after a burst that is paid back. All that is kept is one instant: until when the
 * messages that were sent so far would have taken, had they been sent at that pace.
 */
export type PairAnswer =
  /** It may leave; what is to be kept, in milliseconds since 1970. */
  { readonly pacedUntil: number } | { readonly waitMs: number };

/** @param pacedUntil as it was kept; undefined for a patient to whom nothing was sent */
export function askPair(pacedUntil: number | undefined, limit: PairLimit, now: number): PairAnswer {
  const most = limit.everyMs * limit.burst;
  // An instant from before the clock was set back keeps nobody waiting for longer than a burst does.
  const from = Math.min(Math.max(pacedUntil ?? 0, now), now + most);
  const until = from + limit.everyMs;
  const over = until - now - most;
  return over > 0 ? { waitMs: over } : { pacedUntil: until };
}
