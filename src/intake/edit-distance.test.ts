import fc from 'fast-check';
import { expect, test } from 'vitest';
import { editDistance } from './edit-distance.ts';

test.each([
  ['', '', 0],
  ['', 'abc', 3],
  ['maria', 'maria', 0],
  ['maria', 'mara', 1],
  ['maria', 'mariia', 1],
  ['maria', 'marta', 1],
  ['maria', 'maira', 1],
  ['horizonte', 'orizonti', 2],
  ['ca', 'abc', 3],
  ['😀a', '😀b', 1],
])('%j and %j are %i apart', (left, right, distance) => expect(editDistance(left, right)).toBe(distance));

test('it is the same both ways, zero only for equals, and never more than the longer word', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
  fc.assert(
    fc.property(word, word, (left, right) => {
      const distance = editDistance(left, right);
      expect(distance).toBe(editDistance(right, left));
      expect(distance === 0).toBe(left === right);
      expect(distance).toBeLessThanOrEqual(Math.max(left.length, right.length));
      expect(distance).toBeGreaterThanOrEqual(Math.abs(left.length - right.length));
    }),
  );
});
