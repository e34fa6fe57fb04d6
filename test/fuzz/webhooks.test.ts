import { describe, expect, test } from 'vitest';
import { providers } from '../providers/index.ts';
import { fuzzWebhooks } from './webhooks.ts';

/** A short run of `npm run fuzz:webhooks`. The seed is fixed: what passed here passes everywhere. */
const seed = 20_261_123;
const count = 1000;

describe.each(providers.map(({ name }) => name))('%s', (name) => {
  test('nothing that was changed is taken, and nothing refused that was not', async () => {
    const tally = await fuzzWebhooks(name, count, seed);
    expect(tally.faults).toEqual([]);
    expect(tally).toMatchObject({ mutated: count, refused: count, accepted: 0, refusedValid: 0 });
    expect(tally.valid).toBeGreaterThanOrEqual(count / 5);
    // Every way was tried, and the claims or signatures that are wrong in themselves as well.
    expect(Object.keys(tally.ways).length).toBeGreaterThan(20);
    for (const way of ['body: cut off', 'proof: by somebody else', 'another account'])
      expect(tally.ways[way]).toBeGreaterThan(5);
  });
});
