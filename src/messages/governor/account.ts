import { z } from 'zod';
import type { News } from '#channels/news.ts';
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
  perSecondAt: ms.default(0),
  slowed: z.object({ share: z.number(), at: ms }).exactOptional(),
  quality: z.enum(qualities).exactOptional(),
  qualityAt: ms.default(0),
  /** The account may not send as a whole: a token that was revoked, a number that was locked, a bill that was not paid. */
  pause: z.object({ until: ms }).exactOptional(),
});

export type AccountState = z.infer<typeof accountState>;

export const portfolioState = z.object({
  slots: z.array(z.object({ at: ms, used: z.number() })).default([]),
  /** As the provider told it; it counts in place of what the account's file says. */
  dailyRecipients: z.union([z.number().nonnegative(), z.literal('unlimited')]).exactOptional(),
  dailyRecipientsAt: ms.default(0),
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

/** The account as a notice of its provider leaves it. Notices come in any order: an older one changes nothing. */
export function changed(state: AccountState, { quality, perSecond }: LimitsChange, at: number): AccountState {
  const next = { ...state };
  if (quality !== undefined && at >= state.qualityAt) Object.assign(next, { quality, qualityAt: at });
  if (perSecond !== undefined && at >= state.perSecondAt) {
    Object.assign(next, { perSecond, perSecondAt: at });
    // A number that was raised starts anew.
    if (perSecond > (state.perSecond ?? 0)) delete next.slowed;
  }
  return next;
}

/** As `changed`, for the portfolio. */
export function changedPortfolio(
  state: PortfolioState,
  { dailyRecipients }: LimitsChange,
  at: number,
): PortfolioState {
  if (dailyRecipients === undefined || at < state.dailyRecipientsAt) return state;
  return { ...state, dailyRecipients, dailyRecipientsAt: at };
}

/** What heard news change of an account's limits; undefined: nothing, or they are another number's. */
export function changeOf(news: News, number: string | undefined): LimitsChange | undefined {
  const isOther = (told: string | undefined) =>
    told !== undefined && number !== undefined && told.replaceAll(/\D/g, '') !== number;
  if (news.kind === 'quality') return isOther(news.number) ? undefined : { quality: news.quality };
  if (news.kind !== 'limit') return undefined;
  const { dailyRecipients, perSecond } = news;
  return {
    // The portfolio's, whichever of its numbers is named.
    ...(dailyRecipients === undefined
      ? {}
      : { dailyRecipients: dailyRecipients === 'none' ? ('unlimited' as const) : dailyRecipients }),
    ...(perSecond === undefined || isOther(news.number) ? {} : { perSecond }),
  };
}
