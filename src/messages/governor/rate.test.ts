import { describe, expect, test } from 'vitest';
import { askRate, type Grant, grantMs, type Lane, underwayMs, windowOf } from './rate.ts';

const whole = { perSecond: 80, bulkShare: 0.75 };
const ask = (wants: number, lane: Lane = 'urgent', holder = 'p1') => ({ holder, lane, wants, overdrawn: 0 });

test('a number sends what is wanted and a few more, and never more than its window holds', () => {
  const first = askRate([], ask(10), whole, 0);
  expect(first.granted).toBe(14);
  const second = askRate(first.grants, ask(200, 'urgent', 'p2'), whole, 0);
  expect(second.granted).toBe(66);
  const third = askRate(second.grants, ask(1, 'urgent', 'p3'), whole, 0);
  expect(third).toMatchObject({ granted: 0 });
  expect(third.waitMs).toBe(grantMs + underwayMs + 1000);
});

test('who asks again has spent what it had: it counts no longer than it takes to arrive, and for the window', () => {
  const first = askRate([], ask(80), whole, 0);
  const again = askRate(first.grants, ask(80), whole, 100);
  expect(again.granted).toBe(0);
  expect(again.waitMs).toBe(underwayMs + 1000);
  expect(askRate(again.grants, ask(80), whole, 100 + again.waitMs).granted).toBe(80);
});

test('bulk leaves a share for what answers a patient, whoever sends it', () => {
  const bulk = askRate([], ask(500, 'bulk'), whole, 0);
  expect(bulk.granted).toBe(60);
  expect(askRate(bulk.grants, ask(5, 'bulk', 'p2'), whole, 0).granted).toBe(0);
  expect(askRate(bulk.grants, ask(20, 'urgent', 'p2'), whole, 0).granted).toBe(20);
});

test('what could not wait is counted afterwards', () => {
  const answer = askRate([], { ...ask(1), overdrawn: 79 }, whole, 0);
  expect(answer.granted).toBe(1);
  expect(askRate(answer.grants, ask(1, 'urgent', 'p2'), whole, 0).granted).toBe(0);
});

test('a process that died holds its tokens back for seconds only', () => {
  const { grants } = askRate([], ask(80, 'urgent', 'dead'), whole, 0);
  expect(askRate(grants, ask(1), whole, grantMs + underwayMs + 999).granted).toBe(0);
  expect(askRate(grants, ask(1), whole, grantMs + underwayMs + 1000).granted).toBe(5);
});

test('below one message a second the window is longer', () => {
  const slow = { perSecond: 1 / 3, bulkShare: 0.75 };
  expect(windowOf(slow.perSecond)).toEqual({ windowMs: 3000, holds: 1 });
  const first = askRate([], ask(5, 'bulk'), slow, 0);
  expect(first.granted).toBe(1);
  const again = askRate(first.grants, ask(5, 'bulk'), slow, 10);
  expect(again).toMatchObject({ granted: 0, waitMs: underwayMs + 3000 });
});

test('a clock that was set back does not stop a number for longer than its grants last', () => {
  const { grants } = askRate([], ask(80), whole, 1_000_000);
  const after = askRate(grants, ask(1, 'urgent', 'p2'), whole, 0);
  expect(after.waitMs).toBeLessThanOrEqual(grantMs + underwayMs + 1000);
});

/** Numbers that look random, the same in each run. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe('however many processes ask, whenever they spend: no window holds more than the number may send', () => {
  test.each([
    [1, 80, 3],
    [2, 80, 5],
    [3, 20, 2],
    [4, 7, 4],
    [5, 1, 3],
    [6, 400, 2],
    [7, 0.5, 2],
  ])('history %i: %d a second, %i processes', (seed, perSecond, processes) => {
    const roll = dice(seed);
    const { windowMs, holds } = windowOf(perSecond);
    let grants: readonly Grant[] = [];
    const hands = new Map<string, { left: number; until: number }>();
    const sent: number[] = [];
    let biggest = 0;
    for (let now = 0; now < 20 * windowMs; now += 1 + roll(40)) {
      const holder = `p${roll(processes)}`;
      const lane = roll(2) === 0 ? 'urgent' : 'bulk';
      const key = `${holder}/${lane}`;
      const hand = hands.get(key);
      if (hand === undefined || hand.left === 0 || hand.until < now) {
        const answer = askRate(grants, ask(1 + roll(60), lane, holder), { perSecond, bulkShare: 0.75 }, now);
        grants = answer.grants;
        hands.set(key, { left: answer.granted, until: now + grantMs });
        biggest = Math.max(biggest, grants.length);
        continue;
      }
      const spent = Math.min(hand.left, 1 + roll(30));
      hand.left -= spent;
      // On its way for as long as a call may be.
      for (let i = 0; i < spent; i += 1) sent.push(now + roll(underwayMs));
    }
    sent.sort((a, b) => a - b);
    let from = 0;
    for (const [to, at] of sent.entries()) {
      while ((sent[from] ?? 0) <= at - windowMs) from += 1;
      expect(to - from + 1).toBeLessThanOrEqual(holds);
    }
    expect(sent.length).toBeGreaterThan(4 * holds);
    expect(biggest).toBeLessThan(400);
  });
});
