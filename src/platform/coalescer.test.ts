import { expect, test } from 'vitest';
import { createCoalescer } from './coalescer.ts';

test('what arrives together is written together, and everyone waits for their own batch', async () => {
  const batches: number[][] = [];
  const written = Promise.withResolvers<void>();
  const coalescer = createCoalescer<number>({
    write: async (items) => {
      batches.push([...items]);
      if (batches.length === 1) await written.promise;
    },
    maxItems: 3,
    maxInFlight: 1,
  });
  const all = Promise.all([1, 2, 3, 4, 5].map((n) => coalescer.add(n)));
  written.resolve();
  await all;
  expect(batches).toEqual([
    [1, 2, 3],
    [4, 5],
  ]);
});

test('a batch that cannot be written fails those in it, and no others', async () => {
  const coalescer = createCoalescer<number>({
    write: async (items) => {
      if (items.includes(1)) throw new Error('disk full');
    },
    maxItems: 1,
    maxInFlight: 2,
  });
  const results = await Promise.allSettled([coalescer.add(1), coalescer.add(2)]);
  expect(results.map((result) => result.status)).toEqual(['rejected', 'fulfilled']);
  await expect(coalescer.add(3)).resolves.toBeUndefined();
});
