import { errorCode, errorPlace, type Log } from '#platform/log.ts';

export type Repeated = {
  /** Does the work now, or once more after what runs; resolves when it was done. */
  readonly now: () => Promise<void>;
  /** Does the work in so many milliseconds, unless it is done sooner. */
  readonly within: (milliseconds: number) => void;
  /** Waits for what runs, and ends it. */
  readonly stop: () => Promise<void>;
};

/**
 * Does `work` now and then again, `everyMs` after it ended, or sooner where it says so. What fails is logged as `what` and done again
 * the next time.
 * @param work where it resolves with a number, it has something to do in so many milliseconds
 */
export function repeat(what: string, work: () => Promise<unknown>, everyMs: number, log: Log): Repeated {
  let timer: NodeJS.Timeout | undefined;
  let nextAt = Number.POSITIVE_INFINITY;
  let isStopped = false;
  let running = Promise.resolve();

  function within(milliseconds: number): void {
    const at = performance.now() + milliseconds;
    if (isStopped || at >= nextAt) return;
    clearTimeout(timer);
    nextAt = at;
    timer = setTimeout(run, milliseconds);
  }

  async function once(): Promise<void> {
    if (isStopped) return;
    // What is wished for from here on comes after this time.
    clearTimeout(timer);
    nextAt = Number.POSITIVE_INFINITY;
    let nextMs: unknown;
    try {
      nextMs = await work();
    } catch (error) {
      log.warn('repeated work failed', { kind: what, code: errorCode(error), what: errorPlace(error) });
    }
    within(typeof nextMs === 'number' ? Math.min(nextMs, everyMs) : everyMs);
  }

  function run(): Promise<void> {
    running = running.then(once);
    return running;
  }

  void run();
  return {
    now: run,
    within,
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
