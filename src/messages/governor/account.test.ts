import { expect, test } from 'vitest';
import { accepted, accountRetry, rejected, retry, unknown } from '#kernel/outcome.ts';
import {
  accountOf,
  bulkShareOf,
  changed,
  changedPortfolio,
  changeOf,
  learned,
  lease,
  lessonOf,
  portfolioOf,
} from './account.ts';
import { limitsOf } from './limits.ts';

const limits = limitsOf({ channel: 'meta', id: 'a' });
const nothing = accountOf({});
const at = (ms: number) => ({ ms, databaseMs: ms });
const ask = (wants: number, holder = 'p1') => ({ holder, lane: 'urgent' as const, wants, overdrawn: 0 });
const locked = accountRetry('ACCOUNT_LOCKED', 60_000);

test('what an account may send is what its provider grants everybody, or what its file says', () => {
  expect(limits).toEqual({
    perSecond: 80,
    pair: { everyMs: 6_000, burst: 45 },
    portfolio: 'meta/a',
    dailyRecipients: 250,
    spend: undefined,
  });
  const own = {
    perSecond: 20,
    pairEveryMs: 3_000,
    pairBurst: 1,
    portfolio: 'group',
    dailyRecipients: 'unlimited' as const,
  };
  expect(limitsOf({ channel: 'twilio', id: 'b', limits: own })).toEqual({
    perSecond: 20,
    pair: { everyMs: 3_000, burst: 1 },
    portfolio: 'group',
    dailyRecipients: 'unlimited',
    spend: undefined,
  });
});

test('one message finds out that the account may not send, and all processes wait', () => {
  const paused = learned(nothing, locked, at(0));
  expect(lease(paused, ask(10, 'p2'), limits, at(1_000))).toMatchObject({
    granted: 0,
    waitMs: 59_000,
    pausedUntil: 60_000,
  });
});

test('after the pause one message tries, and what comes of it decides for the rest', () => {
  const paused = learned(nothing, locked, at(0));
  const tried = lease(paused, ask(50), limits, at(60_000));
  expect(tried).toMatchObject({ granted: 1, isTry: true });
  expect(lease(tried.state, ask(50, 'p2'), limits, at(60_001))).toMatchObject({ granted: 0 });
  const again = learned(tried.state, locked, at(61_000));
  expect(lease(again, ask(50), limits, at(62_000))).toMatchObject({ granted: 0, waitMs: 59_000 });
  const works = learned(tried.state, accepted({}), at(61_000));
  expect(lease(works, ask(50), limits, at(63_000)).granted).toBe(50);
});

test('nothing heard of the try: another one, after the longest call', () => {
  const tried = lease(learned(nothing, locked, at(0)), ask(1), limits, at(60_000));
  for (const silent of [unknown('TIMEOUT'), retry('HTTP_503')])
    expect(lessonOf(silent, true)).toBeUndefined();
  expect(lease(tried.state, ask(1), limits, at(74_000)).granted).toBe(0);
  expect(lease(tried.state, ask(1), limits, at(80_000))).toMatchObject({ granted: 1, isTry: true });
});

test('a refusal of one message shows that the account may send; where nothing is tried it teaches nothing', () => {
  expect(lessonOf(rejected('UNDELIVERABLE'), true)).toBe('works');
  expect(lessonOf(rejected('UNDELIVERABLE'), false)).toBeUndefined();
  expect(lessonOf(accepted({}), false)).toBeUndefined();
});

test('a clock that was set back ends a pause, and none is longer than an hour', () => {
  expect(lease(learned(nothing, locked, at(10_000_000)), ask(1), limits, at(0)).granted).toBe(1);
  const long = learned(nothing, accountRetry('ACCOUNT_LOCKED', 1e9), at(0));
  expect(lease(long, ask(1), limits, at(0)).waitMs).toBe(3_600_000);
});

test('a throttle answer slows all processes down', () => {
  const slowed = learned(nothing, retry('THROUGHPUT_REACHED'), at(0));
  expect(lease(slowed, ask(200), limits, at(0)).granted).toBe(40);
  expect(lease(slowed, ask(200), limits, at(60_000)).granted).toBe(80);
});

test('what a notice says counts in place of the file, and a number that was raised starts anew', () => {
  const slowed = learned(nothing, retry('THROUGHPUT_REACHED'), at(0));
  const raised = changed(slowed, { perSecond: 1_000 }, 1);
  expect(lease(raised, ask(2_000), limits, at(0)).granted).toBe(1_000);
  expect(changed(raised, { quality: 'low' }, 1)).toMatchObject({ perSecond: 1_000, quality: 'low' });
});

test('a number of low quality sends less in bulk, and answers patients as before', () => {
  const bulk = { holder: 'p1', lane: 'bulk' as const, wants: 500, overdrawn: 0 };
  const granted = (quality: 'high' | 'medium' | 'low') =>
    lease(changed(nothing, { quality }, 1), bulk, limits, at(0)).granted;
  expect([granted('high'), granted('medium'), granted('low')]).toEqual([60, 45, 30]);
  expect(lease(changed(nothing, { quality: 'low' }, 1), ask(500), limits, at(0)).granted).toBe(80);
  expect(bulkShareOf(undefined)).toBe(1);
});

test('what another release wrote counts as nothing known', () => {
  for (const strange of [null, 'x', { grants: 'many' }, { slots: [{ at: 'now' }] }]) {
    expect(accountOf(strange).grants).toEqual([]);
    expect(portfolioOf(strange).slots).toEqual([]);
  }
});

test('notices come in any order: the latest counts', () => {
  const late = changedPortfolio(portfolioOf({}), { dailyRecipients: 10_000 }, 200);
  expect(changedPortfolio(late, { dailyRecipients: 2_000 }, 100)).toEqual(late);
  expect(changedPortfolio(late, { dailyRecipients: 'unlimited' }, 300).dailyRecipients).toBe('unlimited');
  const red = changed(nothing, { quality: 'low' }, 200);
  expect(changed(red, { quality: 'high' }, 100)).toEqual(red);
});

test('what is heard of an account changes its limits; what is of another number of the business only the portfolio', () => {
  expect(changeOf({ kind: 'quality', quality: 'low', number: '+55 11 5550-1200' }, '551155501200')).toEqual({
    quality: 'low',
  });
  expect(
    changeOf({ kind: 'quality', quality: 'low', number: '551155501299' }, '551155501200'),
  ).toBeUndefined();
  const raised = {
    kind: 'limit',
    dailyRecipients: 'none',
    perSecond: 1_000,
    number: '551155501299',
  } as const;
  expect(changeOf(raised, '551155501200')).toEqual({ dailyRecipients: 'unlimited' });
  expect(changeOf(raised, undefined)).toEqual({ dailyRecipients: 'unlimited', perSecond: 1_000 });
  expect(changeOf({ kind: 'connected' }, undefined)).toBeUndefined();
});
