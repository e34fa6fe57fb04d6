import fc from 'fast-check';
import type { Target } from './targets.ts';

/** Seconds of processor time that no single call may take. What other processes do meanwhile does not count. */
const longestCallSeconds = 1;

const prototypes = [
  Object.prototype,
  Array.prototype,
  String.prototype,
  Number.prototype,
  Function.prototype,
  Map.prototype,
];

const shape = () => prototypes.map((each) => Reflect.ownKeys(each).map(String).join()).join('|');

function cpuSeconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}

/**
 * Reads many inputs of a target. Throws with the seed and the input where the reader threw, broke its word, took too long or touched a
 * prototype.
 */
export function fuzz(
  { inputs, read }: Target,
  options: {
    readonly seed: number;
    readonly runs: number;
    readonly shrink?: boolean;
    readonly limitSeconds?: number;
  },
): void {
  const before = shape();
  fc.assert(
    fc.property(inputs, (input) => {
      const start = process.cpuUsage();
      read(input as never); // the target made it for itself
      const spent = cpuSeconds(start);
      if (spent > (options.limitSeconds ?? longestCallSeconds))
        throw new Error(`took ${spent.toFixed(2)} s of processor time`);
      if (shape() !== before) throw new Error('a prototype was changed');
    }),
    {
      seed: options.seed,
      numRuns: options.runs,
      includeErrorInReport: true,
      // A reader that is slow would be slow again for every smaller input.
      endOnFailure: options.shrink !== true,
    },
  );
}
