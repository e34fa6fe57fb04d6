import { expect, test } from 'vitest';
import { type CoalescerOptions, createCoalescer } from './coalescer.ts';

const options = {
  weigh: (item: number) => item,
  maxItems: 3,
  maxWeight: 1_000,
  maxInFlight: 1,
  maxWaiting: 100,
  maxWaitingWeight: 1_000,
  waitMs: 60_000,
  writeMs: 60_000,
};

/** A writer whose batches are written when the test says so. */
function held(changes: Partial<CoalescerOptions<number>> = {}) {
  const batches: number[][] = [];
  const released = Promise.withResolvers<void>();
  const write = async (items: readonly number[]) => {
    batches.push([...items]);
    await released.promise;
  };
  const coalescer = createCoalescer<number>({ ...options, write, ...changes });
  return { coalescer, batches, release: released.resolve };
}

const outcomes = (added: readonly Promise<void>[]) =>
  Promise.all(
    added.map((each) =>
      each.then(
        () => 'written',
        (error: unknown) => (error instanceof Error ? error.message : 'failed'),
      ),
    ),
  );

test('what arrives together is written together, and everyone waits for their own batch', async () => {
  const { coalescer, batches, release } = held();
  const added = [1, 2, 3, 4, 5].map((n) => coalescer.add(n));
  release();
  expect(await outcomes(added)).toEqual(Array(5).fill('written'));
  expect(batches).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
});

test('a batch holds no more weight than it may, and one that is heavier alone is written alone', async () => {
  const { coalescer, batches, release } = held({ maxWeight: 10 });
  const added = [6, 4, 1, 50, 2].map((n) => coalescer.add(n));
  release();
  expect(await outcomes(added)).toEqual(Array(5).fill('written'));
  expect(batches).toEqual([[6, 4], [1], [50], [2]]);
});

test('a batch that cannot be written fails those in it, and no others', async () => {
  const coalescer = createCoalescer<number>({
    ...options,
    write: async (items) => {
      if (items.includes(1)) throw new Error('disk full');
    },
    maxItems: 1,
    maxInFlight: 2,
  });
  expect(await outcomes([coalescer.add(1), coalescer.add(2)])).toEqual(['disk full', 'written']);
  expect(await outcomes([coalescer.add(3)])).toEqual(['written']);
});

test.each([
  ['items', { maxWaiting: 2 }],
  ['weight', { maxWaitingWeight: 5 }],
])('what finds too much waiting, by %s, is not taken, and there is room again later', async (_, limit) => {
  const { coalescer, batches, release } = held(limit);
  const added = [3, 4].map((n) => coalescer.add(n));
  expect(coalescer.hasRoom()).toBe(false);
  added.push(coalescer.add(5));
  release();
  expect(await outcomes(added)).toEqual(['written', 'written', 'full']);
  expect(coalescer.hasRoom()).toBe(true);
  expect(await outcomes([coalescer.add(6)])).toEqual(['written']);
  expect(batches.flat()).toEqual([3, 4, 6]);
});

test('what no batch takes in time is given back, and never written', async () => {
  const { coalescer, batches, release } = held({ maxItems: 1, waitMs: 20 });
  const first = coalescer.add(1);
  const others = [coalescer.add(2), coalescer.add(3)];
  expect(await outcomes(others)).toEqual(['late', 'late']);
  release();
  expect(await outcomes([first, coalescer.add(4)])).toEqual(['written', 'written']);
  expect(batches).toEqual([[1], [4]]);
});

test('a batch that takes too long is not waited for, and keeps its place until it ends', async () => {
  const { coalescer, batches, release } = held({ writeMs: 20 });
  expect(await outcomes([coalescer.add(1)])).toEqual(['unknown']);
  const next = coalescer.add(2);
  expect(batches).toEqual([[1]]);
  release();
  expect(await outcomes([next])).toEqual(['written']);
  expect(batches).toEqual([[1], [2]]);
});
