/** FHIR R4 "instant", and the same without seconds or without the colon of its offset, as some servers write it. */
const instantPattern = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:?\d{2})$/;

/**
 * A point in time as `2026-03-02T14:30:00.000Z`, so that equal ones are equal as text and their order is the text's.
 *
 * Undefined for a time without an offset: which zone it is meant in would be a guess, and a visit an hour off.
 */
export function toInstant(text: unknown): string | undefined {
  if (typeof text !== 'string' || !instantPattern.test(text)) return undefined;
  try {
    return Temporal.Instant.from(text).toString({ fractionalSecondDigits: 3 });
  } catch {
    return undefined;
  }
}

/** The instant so many minutes later. */
export function later(instant: string, minutes: number): string {
  return Temporal.Instant.from(instant).add({ minutes }).toString({ fractionalSecondDigits: 3 });
}
