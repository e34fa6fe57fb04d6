import { expect, test } from 'vitest';
import { retry } from '#kernel/outcome.ts';
import { isThrottle, type Slowed, shareNow, slowedDown } from './slow.ts';

test('a throttle answer halves the rate, and it comes back step by step', () => {
  const slowed = slowedDown(undefined, 0);
  expect(shareNow(undefined, 0)).toBe(1);
  expect([0, 4_999, 5_000, 25_000, 50_000, 1e9].map((at) => shareNow(slowed, at))).toEqual([
    0.5, 0.5, 0.55, 0.75, 1, 1,
  ]);
});

test('answers to one burst are one answer, later ones halve it again, and it never stops', () => {
  let slowed: Slowed | undefined;
  for (let ms = 0; ms < 900; ms += 50) slowed = slowedDown(slowed, ms);
  expect(shareNow(slowed, 900)).toBe(0.5);
  for (let ms = 1_000; ms < 60_000; ms += 1_000) slowed = slowedDown(slowed, ms);
  expect(shareNow(slowed, 60_000)).toBe(1 / 16);
});

test('too fast for the account is told apart from too fast for one patient', () => {
  const codes = [
    'THROUGHPUT_REACHED',
    'ACCOUNT_RATE_LIMIT',
    'RATE_LIMITED',
    'PAIR_RATE_LIMIT',
    'SERVICE_UNAVAILABLE',
  ];
  expect(codes.map((code) => isThrottle(retry(code).kind === 'retry' ? code : ''))).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});
