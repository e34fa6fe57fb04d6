import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type DayFigures, durations, figures } from '#analytics/contract.ts';
import { average, averages, inHundred, scaleTop, series, spanTop, spanWords, total } from './sums.ts';

type Given = { intakes?: number; replies?: { count: number; seconds: number } };

function day(name: string, { intakes = 0, replies = { count: 0, seconds: 0 } }: Given): DayFigures {
  const none = { count: 0, seconds: 0 };
  return {
    day: name,
    // The keys are those of the lists.
    figures: Object.fromEntries(
      figures.map((figure) => [figure, figure === 'intakes-started' ? intakes : 0]),
    ) as DayFigures['figures'],
    durations: Object.fromEntries(
      durations.map((duration) => [duration, duration === 'response-time' ? replies : none]),
    ) as DayFigures['durations'],
  };
}

test('counts add up over days', () => {
  const days = [day('2026-11-23', { intakes: 3 }), day('2026-11-24', { intakes: 4 })];
  expect(series(days, 'intakes-started')).toEqual([3, 4]);
  expect(total(days, 'intakes-started')).toBe(7);
  expect(total(days, 'bookings')).toBe(0);
});

test('an average weighs cases, not days', () => {
  const days = [
    day('2026-11-22', { replies: { count: 1, seconds: 1000 } }),
    day('2026-11-23', {}),
    day('2026-11-24', { replies: { count: 9, seconds: 900 } }),
  ];
  expect(average(days, 'response-time')).toEqual({ count: 10, seconds: 190 });
  expect(averages(days, 'response-time')).toEqual([1000, undefined, 100]);
  expect(average(days, 'time-to-intake')).toEqual({ count: 0, seconds: undefined });
});

test('of nothing there is no share', () => {
  expect(inHundred(1, 3)).toBe(33);
  expect(inHundred(0, 0)).toBeUndefined();
});

test('spans are said as people say them', () => {
  const said: readonly (readonly [number, string])[] = [
    [0, '0 s'],
    [40.4, '40 s'],
    [59.4, '59 s'],
    [59.6, '1 min'],
    [60, '1 min'],
    [340, '6 min'],
    [3569, '59 min'],
    [3599, '1 h'],
    [3900, '1 h 5 min'],
    [86_399, '1 day'],
    [86_400, '1 day'],
    [97_200, '1 day 3 h'],
    [172_800, '2 days'],
  ];
  for (const [seconds, words] of said) expect(spanWords(seconds), String(seconds)).toBe(words);
});

test('a span is never said with a part that is a whole of the next', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 1e6, noNaN: true }), (seconds) => {
      expect(spanWords(seconds)).not.toMatch(/\b(60 s|60 min|24 h)\b/);
    }),
  );
});

test('a scale holds all values, and is not far above them', () => {
  expect(scaleTop([])).toBe(1);
  expect(scaleTop([0, 7, 3])).toBe(8);
  expect(scaleTop([11])).toBe(15);
  expect(spanTop([61])).toBe(120);
  expect(spanTop([90_000])).toBe(172_800);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1 }), (values) => {
      const max = Math.max(...values);
      expect(scaleTop(values)).toBeGreaterThanOrEqual(max);
      expect(scaleTop(values)).toBeLessThan(2 * max + 1);
      expect(Number.isInteger(scaleTop(values))).toBe(true);
      expect(spanTop(values)).toBeGreaterThanOrEqual(max);
    }),
  );
});
