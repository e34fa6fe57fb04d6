/** Days of the calendar as `2026-11-24`. Pure: a day has no zone and no clock. */

export type DayKey = string;

const dayMs = 86_400_000;

const midnight = (day: DayKey): number => Date.parse(`${day}T00:00:00Z`);

export function addDays(day: DayKey, count: number): DayKey {
  return new Date(midnight(day) + count * dayMs).toISOString().slice(0, 10);
}

/** 1 for Monday … 7 for Sunday. */
export function weekDay(day: DayKey): number {
  return new Date(midnight(day)).getUTCDay() || 7;
}

export const monday = (day: DayKey): DayKey => addDays(day, 1 - weekDay(day));

/** The day itself, or the Monday after a weekend. */
export const workingDay = (day: DayKey): DayKey => (weekDay(day) > 5 ? addDays(monday(day), 7) : day);

/** Monday to Sunday. */
export const weekOf = (day: DayKey): readonly DayKey[] =>
  Array.from({ length: 7 }, (_, n) => addDays(monday(day), n));

/** Instants around the week in every zone of the world. */
export function windowOf(day: DayKey): { readonly from: string; readonly to: string } {
  const instant = (key: DayKey) => new Date(midnight(key)).toISOString();
  return { from: instant(addDays(monday(day), -1)), to: instant(addDays(monday(day), 8)) };
}

/** "Tue 24" */
export function dayLabel(day: DayKey): string {
  return new Intl.DateTimeFormat('en-GB', { weekday: 'short', day: 'numeric', timeZone: 'UTC' }).format(
    midnight(day),
  );
}

/** "23 – 27 November 2026": Monday to Friday. */
export function weekLabel(day: DayKey): string {
  return new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  }).formatRange(midnight(monday(day)), midnight(addDays(monday(day), 4)));
}
