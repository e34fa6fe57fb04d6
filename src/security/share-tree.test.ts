import fc from 'fast-check';
import { expect, test } from 'vitest';
import { allBelow, bitsOf, newTree, shareOf, takeOut, takeOutBefore } from './share-tree.ts';

const root = Buffer.alloc(32, 7);
const point = fc.uint8Array({ minLength: 2, maxLength: 2 });
const points = fc.array(point, { maxLength: 12 });
const hex = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString('hex');
const number = (bytes: Uint8Array) => Buffer.from(bytes).readUInt16BE();

test('a share is always the same, and no two are', () => {
  const tree = newTree(root);
  const shares = new Set<string | undefined>();
  for (let n = 0; n < 1_000; n += 1) shares.add(hex(shareOf(tree, Buffer.from([n >> 8, n & 255]))));
  expect(shares.size).toBe(1_000);
  expect(hex(shareOf(newTree(root), Buffer.from([3, 4])))).toBe(hex(shareOf(tree, Buffer.from([3, 4]))));
});

test('what is taken out is gone, and every other share stays what it was', () => {
  fc.assert(
    fc.property(points, points, (gone, asked) => {
      const whole = newTree(root);
      const left = takeOut(whole, gone);
      for (const each of [...asked, ...gone]) {
        const isGone = gone.some((other) => number(other) === number(each));
        expect(hex(shareOf(left, each))).toBe(isGone ? undefined : hex(shareOf(whole, each)));
      }
    }),
  );
});

test('no node that is left lies above what was taken out', () => {
  fc.assert(
    fc.property(points, (gone) => {
      const left = takeOut(newTree(root), gone);
      for (const each of gone.map(bitsOf))
        expect([...left.keys()].filter((place) => each.startsWith(place))).toEqual([]);
    }),
  );
});

test('all before a point can be taken out at once', () => {
  fc.assert(
    fc.property(points, point, points, (gone, first, asked) => {
      const tree = takeOut(newTree(root), gone);
      const left = takeOutBefore(tree, first);
      for (const each of [...asked, first])
        expect(hex(shareOf(left, each))).toBe(
          number(each) < number(first) ? undefined : hex(shareOf(tree, each)),
        );
      // What is left of a past day is nothing: the tree does not grow with the years.
      expect([...left.keys()].filter((place) => place.padEnd(16, '1') < bitsOf(first))).toEqual([]);
    }),
  );
});

test('a node stands for all shares below it, while it is whole', () => {
  const tree = newTree(root);
  const node = shareOf(tree, Buffer.from([9]));
  expect(node && hex(allBelow(node, 8)[200])).toBe(hex(shareOf(tree, Buffer.from([9, 200]))));
  expect(shareOf(takeOut(tree, [Buffer.from([9, 1])]), Buffer.from([9]))).toBeUndefined();
});
