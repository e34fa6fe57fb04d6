/** Dates as ranges: "2026-03" is every instant of that month (https://hl7.org/fhir/R4/search.html#date). */

/** Both ends inclusive, milliseconds since the epoch; dates without an offset are read in UTC. */
export type Range = { readonly lo: number; readonly hi: number };

const shape =
  /^(\d{4})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2}):(\d{2})(?::(\d{2})(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?)?)?$/;

/**
 * @param value year, month, day, or a time to the minute, second or fraction, always with an offset
 * @returns undefined when it is none of these, or a time without offset: whose midnight would it be?
 */
export function rangeOf(value: string): Range | undefined {
  const parts = shape.exec(value);
  if (!parts) return undefined;
  const [, year = '', month, day, hour, , second, fraction] = parts;
  if (hour !== undefined) {
    const withSeconds = second === undefined ? value.replace(/(T\d{2}:\d{2})/, '$1:00') : value;
    const lo = Date.parse(withSeconds);
    const width = second === undefined ? 60_000 : fraction === undefined ? 1000 : 1;
    return Number.isNaN(lo) ? undefined : { lo, hi: lo + width - 1 };
  }
  const [y, m, d] = [Number(year), Number(month ?? 1), Number(day ?? 1)];
  if (m < 1 || m > 12 || d < 1 || d > new Date(Date.UTC(y, m, 0)).getUTCDate()) return undefined;
  const lo = Date.UTC(y, m - 1, d);
  const end = day ? Date.UTC(y, m - 1, d + 1) : month ? Date.UTC(y, m, 1) : Date.UTC(y + 1, 0, 1);
  return { lo, hi: end - 1 };
}
