import type { JobWithMetadata, PgBoss } from 'pg-boss';
import { Hopeless, type JobData, type JobHandler, type QueueDefinition } from './job.ts';
import { errorCode, errorPlace, type Log } from './log.ts';
import type { Metrics } from './metrics.ts';

/**
 * The workers of one queue in this process.
 *
 * The library's own workers each take a batch and wait for all of it, so that one slow answer from outside holds up others;
 * and every one of them asks the database at every announcement. Here one fetcher serves all workers of a lane, a
 * worker that is done makes room at once, and what is done is settled in batches.
 */
export type Lane = {
  /** There may be work: look now. */
  readonly wake: () => void;
  /** Takes no more jobs, and waits for those that run, at most `timeoutMs`. */
  readonly stop: (timeoutMs: number) => Promise<void>;
};

type Attempt = { readonly id: string; readonly retryCount: number };

type Result =
  | { readonly job: Attempt; readonly done: true }
  | {
      readonly job: Attempt;
      readonly done: false;
      readonly hopeless: boolean;
      readonly output: { readonly code: string; readonly place: string };
    };

/** Milliseconds between two signs of life for jobs that run long; well below the queue's heartbeat. */
const touchEveryMs = 4_000;

/** The largest that is not above `n`: the number stands in the statement's text, and each text is planned for itself. */
const powerOfTwo = (n: number) => 2 ** Math.floor(Math.log2(n));

export function createLane(options: {
  readonly boss: PgBoss;
  readonly definition: QueueDefinition;
  readonly handler: JobHandler;
  /** Makes a job's next failure its last. */
  readonly giveUp: (queue: string, jobId: string) => Promise<void>;
  readonly log: Log;
  readonly metrics: Metrics;
}): Lane {
  const { boss, definition, handler, log, metrics } = options;
  const { name, concurrency } = definition;
  const running = new Map<string, Attempt>();
  let settled: Result[] = [];
  /** Undefined while none is under way. */
  let fetching: Promise<void> | undefined;
  let settling: Promise<void> | undefined;
  let isWanted = false;
  let isStopping = false;
  let onIdle: (() => void) | undefined;

  function failing(what: string, error: unknown): void {
    log.warn(what, { queue: name, code: errorCode(error), what: errorPlace(error) });
  }

  function fetchMore(): void {
    if (!isStopping && isWanted && running.size < concurrency) fetching ??= fetchAll();
  }

  async function fetchAll(): Promise<void> {
    try {
      while (isWanted && !isStopping && running.size < concurrency) {
        isWanted = false;
        const room = powerOfTwo(concurrency - running.size);
        const jobs = await boss.fetch<JobData>(name, { batchSize: room, includeMetadata: true });
        if (jobs.length === room) isWanted = true;
        for (const job of jobs) void begin(job);
      }
    } catch (error) {
      failing('jobs could not be fetched', error);
    } finally {
      fetching = undefined;
    }
  }

  function wake(): void {
    isWanted = true;
    fetchMore();
  }

  async function begin(job: JobWithMetadata<JobData>): Promise<void> {
    const attempt: Attempt = { id: job.id, retryCount: job.retryCount };
    running.set(job.id, attempt);
    const result = await run(job, attempt);
    running.delete(job.id);
    settled.push(result);
    void settle();
    // Half a lane is fetched in one statement; a job at a time would cost one each.
    if (running.size <= concurrency / 2) fetchMore();
    if (running.size === 0) onIdle?.();
  }

  async function run(job: JobWithMetadata<JobData>, attempt: Attempt): Promise<Result> {
    try {
      await handler({ id: job.id, data: job.data, attempt: job.retryCount + 1 });
      return { job: attempt, done: true };
    } catch (error) {
      const code = errorCode(error);
      const place = errorPlace(error);
      log.warn('job failed', { queue: name, jobId: job.id, attempt: job.retryCount + 1, code, what: place });
      metrics.count('vestibule_jobs_failed', { queue: name, code });
      return { job: attempt, done: false, hopeless: error instanceof Hopeless, output: { code, place } };
    }
  }

  /** Resolves when all that is done so far is settled: one statement at a time, what comes meanwhile is taken along. */
  function settle(): Promise<void> {
    if (settled.length > 0) settling ??= settleAll();
    return settling ?? Promise.resolve();
  }

  /** A job that was done but could not be settled runs again when its sign of life ends; every handler bears that. */
  async function settleAll(): Promise<void> {
    try {
      while (settled.length > 0) {
        const batch = settled;
        settled = [];
        await settleBatch(batch);
      }
    } catch (error) {
      failing('jobs could not be settled', error);
    } finally {
      settling = undefined;
    }
  }

  async function settleBatch(batch: readonly Result[]): Promise<void> {
    const done = batch.filter((result) => result.done).map((result) => result.job);
    if (done.length > 0) await boss.complete(name, done);
    for (const result of batch) {
      if (result.done) continue;
      if (result.hopeless) await options.giveUp(name, result.job.id);
      await boss.fail(name, result.job, result.output);
    }
  }

  function touch(): void {
    if (running.size === 0) return;
    boss
      .touch(name, [...running.values()])
      .catch((error: unknown) => failing('jobs could not be touched', error));
  }

  const touching = setInterval(touch, touchEveryMs);
  wake();

  return {
    wake,
    async stop(timeoutMs) {
      isStopping = true;
      // What is being fetched now is ours already, and runs too.
      await fetching;
      if (running.size > 0) {
        const idle = Promise.withResolvers<void>();
        onIdle = idle.resolve;
        const timer = setTimeout(idle.resolve, timeoutMs);
        await idle.promise;
        clearTimeout(timer);
      }
      clearInterval(touching);
      await settle();
    },
  };
}
