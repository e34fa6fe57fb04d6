import { createHash } from 'node:crypto';
import pg from 'pg';
import { type Queue as BossQueue, type JobResult, type JobWithMetadata, PgBoss } from 'pg-boss';
import type { OwedJob } from '#kernel/owed.ts';
import type { Queryable } from './db/db.ts';
import { errorCode, errorPlace, type Log } from './log.ts';
import type { Metrics } from './metrics.ts';

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
  /** Fetchers of this process. Each takes a batch, runs it side by side, and fetches again when all of it is done. */
  readonly fetchers: number;
  /** Jobs per fetch, at least 2: with 1, a backlog would drain one job per poll. A lane whose jobs wait for the outside
   *  has small batches, so that a slow answer holds up few others. */
  readonly batch: number;
  /** Seconds between two looks for jobs whose time has come; new jobs announce themselves. */
  readonly pollSeconds: number;
  /** `one-waiting`: with a key, only one job per key waits at a time; how many run is not limited. */
  readonly policy: 'all' | 'one-waiting';
  /** How often a failing job is run again before it becomes a dead letter. */
  readonly retries: number;
  /** Seconds before the second run; doubles each time. */
  readonly retryDelay: number;
  /** Seconds; the longest wait between two runs. */
  readonly retryDelayMax: number;
};

export type Queues = {
  /** Enqueues through the given transaction: the jobs exist if and only if it commits. */
  readonly enqueue: (tx: Queryable, jobs: readonly OwedJob[]) => Promise<void>;
  /** Starts the workers of the handlers' queues. */
  readonly work: (handlers: ReadonlyMap<string, JobHandler>) => Promise<void>;
  /** Waits for running jobs, at most `timeoutMs`, then stops. */
  readonly stop: (timeoutMs: number) => Promise<void>;
};

const schema = 'pgboss';

/** A worker that does not answer for this long is dead, and its job runs again. The library's minimum is 10. */
const heartbeatSeconds = 10;

export function deadLetterOf(queue: string): string {
  return `${queue}-dead`;
}

function bossQueue(definition: QueueDefinition): Omit<BossQueue, 'name'> {
  return {
    // A table of its own: with the shared job table a backlog drains twenty times slower.
    partition: true,
    notify: true,
    policy: definition.policy === 'one-waiting' ? 'short' : 'standard',
    retryLimit: definition.retries,
    retryDelay: definition.retryDelay,
    retryBackoff: true,
    retryDelayMax: definition.retryDelayMax,
    expireInSeconds: 120,
    heartbeatSeconds,
    deadLetter: deadLetterOf(definition.name),
    retentionSeconds: 14 * 86_400,
    deleteAfterSeconds: 3_600,
  };
}

const grants = `
  grant usage on schema ${schema} to vestibule_app, vestibule_ingest;
  grant select, insert, update, delete on all tables in schema ${schema} to vestibule_app;
  grant select, insert on all tables in schema ${schema} to vestibule_ingest;
  grant usage on all sequences in schema ${schema} to vestibule_app, vestibule_ingest;
  grant execute on all functions in schema ${schema} to vestibule_app, vestibule_ingest;`;

/** Changes when a queue's definition, or the library's schema, does. */
function setupFingerprint(definitions: readonly QueueDefinition[]): string {
  const wanted = definitions.map((definition) => [definition.name, bossQueue(definition)]);
  return createHash('sha256')
    .update(JSON.stringify(['pg-boss 12.38', grants, wanted]))
    .digest('hex');
}

/**
 * Makes the queue's schema and the queues, as the owner of the database. Cheap when nothing changed.
 * @param ownerUrl a login that may create schemas
 */
export async function setUpQueues(ownerUrl: string, definitions: readonly QueueDefinition[]): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    // Racing processes set up one after the other.
    await client.query(`select pg_advisory_lock(hashtext('vestibule.queues'))`);
    await client.query('create table if not exists queue_setup (fingerprint text primary key)');
    const fingerprint = setupFingerprint(definitions);
    const known = await client.query('select from queue_setup where fingerprint = $1', [fingerprint]);
    if (known.rowCount === 1) return;
    await createQueues(ownerUrl, definitions);
    await client.query(grants);
    await client.query('delete from queue_setup');
    await client.query('insert into queue_setup values ($1)', [fingerprint]);
  } finally {
    await client.end();
  }
}

async function createQueues(ownerUrl: string, definitions: readonly QueueDefinition[]): Promise<void> {
  const boss = new PgBoss({ connectionString: ownerUrl, schema, supervise: false, schedule: false, max: 2 });
  boss.on('error', () => {});
  await boss.start();
  try {
    for (const definition of definitions) {
      await boss.createQueue(deadLetterOf(definition.name), { retentionSeconds: 90 * 86_400 });
      const { partition, policy, ...changeable } = bossQueue(definition);
      if ((await boss.getQueue(definition.name)) === null) {
        await boss.createQueue(definition.name, {
          partition: true,
          ...(policy ? { policy } : {}),
          ...changeable,
        });
      } else {
        await boss.updateQueue(definition.name, changeable);
      }
    }
  } finally {
    await boss.stop({ graceful: false });
  }
}

