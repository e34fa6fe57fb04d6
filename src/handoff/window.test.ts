import { expect, test } from 'vitest';
import { serviceWindowMs } from '../messages/door.ts';
import { isWindowOpen, windowEnd } from './window.ts';

const at = '2026-11-22T10:00:00.000Z';
const later = (ms: number) => new Date(Date.parse(at) + ms).toISOString();

test('the countdown that staff see ends when the door closes', () => {
  expect(windowEnd(at)).toBe(later(serviceWindowMs));
  expect(isWindowOpen(at, later(serviceWindowMs - 1))).toBe(true);
  expect(isWindowOpen(at, later(serviceWindowMs))).toBe(false);
});

test('towards somebody who never wrote it is closed', () => {
  expect(windowEnd(undefined)).toBeUndefined();
  expect(isWindowOpen(undefined, at)).toBe(false);
});
