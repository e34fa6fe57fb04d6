/** Chance that can be repeated: everything follows from one number. */
export type Random = {
  /** From 0 to below `limit`. */
  readonly below: (limit: number) => number;
  readonly chance: (probability: number) => boolean;
  readonly shuffled: <T>(list: readonly T[]) => T[];
};

/** Mulberry32: small, and good enough to shuffle. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    below,
    chance: (probability) => next() < probability,
    shuffled(list) {
      const copy = [...list];
      for (let i = copy.length - 1; i > 0; i -= 1) {
        const j = below(i + 1);
        const [a, b] = [copy[i], copy[j]];
        if (a !== undefined && b !== undefined) [copy[i], copy[j]] = [b, a];
      }
      return copy;
    },
  };
}

/** `count` numbers that only rise, from 0 to at most `steps - 1`. */
export function stepsTo(seed: number, count: number, steps: number): readonly number[] {
  const random = randomFrom(seed);
  return Array.from({ length: count }, () => random.below(steps)).toSorted((a, b) => a - b);
}
