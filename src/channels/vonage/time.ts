/** Vonage writes `2026-11-23T12:14:25Z`; its older material has fractions, offsets, or a space instead of the `T`. */
const shape =
  /^(?<date>\d{4}-\d\d-\d\d)[T ](?<time>\d\d:\d\d:\d\d(?:\.\d{1,9})?) ?(?<zone>[Zz]|[+-]\d\d:?\d\d)$/;

/** Anything before is a counter or a mistake, not the time of a message. */
const firstPlausible = '2001-01-01T00:00:00.000Z';
/** What two clocks may differ by. */
const toleranceMinutes = 5;

/**
 * Vonage's timestamp as ISO 8601 in UTC with milliseconds, a fixed width, so that instants sort as strings. Where there is none, or
 * it is no plausible one (unreadable, before 2001, later than the delivery itself), the delivery's own time: a message is not lost for
 * that, and a made-up time would open or close the service window wrongly.
 *
 * @param receivedAt ISO 8601: when the delivery arrived
 * @throws RangeError where `receivedAt`, which is ours, is no instant
 */
export function instant(value: unknown, receivedAt: string): string {
  const received = Temporal.Instant.from(receivedAt);
  const told = read(value);
  const latest = written(received.add({ minutes: toleranceMinutes }));
  return told !== undefined && told >= firstPlausible && told <= latest ? told : written(received);
}

function read(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.length > 64) return undefined;
  const { date, time, zone } = shape.exec(value)?.groups ?? {};
  if (date === undefined || time === undefined || zone === undefined) return undefined;
  try {
    return written(Temporal.Instant.from(`${date}T${time}${zone.toUpperCase()}`));
  } catch {
    return undefined;
  }
}

function written(at: Temporal.Instant): string {
  return at.toString({ fractionalSecondDigits: 3 });
}
