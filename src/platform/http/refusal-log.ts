import type { Log, LogFields } from '../log.ts';

/** Milliseconds without another line about requests that were refused with the same code. */
export const tellEveryMs = 5_000;

/**
 * Tells of requests that were refused for now (503): the first with a code at once, and then one line for all that followed within
 * `tellEveryMs`, with how many since the line before. A flood is no error of the program, and a line per request would only add to
 * it; each is counted by the metrics, and has its own line at level `debug`.
 * @param now monotonic milliseconds
 */
export function refusalTeller(
  log: Pick<Log, 'warn'>,
  now: () => number = () => performance.now(),
): (code: string, fields: () => LogFields) => void {
  const untold = new Map<string, { since: number; count: number }>();
  return (code, fields) => {
    const at = now();
    const before = untold.get(code);
    if (before !== undefined && at - before.since < tellEveryMs) {
      before.count += 1;
      return;
    }
    untold.set(code, { since: at, count: 0 });
    log.warn('requests refused', { ...fields(), count: 1 + (before?.count ?? 0) });
  };
}
