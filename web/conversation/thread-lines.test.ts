import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ConversationDetail, ThreadLine } from '#handoff/contract.ts';
import { byDay, goesOn, newFromPatient, type Opened, withNewest, withOlder } from './thread-lines.ts';

const start = Date.parse('2026-11-24T12:00:00Z');

const line = (n: number, side: 'patient' | 'staff' | 'assistant' = 'patient'): ThreadLine => ({
  kind: 'message',
  id: `m${n}`,
  at: new Date(start + n * 60_000).toISOString(),
  side,
  by: side === 'staff' ? 'Ana' : null,
  what: 'text',
  text: `${n}`,
  choices: [],
  status: null,
  code: null,
});

const page = (from: number, to: number, older: string | null) =>
  // Only its thread and cursor are read here.
  ({
    thread: Array.from({ length: to - from }, (_, i) => line(from + i)),
    older,
  }) as unknown as ConversationDetail;

const ids = ({ lines }: Opened) => lines.map(({ id }) => id);

test('lines that have left the newest page stay, and so does the way to what was before them', () => {
  const opened = withNewest(withNewest(undefined, page(10, 20, 'before-10')), page(13, 23, 'before-13'));
  expect(ids(opened)).toEqual(Array.from({ length: 13 }, (_, i) => `m${10 + i}`));
  expect(opened.older).toBe('before-10');
});

test('a gap is not hidden: where nothing connects, the older lines are let go', () => {
  const opened = withNewest(withNewest(undefined, page(0, 10, null)), page(50, 60, 'before-50'));
  expect(ids(opened)[0]).toBe('m50');
  expect(opened.older).toBe('before-50');
});

test('a line is shown as it is now', () => {
  const first = withNewest(undefined, page(0, 2, null));
  const read = { ...page(0, 2, null), thread: [line(0), { ...line(1), text: 'edited' }] };
  expect(withNewest(first, read).lines[1]).toMatchObject({ text: 'edited' });
});

test('however pages are asked for, each line is there once and in order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 0, max: 40 }), (size, arrived) => {
      const total = 40;
      let from = total - size;
      let opened = withNewest(undefined, page(from, total, 'more'));
      while (from > 0) {
        const to = Math.min(total, from + 2); // pages may overlap
        from = Math.max(0, from - size);
        opened = withOlder(opened, page(from, to, from > 0 ? 'more' : null));
      }
      const last = total + Math.min(arrived, size - 1);
      opened = withNewest(opened, page(Math.max(0, last - size), last, 'more'));
      expect(ids(opened)).toEqual(Array.from({ length: last }, (_, i) => `m${i}`));
      expect(opened.older).toBeNull();
    }),
  );
});

test('days are told apart; a side that goes on within moments needs no name', () => {
  const days = byDay([line(0), line(1), line(1440)], (at) => at.slice(0, 10));
  expect(days.map(({ day, lines }) => [day, lines.length])).toEqual([
    ['2026-11-24', 2],
    ['2026-11-25', 1],
  ]);
  expect(goesOn(line(0), line(1))).toBe(true);
  expect(goesOn(line(0), line(9))).toBe(false);
  expect(goesOn(line(0), line(1, 'staff'))).toBe(false);
  expect(goesOn(undefined, line(0))).toBe(false);
});

test('only the patient’s messages after the one that was seen are new', () => {
  const lines = [line(0), line(1, 'staff'), line(2), line(3, 'assistant'), line(4)];
  expect(newFromPatient(lines, 'm1')).toBe(2);
  expect(newFromPatient(lines, 'm4')).toBe(0);
  expect(newFromPatient(lines, undefined)).toBe(0);
});
