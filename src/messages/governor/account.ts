import { z } from 'zod';
import type { Outcome } from '#kernel/outcome.ts';
import type { Limits, Recipients } from './limits.ts';
import { askRate, type RateAsk, reservedShare } from './rate.ts';
import { isThrottle, shareNow, slowedDown } from './slow.ts';

/** What all processes know of an account together, and what is learned of it. */

export const qualities = ['high', 'medium', 'low', 'unknown'] as const;

export type Quality = (typeof qualities)[number];

const ms = z.number();

export const accountState = z.object({
  grants: z
    .array(z.object({ holder: z.string(), lane: z.enum(['urgent', 'bulk']), tokens: z.number(), until: ms }))
    .default([]),
  /** As the provider told it; it counts in place of what the account's file says. */
  perSecond: z.number().positive().exactOptional(),
  slowed: z.object({ share: z.number(), at: ms }).exactOptional(),
  quality: z.enum(qualities).exactOptional(),
  /** The account may not send as a whole: a token that was revoked, a number that was locked, a bill that was not paid. */
  pause: z.object({ until: ms }).exactOptional(),
});

export type AccountState = z.infer<typeof accountState>;

export const portfolioState = z.object({
  slots: z.array(z.object({ at: ms, used: z.number() })).default([]),
  /** As the provider told it; it counts in place of what the account's file says. */
  dailyRecipients: z.union([z.number().nonnegative(), z.literal('unlimited')]).exactOptional(),
});

export type PortfolioState = z.infer<typeof portfolioState>;

/** What another release wrote and we cannot read counts as nothing known. */
export const portfolioOf = (state: unknown): PortfolioState =>
  portfolioState.safeParse(state).data ?? portfolioState.parse({});

/** As `portfolioOf`. */
export const accountOf = (state: unknown): AccountState =>
  accountState.safeParse(state).data ?? accountState.parse({});

/** What a provider's notice tells of an account's limits. What it says nothing of is left out. */
export type LimitsChange = {
  readonly dailyRecipients?: Recipients;
  readonly quality?: Quality;
  /** Messages of the number in a second. */
  readonly perSecond?: number;
};

/** The part of its limits that bulk may use, by the number's quality: many who block or report a number cost it its limits. */
const shareOfQuality: Readonly<Record<Quality, number>> = { high: 1, unknown: 1, medium: 0.75, low: 0.5 };

export const bulkShareOf = (quality: Quality | undefined): number => shareOfQuality[quality ?? 'unknown'];

/** Milliseconds in which a try that nobody heard of again keeps the others waiting: longer than a call may take. */
const tryMs = 15_000;

/** Milliseconds. No pause is longer, so that one from before the clock was set back ends. */
const longestPauseMs = 3_600_000;

const defaultPauseMs = 60_000;

export type Lease = {
  readonly state: AccountState;
  readonly granted: number;
  readonly waitMs: number;
  /** The wait is for the account as a whole: milliseconds since 1970. */
  readonly pausedUntil: number | undefined;
  /** A pause is over: this one message tries whether the account may send again. */
  readonly isTry: boolean;
};

/** Milliseconds: the product's clock, and the database's. */
export type Now = { readonly ms: number; readonly databaseMs: number };

/** Tokens for one process. */
export function lease(state: AccountState, ask: RateAsk, limits: Limits, now: Now): Lease {
  const pausedMs = state.pause === undefined ? 0 : state.pause.until - now.ms;
  if (pausedMs > 0 && pausedMs <= longestPauseMs) {
    const pausedUntil = state.pause?.until;
    return { state, granted: 0, waitMs: pausedMs, pausedUntil, isTry: false };
  }
  const isTry = state.pause !== undefined;
  const perSecond = (state.perSecond ?? limits.perSecond) * shareNow(state.slowed, now.databaseMs);
  const bulkShare = (1 - reservedShare) * bulkShareOf(state.quality);
  const one = isTry ? { ...ask, atMost: 1 } : ask;
  const rate = askRate(state.grants, one, { perSecond, bulkShare }, now.databaseMs);
  const { granted } = rate;
  return {
    state: {
      ...state,
      grants: [...rate.grants],
      ...(isTry && granted > 0 ? { pause: { until: now.ms + tryMs } } : {}),
    },
    granted,
    waitMs: rate.waitMs,
    pausedUntil: undefined,
    isTry: isTry && granted > 0,
  };
}

/** Whether an outcome changes what is known of the account. */
export type Lesson = 'pause' | 'throttle' | 'works';

/** @param isTry the call tried whether a pause is over */
export function lessonOf(outcome: Outcome<unknown>, isTry: boolean): Lesson | undefined {
  if (outcome.kind === 'retry') {
    if (outcome.scope === 'account') return 'pause';
    return isThrottle(outcome.code) ? 'throttle' : undefined;
  }
  return isTry && outcome.kind !== 'unknown' ? 'works' : undefined;
}

export function learned(state: AccountState, outcome: Outcome<unknown>, now: Now): AccountState {
  switch (lessonOf(outcome, true)) {
    case 'pause': {
      const afterMs = (outcome.kind === 'retry' ? outcome.afterMs : undefined) ?? defaultPauseMs;
      const slowed =
        outcome.kind === 'retry' && isThrottle(outcome.code)
          ? { slowed: slowedDown(state.slowed, now.databaseMs) }
          : {};
      return { ...state, ...slowed, pause: { until: now.ms + Math.min(afterMs, longestPauseMs) } };
    }
    case 'throttle':
      return { ...state, slowed: slowedDown(state.slowed, now.databaseMs) };
    case 'works': {
      const { pause: _, ...rest } = state;
      return rest;
    }
    default:
      return state;
  }
}

/** The account as a notice of its provider leaves it. A number that was raised starts anew. */
export function changed(state: AccountState, { quality, perSecond }: LimitsChange): AccountState {
  const { slowed, ...rest } = state;
  const isRaised = perSecond !== undefined && perSecond > (state.perSecond ?? 0);
  return {
    ...rest,
    ...(slowed === undefined || isRaised ? {} : { slowed }),
    ...(quality === undefined ? {} : { quality }),
    ...(perSecond === undefined ? {} : { perSecond }),
  };
}
