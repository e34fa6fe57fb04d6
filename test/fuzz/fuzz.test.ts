import { describe, expect, test } from 'vitest';
import { fuzz } from './harness.ts';
import { targets } from './targets.ts';

/** A short run; `npm run fuzz` takes as long as one likes. The seed is fixed: what passed here passes everywhere. */
const seed = 20_261_122;

describe('whatever comes is read or refused, in bounded time, and leaves the program as it was', () => {
  test.each(targets)('$name', (target) => {
    fuzz(target, { seed, runs: 150 });
  });
});

test('the harness sees a reader that throws, one that is slow, and one that touches a prototype', () => {
  const inputs = targets[0]?.inputs;
  if (inputs === undefined) throw new Error('no target');
  const broken = (read: () => void) => () =>
    fuzz({ name: 'broken', inputs, read }, { seed, runs: 1, limitSeconds: 0.05 });
  expect(
    broken(() => {
      throw new TypeError('x is not a function');
    }),
  ).toThrow('x is not a function');
  expect(
    broken(() => {
      const start = process.cpuUsage();
      while (process.cpuUsage(start).user < 60_000);
    }),
  ).toThrow('of processor time');
  const touched = Object.prototype as { polluted?: boolean };
  try {
    expect(
      broken(() => {
        touched.polluted = true;
      }),
    ).toThrow('a prototype was changed');
  } finally {
    delete touched.polluted;
  }
});
