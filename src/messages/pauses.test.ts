import { expect, test } from 'vitest';
import { accepted, accountRetry, rejected, retry, unknown } from '#kernel/outcome.ts';
import { createPauses } from './pauses.ts';

const locked = accountRetry('ACCOUNT_LOCKED', 60_000);

test('one message finds out, and all others of the account wait; another account does not', () => {
  const pauses = createPauses();
  expect(pauses.waitOf('meta/a', 0)).toBe(0);
  expect(pauses.learn('meta/a', locked, 0)).toBe(true);
  expect(pauses.waitOf('meta/a', 1_000)).toBe(59_000);
  expect(pauses.waitOf('meta/b', 1_000)).toBe(0);
});

test('after the pause one tries, and what comes of it decides for the rest', () => {
  const pauses = createPauses();
  pauses.learn('meta/a', locked, 0);
  expect(pauses.waitOf('meta/a', 60_000)).toBe(0);
  expect(pauses.waitOf('meta/a', 60_001)).toBeGreaterThan(0);
  expect(pauses.learn('meta/a', locked, 61_000)).toBe(false);
  expect(pauses.waitOf('meta/a', 62_000)).toBe(59_000);
  expect(pauses.waitOf('meta/a', 121_000)).toBe(0);
  pauses.learn('meta/a', accepted({}), 122_000);
  expect([pauses.waitOf('meta/a', 122_001), pauses.waitOf('meta/a', 122_002)]).toEqual([0, 0]);
});

test('a refusal of one message shows that the account may send; a try without an answer shows nothing', () => {
  const pauses = createPauses();
  pauses.learn('meta/a', locked, 0);
  pauses.waitOf('meta/a', 60_000);
  for (const nothing of [unknown('TIMEOUT'), retry('HTTP_503')]) pauses.learn('meta/a', nothing, 61_000);
  expect(pauses.waitOf('meta/a', 62_000)).toBeGreaterThan(0);
  // Nothing was heard of the try: another one.
  expect(pauses.waitOf('meta/a', 90_000)).toBe(0);
  pauses.learn('meta/a', rejected('UNDELIVERABLE'), 91_000);
  expect(pauses.waitOf('meta/a', 91_001)).toBe(0);
});

test('a clock that was set back ends it', () => {
  const pauses = createPauses();
  pauses.learn('meta/a', locked, 10_000_000);
  expect(pauses.waitOf('meta/a', 0)).toBe(0);
});
