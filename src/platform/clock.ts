/** The one source of time. Cores never read it: time arrives in their commands. */
export type Clock = {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
};

export const systemClock: Clock = { now: () => Date.now() };

/** A clock that runs like the system's, but can be moved forward: the sandbox sees in two seconds what is due in two days. */
export function movableClock(): Clock & { advance: (milliseconds: number) => void } {
  let offset = 0;
  return {
    now: () => Date.now() + offset,
    advance: (milliseconds) => {
      offset += milliseconds;
    },
  };
}

/** ISO 8601 in UTC, as events store it. */
export function isoNow(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
