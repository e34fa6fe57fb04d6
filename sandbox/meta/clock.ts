export { type Clock, standingClock } from '../provider/clock.ts';

/** Unix seconds as a string, as messages and statuses carry them. */
export function unixSeconds(ms: number): string {
  return String(Math.floor(ms / 1000));
}
