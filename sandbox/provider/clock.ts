/** The sandbox's time. Structurally the product's clock, so that one clock moves both. */
export type Clock = {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

/** A clock that stands still until it is moved: for tests. */
export function standingClock(start = '2026-11-23T09:00:00Z'): Clock & { advance: (ms: number) => void } {
  let now = Date.parse(start);
  return {
    now: () => now,
    advance: (ms) => {
      now += ms;
    },
  };
}
