import type { Clock } from './clock.ts';

/** Meta: throughput. Messages per second, in and out together, of a business phone number that was not raised. */
export const defaultMessagesPerSecond = 80;

/** Meta: pair rate limit. One message per six seconds to the same user … */
export const pairIntervalMs = 6_000;

/** … with a burst of 45 that has to be paid back. */
export const pairBurst = 45;

/** A bucket of tokens that refills with time. */
export type Buckets = {
  /** Takes one token of `key`; false when none is left. */
  readonly take: (key: string) => boolean;
  /** Whether `key` has a token left; takes nothing. */
  readonly has: (key: string) => boolean;
};

export function buckets(
  clock: Clock,
  sizeOf: (key: string) => number,
  refillMs: (key: string) => number,
): Buckets {
  const state = new Map<string, { tokens: number; at: number }>();
  const current = (key: string) => {
    const now = clock.now();
    const last = state.get(key) ?? { tokens: sizeOf(key), at: now };
    const tokens = Math.min(sizeOf(key), last.tokens + Math.max(0, now - last.at) / refillMs(key));
    return { tokens, at: now };
  };
  return {
    has: (key) => current(key).tokens >= 1,
    take: (key) => {
      const bucket = current(key);
      const ok = bucket.tokens >= 1;
      state.set(key, ok ? { ...bucket, tokens: bucket.tokens - 1 } : bucket);
      return ok;
    },
  };
}