/** The library's view of our transaction. */
function executor(tx: Queryable) {
  return {
    executeSql: async (text: string, values: unknown[] = []) => ({ rows: await tx.query(text, values) }),
  };
}

/** All workers together may not ask for more connections than the pool has; the caller sizes the pool by this. */
export function totalConcurrency(definitions: readonly QueueDefinition[]): number {
  return definitions.reduce((sum, definition) => sum + definition.fetchers * definition.batch, 0);
}

async function runJob(
  handler: JobHandler,
  queue: string,
  job: JobWithMetadata<JobData>,
  log: Log,
  metrics: Metrics,
): Promise<JobResult> {
  const attempt = job.retryCount + 1;
  try {
    await handler({ id: job.id, data: job.data, attempt });
    return { id: job.id, status: 'completed' };
  } catch (error) {
    const code = errorCode(error);
    log.warn('job failed', { queue, jobId: job.id, attempt, code, what: errorPlace(error) });
    metrics.count('vestibule_jobs_failed', { queue, code });
    const status = error instanceof Hopeless ? 'deadletter' : 'failed';
    return { id: job.id, status, output: { code, place: errorPlace(error) } };
  }
}

/** A process that was killed leaves jobs marked as running. When no other process lives they are ours to run again. */
async function releaseOrphans(boss: PgBoss, client: pg.Client): Promise<number> {
  const alone = await client.query<{ alone: boolean }>(
    `select pg_try_advisory_lock(hashtext('vestibule.process')) as alone`,
  );
  if (alone.rows[0]?.alone !== true) return 0;
  const running = await client.query<{ name: string; id: string }>(
    `select name, id from ${schema}.job where state = 'active'`,
  );
  for (const { name, id } of running.rows) await boss.fail(name, id, { code: 'PROCESS_KILLED' });
  await client.query(`select pg_advisory_unlock(hashtext('vestibule.process'))`);
  return running.rows.length;
}

/**
 * Connects to the queues that `setUpQueues` made.
 * @param url the owner's login; connections act as `vestibule_app`
 */
export async function openQueues(options: {
  readonly url: string;
  readonly definitions: readonly QueueDefinition[];
  readonly log: Log;
  readonly metrics: Metrics;
}): Promise<Queues> {
  const { log, metrics, definitions } = options;
  const asApp = { connectionString: options.url, options: '-c role=vestibule_app' };
  const boss = new PgBoss({
    ...asApp,
    schema,
    migrate: false,
    createSchema: false,
    useListenNotify: true,
    schedule: false,
    reindex: false,
    superviseIntervalSeconds: 10,
    monitorIntervalSeconds: 10,
    max: 4,
  });
  boss.on('error', (error) => log.warn('queue error', { code: errorCode(error), what: errorPlace(error) }));
  await boss.start();
  const presence = new pg.Client(asApp);
  presence.on('error', (error) => log.warn('queue presence lost', { code: errorCode(error) }));
  await presence.connect();
  const orphans = await releaseOrphans(boss, presence);
  if (orphans > 0) log.info('jobs of a killed process run again', { count: orphans });
  await presence.query(`select pg_advisory_lock_shared(hashtext('vestibule.process'))`);

  return {
    async enqueue(tx, jobs) {
      const byQueue = Map.groupBy(jobs, (job) => job.queue);
      for (const [queue, owed] of byQueue) {
        await boss.insert(
          queue,
          owed.map((job) => ({
            data: job.data,
            ...(job.key === undefined ? {} : { singletonKey: job.key }),
            ...(job.afterSeconds === undefined ? {} : { startAfter: job.afterSeconds }),
          })),
          { db: executor(tx) },
        );
      }
    },

    async work(handlers) {
      for (const definition of definitions) {
        const handler = handlers.get(definition.name);
        if (handler === undefined) continue;
        await boss.work(
          definition.name,
          {
            batchSize: Math.max(2, definition.batch),
            localConcurrency: definition.fetchers,
            burstWhenBatchFull: true,
            perJobResults: true,
            includeMetadata: true,
            pollingIntervalSeconds: Math.min(2, definition.pollSeconds),
            notifyPollingIntervalSeconds: definition.pollSeconds,
          },
          (jobs: JobWithMetadata<JobData>[]) =>
            Promise.all(jobs.map((job) => runJob(handler, definition.name, job, log, metrics))),
        );
      }
    },

    async stop(timeoutMs) {
      await boss.stop({ graceful: true, close: true, timeout: timeoutMs });
      await presence.end();
    },
  };
}
