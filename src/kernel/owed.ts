/**
 * Work that a fact calls for. It is enqueued in the transaction that appends the fact, so that the two
 * commit together or not at all.
 */
export type OwedJob = {
  /** A queue's name from the registry in `app.ts`. */
  readonly queue: string;
  /** Ids only: a payload never carries patient data. */
  readonly data: Readonly<Record<string, string | number | boolean | null>>;
  /** Where given, only one job with this key waits in the queue at a time. */
  readonly key?: string;
  /** Seconds to wait before the job may start. */
  readonly afterSeconds?: number;
};
