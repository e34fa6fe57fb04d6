import type { OwedJob } from '#kernel/owed.ts';

/**
 * Glossary of the queue words.
 *
 * - **queue**: a named list of jobs in the database. Each is a lane with workers of its own, so that slow or bulk work
 *   never holds up a patient's reply.
 * - **job**: ids of what is to be done. It is enqueued in the transaction that decides on it.
 * - **dead letter**: where a job goes that failed for good. It can be looked at and redriven.
 */

export type JobData = OwedJob['data'];

export type RunningJob = {
  readonly id: string;
  readonly data: JobData;
  /** 1 on the first run. More than 1: an earlier run may have done some of it. */
  readonly attempt: number;
};

export type JobHandler = (job: RunningJob) => Promise<void>;

/** Thrown by a handler for a job that cannot succeed however often it runs: it becomes a dead letter at once. */
export class Hopeless extends Error {
  readonly code: string;

  /** @param code from a closed list; it is logged */
  constructor(code: string) {
    super(code);
    this.name = 'Hopeless';
    this.code = code;
  }
}

export type QueueDefinition = {
  readonly name: string;
  /** How many jobs this process runs at the same time. */
  readonly concurrency: number;
  /** `one-waiting`: with a key, only one job per key waits at a time; how many run is not limited. */
  readonly policy: 'all' | 'one-waiting';
  /** How often a failing job is run again before it becomes a dead letter. */
  readonly retries: number;
  /** Seconds before the second run; doubles each time. */
  readonly retryDelay: number;
  /** Seconds; the longest wait between two runs. */
  readonly retryDelayMax: number;
};
