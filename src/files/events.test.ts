import { expect, test } from 'vitest';
import type { FileEvent } from './events.ts';
import frozen from './testdata/events.json' with { type: 'json' };

const at = '2026-11-22T10:00:00.000Z';
const which = { fileId: '0d2f6a10-77b1-4c7e-9a3e-51c0de9f0001', conversationId: 'c1' };

/** One of every kind, as today's program writes it. */
const today: readonly FileEvent[] = [
  { type: 'FileKept', data: { ...which, bytes: 40_321, agrees: true, at } },
  { type: 'FileMissed', data: { ...which, code: 'EXPIRED', at } },
];

test('the shape of a fact is frozen from the day it ships: history is not edited', () => {
  expect(JSON.parse(JSON.stringify(today))).toEqual(frozen);
});
