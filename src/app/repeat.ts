import { errorCode, errorPlace, type Log } from '#platform/log.ts';

export type Repeated = {
  /** Does the work now, or once more after what runs; resolves when it was done. */
  readonly now: () => Promise<void>;
  /** Waits for what runs, and ends it. */
  readonly stop: () => Promise<void>;
};

/** Does `work` now and then again, `everyMs` after it ended. What fails is logged as `what` and done again the next time. */
export function repeat(what: string, work: () => Promise<void>, everyMs: number, log: Log): Repeated {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let running = Promise.resolve();
  const run = (): Promise<void> => {
    clearTimeout(timer);
    running = running
      .then(() => (isStopped ? undefined : work()))
      .catch((error: unknown) =>
        log.warn('repeated work failed', { kind: what, code: errorCode(error), what: errorPlace(error) }),
      )
      .finally(() => {
        clearTimeout(timer);
        if (!isStopped) timer = setTimeout(run, everyMs);
      });
    return running;
  };
  void run();
  return {
    now: run,
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
