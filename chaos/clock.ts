import type { Clock } from '#platform/clock.ts';

/**
 * The clock of one process of the world under fire. A process of the product as an operator starts it runs by the system's clock,
 * which nobody here may move; so each process gets this one, as the sandbox gives the product its own. The orchestrator tells
 * all of them how far ahead it is; each may also be a little off, as machines are.
 */
export type MovedClock = Clock & {
  readonly movedMs: () => number;
  /** Only ever forward. */
  readonly moveTo: (movedMs: number) => void;
  /** By how much this machine alone is off from now on. */
  readonly setSkew: (skewMs: number) => void;
};

export function movedClock(movedMs = 0, skewMs = 0): MovedClock {
  let moved = movedMs;
  let skew = skewMs;
  return {
    now: () => Date.now() + moved + skew,
    movedMs: () => moved,
    moveTo(to) {
      moved = Math.max(moved, to);
    },
    setSkew(to) {
      skew = to;
    },
  };
}
