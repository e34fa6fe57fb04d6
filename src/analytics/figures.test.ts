import { expect, test } from 'vitest';
import { dayOf, meaningOf } from './figures.ts';

const fact = (stream: string, type: string, data: unknown = {}) => ({
  stream,
  type,
  data,
  at: '2026-11-22T10:00:00.000Z',
});

test('messages are counted one by one, however many one turn read', () => {
  const read = meaningOf(fact('conversation/c1', 'MessagesRead', { kinds: ['text', 'text', 'media'] }));
  expect(read.counts).toEqual([{ figure: 'messages-in', by: 3 }]);
});

test('only a failed status is a failure', () => {
  const status = (name: string) =>
    meaningOf(fact('message/m1', 'MessageStatusChanged', { status: name })).counts;
  expect(status('failed')).toEqual([{ figure: 'messages-failed', by: 1 }]);
  expect(status('delivered')).toEqual([]);
});

test('the first answer of staff ends the wait, a later one does not', () => {
  const replied = (first: boolean) => meaningOf(fact('handoff/c1', 'StaffReplied', { first })).ends;
  expect(replied(true)).toEqual([{ duration: 'response-time', what: 'handoff', id: 'c1' }]);
  expect(replied(false)).toEqual([]);
});

test('a fact of another module that has the same name counts for nothing', () => {
  expect(meaningOf(fact('other/c1', 'HandedOver')).counts).toEqual([]);
});

test('unknown facts, and facts of another shape, count for nothing', () => {
  for (const [type, data] of [
    ['constructor', {}],
    ['SomethingNew', { kinds: 3 }],
    ['MessagesRead', null],
  ] as const) {
    const read = meaningOf(fact('conversation/c1', type, data));
    expect(read.counts.reduce((sum, { by }) => sum + by, 0)).toBe(0);
  }
});

test('a day ends at the midnight of the practice’s zone', () => {
  expect(dayOf('2026-11-22T02:59:59.000Z', 'America/Sao_Paulo')).toBe('2026-11-21');
  expect(dayOf('2026-11-22T03:00:00.000Z', 'America/Sao_Paulo')).toBe('2026-11-22');
});
