import type { DayFigures, Duration, Figure } from '#analytics/contract.ts';

/** Sums over days of figures. Pure. */

const of = ({ figures }: DayFigures, figure: Figure): number => figures[figure] ?? 0;

/** One number per day, oldest first. */
export const series = (days: readonly DayFigures[], figure: Figure): number[] =>
  days.map((day) => of(day, figure));

export const total = (days: readonly DayFigures[], figure: Figure): number =>
  series(days, figure).reduce((sum, count) => sum + count, 0);

/** How many in a hundred, rounded; undefined where there is nothing to compare with. */
export function inHundred(part: number, whole: number): number | undefined {
  return whole === 0 ? undefined : Math.round((100 * part) / whole);
}

export type Average = {
  readonly count: number;
  /** Undefined where there was none. */
  readonly seconds: number | undefined;
};

/** The average over all cases of all days: a day with many cases weighs more than one with few. */
export function average(days: readonly DayFigures[], duration: Duration): Average {
  let count = 0;
  let seconds = 0;
  for (const day of days) {
    count += day.durations[duration]?.count ?? 0;
    seconds += day.durations[duration]?.seconds ?? 0;
  }
  return { count, seconds: count === 0 ? undefined : seconds / count };
}

/** The average of each day in seconds, undefined for a day without a case. */
export const averages = (days: readonly DayFigures[], duration: Duration): (number | undefined)[] =>
  days.map((day) => average([day], duration).seconds);

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

/** "40 s", "6 min", "1 h 5 min", "2 days 3 h": as exact as anybody wants to know. */
export function spanWords(seconds: number): string {
  if (seconds < minute - 0.5) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / minute);
  if (minutes < 60) return `${minutes} min`;
  if (seconds < day - 30) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(seconds / hour);
  const days = Math.floor(hours / 24);
  return pair(days, days === 1 ? 'day' : 'days', hours % 24, 'h');
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

const steps = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];

/** The top of a scale that ends on a round number not far above the greatest value: 1, 2, 3 … 10, 15, 20, 30 … */
export function scaleTop(values: readonly number[]): number {
  const max = Math.max(1, ...values);
  const power = 10 ** Math.floor(Math.log10(max));
  return steps.map((step) => step * power).find((top) => top >= max) ?? max;
}

const spanTops = [10, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400];

/** The same for seconds: 1 min, 2 min, 5 min … 1 h … whole days. */
export function spanTop(values: readonly number[]): number {
  const max = Math.max(1, ...values);
  return spanTops.find((top) => top >= max) ?? Math.ceil(max / day) * day;
}
