import { expect, test } from 'vitest';
import type { PracticeSystemEvent } from './events.ts';
import frozen from './testdata/events.json' with { type: 'json' };

const at = '2026-11-22T10:00:00.000Z';

/** One of every kind, as today's program writes it. */
const today: readonly PracticeSystemEvent[] = [
  { type: 'PracticeSystemAway', data: { code: 'TIMEOUT', at } },
  { type: 'PracticeSystemBack', data: { at } },
];

test('the shape of a fact is frozen from the day it ships: history is not edited', () => {
  expect(JSON.parse(JSON.stringify(today))).toEqual(frozen);
});
