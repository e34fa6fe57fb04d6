import { instant } from '../meta/time.ts';

const isoShape = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/;

/** September 2001: `instant` would read a smaller number as seconds. */
const firstPlausibleMs = 1e12;

/**
 * The first of the values that is a plausible time, as ISO 8601 in UTC with milliseconds. Bird writes ISO 8601 with any number of
 * decimals; Meta's own timestamp, which it passes on, is a string of Unix seconds.
 */
export function firstInstant(...values: readonly unknown[]): string | undefined {
  for (const value of values) {
    const at = instant(value) ?? instant(millisecondsOf(value));
    if (at !== undefined) return at;
  }
  return undefined;
}

function millisecondsOf(value: unknown): number | undefined {
  if (typeof value !== 'string' || !isoShape.test(value)) return undefined;
  try {
    const { epochMilliseconds } = Temporal.Instant.from(value);
    return epochMilliseconds < firstPlausibleMs ? undefined : epochMilliseconds;
  } catch {
    return undefined; // the thirtieth of February
  }
}
