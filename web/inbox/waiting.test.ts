import { expect, test } from 'vitest';
import { waitOf } from './waiting.ts';

const now = Date.parse('2026-11-24T12:00:00Z');
const limits = { top: 5, normal: 30 };
const since = (minutes: number) => new Date(now - minutes * 60_000).toISOString();

test.each([
  ['normal', 14, 'fine'],
  ['normal', 15, 'soon'],
  ['normal', 29, 'soon'],
  ['normal', 30, 'too-long'],
  ['top', 2, 'fine'],
  ['top', 3, 'soon'],
  ['top', 5, 'too-long'],
  [null, 31, 'too-long'],
] as const)('with priority %s, %d minutes are %s', (priority, minutes, is) => {
  const wait = waitOf({ waitingSince: since(minutes), priority, state: 'waiting' }, now, limits);
  expect(wait).toEqual({ ms: minutes * 60_000, is });
});

test('nobody waits where it is the patient’s turn, or the assistant’s', () => {
  expect(waitOf({ waitingSince: null, priority: 'top', state: 'taken' }, now, limits)).toBeUndefined();
  expect(waitOf({ waitingSince: since(90), priority: 'top', state: 'bot' }, now, limits)).toBeUndefined();
  expect(
    waitOf({ waitingSince: since(90), priority: 'top', state: 'resolved' }, now, limits),
  ).toBeUndefined();
});

test('before the limits are known, a wait is only a time; a clock that is behind makes none', () => {
  expect(waitOf({ waitingSince: since(90), priority: 'top', state: 'waiting' }, now, undefined)?.is).toBe(
    'fine',
  );
  expect(waitOf({ waitingSince: since(-3), priority: 'top', state: 'waiting' }, now, limits)?.ms).toBe(0);
});
