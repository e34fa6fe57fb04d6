/** From here on (year 5138 in seconds, 1973 in milliseconds) a number can only be milliseconds. */
const firstMilliseconds = 1e11;
/** September 2001. Anything before is a counter or a mistake, not the time of a message. */
const firstPlausibleSeconds = 1e9;
const lastPlausibleMilliseconds = 1e14;

/**
 * Meta's timestamp (a string of Unix seconds; numbers and milliseconds are understood too) as ISO 8601 in UTC with
 * milliseconds, a fixed width, so that instants sort as strings. Undefined where it is no plausible time: the service
 * window is counted from it, so a made-up time could open or close the window wrongly.
 */
export function instant(value: unknown): string | undefined {
  const isDigits = typeof value === 'string' && /^\d{10,13}$/.test(value);
  const count = isDigits ? Number(value) : value;
  if (typeof count !== 'number' || !Number.isSafeInteger(count)) return undefined;
  if (count < firstPlausibleSeconds || count >= lastPlausibleMilliseconds) return undefined;
  const milliseconds = count < firstMilliseconds ? count * 1000 : count;
  return Temporal.Instant.fromEpochMilliseconds(milliseconds).toString({ fractionalSecondDigits: 3 });
}
