import { expect, test } from 'vitest';
import type { InboxRow } from '#handoff/contract.ts';
import { filterIn, rowsOf } from './filter.ts';
import { newAbove } from './use-keep-place.ts';

test.each([
  [{}, { queue: 'waiting' }],
  [
    { queue: 'mine', language: 'pt', reason: 'asked' },
    { queue: 'mine', language: 'pt', reason: 'asked' },
  ],
  [{ queue: 'everything', language: 7, reason: '' }, { queue: 'waiting' }],
  [undefined, { queue: 'waiting' }],
])('the address %j asks for %j', (search, filter) => {
  expect(filterIn(search)).toEqual(filter);
});

const row = (conversationId: string, unread = 0): InboxRow => ({
  conversationId,
  name: 'Maria D.',
  language: 'pt',
  state: 'waiting',
  reason: 'asked',
  priority: 'normal',
  assignee: null,
  waitingSince: null,
  lastAt: '2026-11-24T12:00:00Z',
  unread,
  windowClosesAt: null,
});

test('a conversation that moved between two pages is listed once, as the newer page has it', () => {
  const counts = { mine: 0, waiting: 3, top: 0 };
  const rows = rowsOf([
    { rows: [row('a'), row('b', 2)], next: 'x', counts },
    { rows: [row('b'), row('c')], next: null, counts },
  ]);
  expect(rows.map(({ conversationId, unread }) => [conversationId, unread])).toEqual([
    ['a', 0],
    ['b', 2],
    ['c', 0],
  ]);
});

test('only rows that were not there before, and stand above what one looks at, are new above', () => {
  const known = new Set(['a', 'b', 'c']);
  expect(newAbove(['n', 'a', 'm', 'b', 'c'], 'b', known)).toBe(2);
  expect(newAbove(['a', 'b', 'n'], 'b', known)).toBe(0);
  expect(newAbove(['c', 'a', 'b'], 'b', known)).toBe(0);
  expect(newAbove(['a', 'b'], 'b', new Set())).toBe(0);
  expect(newAbove(['a', 'b'], 'gone', known)).toBe(0);
});
