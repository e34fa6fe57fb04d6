import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayInAddress, isDay, longDay, nameOfDay, stepDay } from './day.ts';

test('a day is one of the calendar', () => {
  expect(isDay('2026-11-24')).toBe(true);
  expect(isDay('2028-02-29')).toBe(true);
  for (const none of ['2026-02-29', '2026-13-01', '2026-1-1', '24/11/2026', '', undefined, 20261124]) {
    expect(isDay(none)).toBe(false);
  }
});

test('stepping passes the ends of months and years', () => {
  expect(stepDay('2026-12-31', 1)).toBe('2027-01-01');
  expect(stepDay('2028-03-01', -1)).toBe('2028-02-29');
  expect(stepDay('2026-11-24', 0)).toBe('2026-11-24');
});

test('a step there and back is where one was', () => {
  const day = fc
    .date({ min: new Date('2000-01-02'), max: new Date('2199-12-30'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10));
  fc.assert(
    fc.property(day, fc.integer({ min: -400, max: 400 }), (from, by) => {
      const to = stepDay(from, by);
      expect(isDay(to)).toBe(true);
      expect(stepDay(to, -by)).toBe(from);
    }),
  );
});

test('days have the names that people give them', () => {
  expect(nameOfDay('2026-11-24', '2026-11-24')).toBe('Today');
  expect(nameOfDay('2026-11-25', '2026-11-24')).toBe('Tomorrow');
  expect(nameOfDay('2026-11-23', '2026-11-24')).toBe('Yesterday');
  expect(nameOfDay('2026-11-27', '2026-11-24')).toBe('Fri 27 Nov');
  expect(nameOfDay('2027-01-05', '2026-11-24')).toBe('5 Jan 2027');
  expect(longDay('2026-11-24')).toBe('Tuesday 24 November 2026');
});

test('an address names a day, or none', () => {
  expect(dayInAddress({ day: '2026-11-24' })).toBe('2026-11-24');
  expect(dayInAddress({ day: '2026-02-30' })).toBeUndefined();
  expect(dayInAddress({})).toBeUndefined();
  expect(dayInAddress(undefined)).toBeUndefined();
});
