import { dayName, fullDay } from '../time.ts';

/** Days of the calendar, `YYYY-MM-DD`. Pure: what today is, is given. */

const dayMs = 24 * 60 * 60 * 1000;

/** Noon of a day, for arithmetic and names: no zone is near enough to make another day of it. */
const noon = (day: string): number => Date.parse(`${day}T12:00:00Z`);

/** Whether it is a day that exists. */
export function isDay(value: unknown): value is string {
  if (typeof value !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(value)) return false;
  const at = noon(value);
  // 30 February would roll over into March.
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(value);
}

/** The day so many days later, or earlier for a negative number. */
export function stepDay(day: string, by: number): string {
  return new Date(noon(day) + by * dayMs).toISOString().slice(0, 10);
}

/** "Today", "Tomorrow", "Tue 24 Nov", "24 Nov 2025" */
export const nameOfDay = (day: string, today: string): string => dayName(noon(day), noon(today), 'UTC');

/** "Tuesday 24 November 2026" */
export const longDay = (day: string): string => fullDay(noon(day), 'UTC');

/** The day that an address names; undefined stands for today. */
export function dayInAddress(search: unknown): string | undefined {
  const day = typeof search === 'object' && search !== null && 'day' in search ? search.day : undefined;
  return isDay(day) ? day : undefined;
}
