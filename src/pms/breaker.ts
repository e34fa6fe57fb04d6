/**
 * The breaker before one practice system: what does not answer is left in peace, and asked now and then by one call alone.
 *
 * - **closed**: calls pass. Troubles in a row are counted; an answer ends the count.
 * - **open**: no call passes until a stated time, so nobody waits for what does not come.
 * - **half-open**: that time is over. One call, the probe, passes; what comes of it closes the breaker or opens it again, for longer.
 */
export type Breaker = {
  /** Troubles in a row while closed. */
  readonly troubles: number;
  /** Probes in a row that met trouble. */
  readonly failedProbes: number;
  /** Milliseconds since the epoch until which no call passes; undefined while closed. */
  readonly openUntil: number | undefined;
  /** Since when a probe is under way. */
  readonly probeSince: number | undefined;
};

export const closed: Breaker = {
  troubles: 0,
  failedProbes: 0,
  openUntil: undefined,
  probeSince: undefined,
};

/** What became of a call, as far as it tells of the system's health; `nothing` where it never came to that. */
export type Sign =
  | { readonly kind: 'answer' }
  /** No connection, no answer in time, half an answer, 429, 5xx. `waitMs`: as the system asked for (`Retry-After`). */
  | { readonly kind: 'trouble'; readonly waitMs?: number }
  | { readonly kind: 'nothing' };

/** Troubles in a row that open it: fewer are a hiccup, for which each call's own second try is enough. */
export const troublesThatOpen = 5;

/** Milliseconds for which it opens at first; doubles with each failed probe, up to the longest. */
export const firstOpenMs = 5_000;
export const longestOpenMs = 60_000;

/** Milliseconds. The longest that a system's own `Retry-After` keeps it open. */
export const longestAskedMs = 3_600_000;

/** Milliseconds after which a probe of which nothing was heard is given up: longer than any call may take. */
export const probeLifeMs = 90_000;

export type Admission =
  | { readonly admitted: true; readonly isProbe: boolean; readonly breaker: Breaker }
  | { readonly admitted: false; readonly waitMs: number };

/** May a call be made now? A probe is admitted by the breaker that comes with the answer, so that it is the only one. */
export function admit(breaker: Breaker, now: number): Admission {
  const { openUntil, probeSince } = breaker;
  if (openUntil === undefined) return { admitted: true, isProbe: false, breaker };
  const left = openUntil - now;
  // More than it ever is opened for: the clock was set back.
  if (left > 0 && left <= longestAskedMs) return { admitted: false, waitMs: left };
  const probed = probeSince === undefined ? undefined : now - probeSince;
  if (probed !== undefined && probed >= 0 && probed < probeLifeMs)
    return { admitted: false, waitMs: firstOpenMs };
  return { admitted: true, isProbe: true, breaker: { ...breaker, probeSince: now } };
}

/** The breaker after a call. While it is open only the probe tells; but any answer shows that the system is back. */
export function learned(breaker: Breaker, sign: Sign, isProbe: boolean, now: number): Breaker {
  if (sign.kind === 'answer') return closed;
  if (sign.kind === 'nothing') return isProbe ? { ...breaker, probeSince: undefined } : breaker;
  const asked = Math.min(sign.waitMs ?? 0, longestAskedMs);
  if (breaker.openUntil === undefined) {
    const troubles = breaker.troubles + 1;
    if (troubles < troublesThatOpen && asked === 0) return { ...breaker, troubles };
    return { ...breaker, troubles, openUntil: now + (asked === 0 ? firstOpenMs : asked) };
  }
  if (!isProbe) return breaker;
  const failedProbes = breaker.failedProbes + 1;
  const wait = Math.min(longestOpenMs, firstOpenMs * 2 ** Math.min(failedProbes, 10));
  return { ...breaker, failedProbes, probeSince: undefined, openUntil: now + Math.max(wait, asked) };
}
