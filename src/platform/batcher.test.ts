import { expect, test } from 'vitest';
import { type BatchResult, createBatcher } from './batcher.ts';

type Item = { readonly practice: string; readonly n: number };

type Work = (
  items: readonly Item[],
  mayWait: boolean,
) => Promise<readonly BatchResult<number>[]> | readonly BatchResult<number>[];

/** A batcher whose batches are written down. */
function batching(work: Work, limits: { maxItems?: number; maxInFlight?: number } = {}) {
  const batches: string[] = [];
  const batcher = createBatcher<Item, number>({
    keyOf: ({ practice }) => practice,
    async work(practice, items, mayWait) {
      batches.push(`${practice}:${items.map(({ n }) => n).join(',')}`);
      return await work(items, mayWait);
    },
    maxItems: 10,
    maxInFlight: 2,
    ...limits,
  });
  const add = (n: number, practice = 'a') => batcher.add({ practice, n });
  return { batches, add };
}

const done: Work = (items) => items.map(({ n }) => ({ value: n }));

test('what comes together shares a batch, of one practice each', async () => {
  const { batches, add } = batching(done);
  expect(await Promise.all([add(1), add(2, 'b'), add(3)])).toEqual([1, 2, 3]);
  expect(batches).toEqual(['a:1,3', 'b:2']);
});

test('one that comes alone waits for nobody', async () => {
  const { batches, add } = batching(done);
  await add(1);
  expect(batches).toEqual(['a:1']);
});

test('a practice with much to do lets the others in between', async () => {
  const { batches, add } = batching(done, { maxItems: 2, maxInFlight: 1 });
  await Promise.all([add(1), add(2), add(3), add(4), add(5), add(6, 'b')]);
  expect(batches).toEqual(['a:1,2', 'b:6', 'a:3,4', 'a:5']);
});

test('a batch that fails is tried in halves, until what spoils it stands alone', async () => {
  const { batches, add } = batching((items) => {
    if (items.some(({ n }) => n === 3)) throw new Error('spoilt');
    return items.map(({ n }) => ({ value: n }));
  });
  const results = await Promise.allSettled([1, 2, 3, 4].map((n) => add(n)));
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(batches).toEqual(['a:1,2,3,4', 'a:1,2', 'a:3,4', 'a:3', 'a:4']);
});

test('when the database is gone, nothing is tried again', async () => {
  const { batches, add } = batching(() => {
    throw Object.assign(new Error('gone'), { code: '57P01' });
  });
  const results = await Promise.allSettled([add(1), add(2)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(batches).toHaveLength(1);
});

test('what must wait for a lock does so by itself', async () => {
  const letGo = Promise.withResolvers<void>();
  const { batches, add } = batching(async (items, mayWait) => {
    if (mayWait) await letGo.promise;
    return items.map(({ n }) => (n === 2 && !mayWait ? 'alone' : { value: n }));
  });
  const waiting = add(2);
  expect(await Promise.all([add(1), add(3)])).toEqual([1, 3]);
  expect(await add(4)).toBe(4);
  letGo.resolve();
  expect(await waiting).toBe(2);
  expect(batches).toEqual(['a:2,1,3', 'a:2', 'a:4']);
});

test('an error of one item is its own', async () => {
  const { add } = batching((items) =>
    items.map(({ n }) => (n === 1 ? { error: new Error('unreadable') } : { value: n })),
  );
  const results = await Promise.allSettled([add(1), add(2)]);
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});
