/**
 * How a throttle answer slows a number down: to half at once, and back by a twentieth every few seconds, as long as none comes.
 * (Additive increase, multiplicative decrease: as networks find the rate that just holds.)
 */
export type Slowed = {
  /** The share of the number's rate at `at`. */
  readonly share: number;
  /** Milliseconds since 1970. */
  readonly at: number;
};

const smallestShare = 1 / 16;
const stepShare = 1 / 20;
const stepMs = 5_000;

/** Milliseconds in which several answers tell of the same trouble: what was under way when the first came meets it as well. */
const sameTroubleMs = 1_000;

/** The share of its rate that a number may use now: 1 where nothing slows it down. */
export function shareNow(slowed: Slowed | undefined, now: number): number {
  if (slowed === undefined) return 1;
  const passed = Math.max(0, now - slowed.at);
  return Math.min(1, slowed.share + stepShare * Math.floor(passed / stepMs));
}

/** The provider said that it was too fast. */
export function slowedDown(slowed: Slowed | undefined, now: number): Slowed {
  if (slowed !== undefined && Math.abs(now - slowed.at) < sameTroubleMs) return slowed;
  return { share: Math.max(smallestShare, shareNow(slowed, now) / 2), at: now };
}

/** The codecs' names of "too fast": for the number or the account as a whole, not for one patient. */
const tooFast: ReadonlySet<string> = new Set([
  'THROUGHPUT_REACHED',
  'ACCOUNT_RATE_LIMIT',
  'APP_RATE_LIMIT',
  'RATE_LIMITED',
  'HTTP_429',
]);

export const isThrottle = (code: string): boolean => tooFast.has(code);
