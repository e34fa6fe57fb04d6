/** The one source of time. Cores never read it: time arrives in their commands. */
export type Clock = {
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Milliseconds that it was moved ahead of the system's time; absent where it cannot be moved. */
  readonly movedMs?: () => number;
};

export const systemClock: Clock = { now: () => Date.now() };

/** ISO 8601 in UTC, as events store it. */
export function isoNow(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
