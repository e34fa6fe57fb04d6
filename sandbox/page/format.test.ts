import { expect, test } from 'vitest';
import {
  clockTime,
  dayName,
  duration,
  languageName,
  plainDate,
  since,
  visibleControls,
  words,
} from './format.ts';

const noon = Date.parse('2026-11-24T15:00:00Z');

test('times and days are those of the practice, whatever the browser’s zone', () => {
  expect(clockTime('2026-11-24T02:30:00Z', 'America/Sao_Paulo')).toBe('23:30');
  expect(dayName('2026-11-24T02:30:00Z', noon, 'America/Sao_Paulo')).toBe('Yesterday');
  expect(dayName('2026-11-24T03:30:00Z', noon, 'America/Sao_Paulo')).toBe('Today');
  expect(dayName('2026-11-20T12:00:00Z', noon, 'America/Sao_Paulo')).toBe('Fri 20 Nov');
});

test.each([
  [59_000, 'less than a minute'],
  [3_599_000, '59 min'],
  [24 * 3_600_000 - 1, '23 h'],
  [72 * 3_600_000, '3 days'],
])('%i ms are %s: a deadline is never shown as further away than it is', (ms, text) => {
  expect(duration(ms)).toBe(text);
});

test.each([
  ['2026-01-01T00:00:00.120Z', '+120 ms'],
  ['2026-01-01T00:00:04.200Z', '+4.2 s'],
  ['2026-01-01T00:02:10Z', '+2 min'],
  ['2025-12-31T23:59:59Z', '+0 ms'],
])('%s is %s after the start', (at, text) => {
  expect(since('2026-01-01T00:00:00Z', at)).toBe(text);
});

test.each([
  ['1984-05-03', '3 May 1984'],
  ['1984-05', '1984-05'],
  ['1984-02-31', '1984-02-31'],
  ['knee', 'knee'],
])('a date %s reads %s', (date, text) => {
  expect(plainDate(date)).toBe(text);
});

test('identifiers become words', () => {
  expect(words('birth-date')).toBe('birth date');
  expect(words('AppointmentBooked')).toBe('appointment booked');
});

test('a language tag that nobody knows stays as it is', () => {
  expect(languageName('pt')).toBe('Portuguese');
  expect(languageName('not a tag')).toBe('not a tag');
});

test('what reorders or hides text is shown, line breaks and joiners stay', () => {
  expect(visibleControls('a\u202Eb\u0000c\nd\u200De')).toBe('a[U+202E]b[U+0000]c\nd\u200De');
});
