const shape = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Anything before is no message's time: the zero of a program that had none to tell (Go: year 1). */
const firstPlausible = Temporal.Instant.from('2001-09-09T01:46:40Z');

/**
 * MessageBird's RFC 3339 date and time as ISO 8601 in UTC with milliseconds, a fixed width, so that instants sort as strings.
 * Undefined where it is no plausible time: the service window is counted from it.
 */
export function instant(value: unknown): string | undefined {
  if (typeof value !== 'string' || !shape.test(value)) return undefined;
  try {
    const read = Temporal.Instant.from(value);
    if (Temporal.Instant.compare(read, firstPlausible) < 0) return undefined;
    const written = read.toString({ fractionalSecondDigits: 3 });
    // An offset can lift the last day of the year 9999 into a year of six digits, which would sort before every other.
    return /^\d{4}-/.test(written) ? written : undefined;
  } catch {
    // Of the right shape, and still no day of the calendar.
    return undefined;
  }
}
