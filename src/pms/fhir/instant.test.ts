import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { later, toInstant } from './instant.ts';

describe('an instant', () => {
  test.each([
    ['2026-12-01T14:00:00Z', '2026-12-01T14:00:00.000Z'],
    ['2026-12-01T14:00:00.123456Z', '2026-12-01T14:00:00.123Z'],
    ['2026-12-01T09:00:00-05:00', '2026-12-01T14:00:00.000Z'],
    ['2026-12-01T09:00-0500', '2026-12-01T14:00:00.000Z'],
    ['2026-12-02T00:30:00+14:00', '2026-12-01T10:30:00.000Z'],
    // The night in which New York has the hour twice: the offset says which.
    ['2026-11-01T01:30:00-04:00', '2026-11-01T05:30:00.000Z'],
    ['2026-11-01T01:30:00-05:00', '2026-11-01T06:30:00.000Z'],
  ])('%s', (text, expected) => {
    expect(toInstant(text)).toBe(expected);
  });

  test.each([
    '2026-12-01T14:00:00',
    '2026-12-01',
    '2026-12-01 14:00:00Z',
    '2026-02-29T14:00:00Z',
    '2026-12-01T24:30:00Z',
    '2026-12-01T14:00:00Z[Europe/Paris]',
    '2026-12-01T14:00:00+25:00',
    ' 2026-12-01T14:00:00Z',
    '20261201T140000Z',
    '-000001-12-01T14:00:00Z',
    '',
    1_764_597_600,
    null,
    undefined,
  ])('%s is none', (text) => {
    expect(toInstant(text)).toBeUndefined();
  });

  test('is the same whatever the offset that it is written with, and sorts as text', () => {
    const moment = fc.integer({ min: 0, max: 4_102_444_800 }).map((seconds) => seconds * 1_000);
    const minutes = fc.integer({ min: -14 * 60, max: 14 * 60 });
    const written = (at: number, offset: number) => {
      const zone = `${offset < 0 ? '-' : '+'}${clock(Math.abs(offset))}`;
      return new Date(at + offset * 60_000).toISOString().replace('.000Z', zone);
    };
    fc.assert(
      fc.property(moment, moment, minutes, minutes, (left, right, here, there) => {
        const [one, other] = [toInstant(written(left, here)), toInstant(written(right, there))];
        expect(one).toBe(new Date(left).toISOString());
        expect((one ?? '') < (other ?? '')).toBe(left < right);
      }),
    );
  });
});

test('minutes later is on the clock of UTC', () => {
  expect(later('2026-12-31T23:45:00.000Z', 30)).toBe('2027-01-01T00:15:00.000Z');
});

function clock(minutes: number): string {
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
