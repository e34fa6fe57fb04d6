import { expect, test } from 'vitest';
import {
  clockTime,
  dayKey,
  dayName,
  duration,
  exactTime,
  languageName,
  plainDate,
  relativeTime,
  shortTime,
  sinceTime,
  timeSpan,
} from './time.ts';

const zone = 'America/Sao_Paulo';
const now = Date.parse('2026-11-24T12:00:00Z'); // 09:00 there

test.each([
  ['2026-11-24T12:00:20Z', 'now'],
  ['2026-11-24T11:40:00Z', '20 min ago'],
  ['2026-11-24T12:20:00Z', 'in 20 min'],
  ['2026-11-24T06:05:00Z', 'today 03:05'],
  ['2026-11-24T02:30:00Z', 'yesterday 23:30'],
  ['2026-11-25T13:30:00Z', 'tomorrow 10:30'],
  ['2026-11-20T17:05:00Z', 'Fri 20 Nov 14:05'],
  ['2025-03-02T17:05:00Z', '2 Mar 2025 14:05'],
])('%s is %s', (at, words) => {
  expect(relativeTime(at, now, zone)).toBe(words);
});

test.each([
  ['2026-11-24T11:59:40Z', 'now'],
  ['2026-11-24T11:51:00Z', '9 min'],
  ['2026-11-24T08:00:00Z', '05:00'],
  ['2026-11-23T12:00:00Z', 'Yesterday'],
  ['2026-11-03T12:00:00Z', '3 Nov'],
  ['2025-11-03T12:00:00Z', '03/11/25'],
])('in a narrow column %s is %s', (at, words) => {
  expect(shortTime(at, now, zone)).toBe(words);
});

test.each([
  ['2026-11-24T11:59:40Z', '08:59'],
  ['2026-11-24T11:01:00Z', '08:01'],
  ['2026-11-24T02:30:00Z', 'yesterday 23:30'],
  ['2026-11-21T12:00:00Z', 'Sat 21 Nov 09:00'],
])('since %s is since %s', (at, words) => {
  expect(sinceTime(at, now, zone)).toBe(words);
});

test('days are of the practice, not of the browser, also where a day has 25 hours', () => {
  expect(dayKey('2026-11-24T02:30:00Z', zone)).toBe('2026-11-23');
  expect(dayName('2026-11-24T02:30:00Z', now, zone)).toBe('Yesterday');
  // In New York the clocks go back on 1 November 2026: from noon to noon are 25 hours.
  const noonAfter = Date.parse('2026-11-01T17:00:00Z');
  expect(dayName('2026-10-31T16:00:00Z', noonAfter, 'America/New_York')).toBe('Yesterday');
  expect(dayName('2026-11-02T17:00:00Z', noonAfter, 'America/New_York')).toBe('Tomorrow');
});

test.each([
  [30_000, '< 1 min'],
  [59 * 60_000 + 59_000, '59 min'],
  [21.9 * 3_600_000, '21 h'],
  [71 * 3_600_000, '2 days'],
])('%d ms are %s: never more than is left', (ms, words) => {
  expect(duration(ms)).toBe(words);
});

test.each([
  ['1984-05-03', '3 May 1984'],
  ['1984-05', '1984-05'],
  ['2026-02-30', '2026-02-30'],
  ['', ''],
])('the date %j is written as %j', (date, words) => {
  expect(plainDate(date)).toBe(words);
});

test('a visit, a clock, an exact time and a language in words', () => {
  expect(timeSpan('2026-11-24T12:30:00Z', '2026-11-24T13:00:00Z', zone)).toBe('Tue 24 Nov, 09:30–10:00');
  expect(clockTime('2026-11-24T12:30:00Z', zone)).toBe('09:30');
  expect(exactTime('2026-11-24T12:30:05Z', zone)).toBe('Tue, 24 Nov 2026, 09:30:05 GMT-3');
  expect(languageName('pt')).toBe('Portuguese');
  expect(languageName('not a tag')).toBe('not a tag');
});
