import { createHash } from 'node:crypto';
import pg from 'pg';
import { type Queue as BossQueue, PgBoss } from 'pg-boss';
import type { OwedJob } from '#kernel/owed.ts';
import type { Batch } from './db/db.ts';
import { openPool } from './db/pool.ts';
import { neverCompiled, prepared } from './db/prepared.ts';
import type { JobHandler, QueueDefinition } from './job.ts';
import { createLane, type Lane } from './lane.ts';
import { errorCode, errorPlace, type Log } from './log.ts';
import type { Metrics } from './metrics.ts';
import { keepPresence } from './presence.ts';
import { clockTable, followClock } from './queue-clock.ts';
import { type QueueWatch, watchQueues } from './queue-watch.ts';

export type Queues = {
  /** Enqueues through the given transaction: the jobs exist if and only if it commits. */
  readonly enqueue: (tx: Batch, jobs: readonly OwedJob[]) => Promise<void>;
  /** Takes dead letters of one practice back into their queue, to be tried anew. Returns how many. */
  readonly redrive: (practiceId: string, queue: string, jobIds: readonly string[]) => Promise<number>;
  /** Starts the workers of the handlers' queues. */
  readonly work: (handlers: ReadonlyMap<string, JobHandler>) => Promise<void>;
  /**
   * Call it after the clock was moved, and at the start: jobs that wait for their time follow it, and what is due runs at once.
   * @param movedMs how far the clock is ahead of the system's
   */
  readonly followClock: (movedMs: number) => Promise<void>;
  /** Waits for running jobs, at most `timeoutMs`, then stops. */
  readonly stop: (timeoutMs: number) => Promise<void>;
};

const schema = 'pgboss';

/** Of the library's own statements; presence and announcements have one each. */
const bossConnections = 4;

/** Milliseconds between two looks of a process for jobs whose time has come, or whose worker is gone. */
const watchEveryMs = 2_000;

/** Seconds between two rounds of the library's own: old jobs are deleted, and its counts are kept. */
const superviseSeconds = 900;

/** A worker that does not answer for this long is dead, and its job runs again. The library's minimum is 10. */
const heartbeatSeconds = 10;

export function deadLetterOf(queue: string): string {
  return `${queue}-dead`;
}

function bossQueue(definition: QueueDefinition): Omit<BossQueue, 'name'> {
  return {
    // A table of its own: with the shared job table a backlog drains twenty times slower.
    partition: true,
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
    .update(JSON.stringify(['pg-boss 12.38', clockTable, grants, wanted]))
    .digest('hex');
}

/**
 * Makes the queue's schema and the queues, as the owner of the database. Cheap when nothing changed.
 * @param ownerUrl a login that may create schemas
 */
export async function setUpQueues(ownerUrl: string, definitions: readonly QueueDefinition[]): Promise<void> {
  const client = new pg.Client({ connectionString: ownerUrl });
  // A lost connection is told by the statement that runs.
  client.on('error', () => undefined);
  await client.connect();
  try {
    // Racing processes set up one after the other.
    await client.query(`select pg_advisory_lock(hashtext('vestibule.queues'))`);
    await client.query('create table if not exists queue_setup (fingerprint text primary key)');
    const fingerprint = setupFingerprint(definitions);
    const known = await client.query('select from queue_setup where fingerprint = $1', [fingerprint]);
    if (known.rowCount === 1) return;
    await createQueues(ownerUrl, definitions);
    await client.query(clockTable);
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

/** The library's view of our transaction. Nobody reads what it answers about jobs that are made. */
function executor(tx: Batch) {
  return {
    async executeSql(text: string, values: unknown[] = []) {
      tx.send(text, values);
      return { rows: [] };
    },
  };
}

/** Milliseconds; a server that takes a connection and says nothing is tried anew. */
const connectTimeoutMs = 10_000;

/** A process that was killed leaves jobs marked as running. When no other process lives they are ours to run again. */
async function releaseOrphans(boss: PgBoss, client: pg.Client): Promise<number> {
  const running = await client.query<{ name: string; id: string }>(
    `select name, id from ${schema}.job where state = 'active'`,
  );
  for (const { name, id } of running.rows) await boss.fail(name, id, { code: 'PROCESS_KILLED' });
  return running.rows.length;
}

/**
 * Tells other processes that a queue has work; the payload is the queue's name. Only said for queues that this process does not
 * work itself: commits that announce something wait for each other, sync and all.
 */
const announcementChannel = 'vestibule_jobs';

function announce(tx: Batch, queue: string): void {
  tx.send('select pg_notify($1, $2)', [announcementChannel, queue]);
}

/** Milliseconds until a lost connection for announcements is tried again; meanwhile the watch finds the work. */
const listenAgainMs = 2_000;

/** Listens for announced jobs, and goes on listening when the connection is lost. `undefined` means: any queue. */
async function listen(
  connection: pg.ClientConfig,
  log: Log,
  onAnnounced: (queue: string | undefined) => void,
): Promise<{ stop: () => Promise<void> }> {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function connect(): Promise<void> {
    const fresh = new pg.Client(connection);
    fresh.on('notification', (message) => onAnnounced(message.payload));
    fresh.on('error', (error) => lost(error));
    fresh.once('end', () => lost(new Error('connection ended')));
    client = fresh;
    await fresh.connect();
    await fresh.query(`listen ${announcementChannel}`);
    // What was announced while nobody listened.
    onAnnounced(undefined);
  }

  function lost(error: unknown): void {
    client = undefined;
    clearTimeout(timer);
    if (isStopped) return;
    log.warn('announcements of jobs lost', { code: errorCode(error) });
    timer = setTimeout(() => connect().catch(lost), listenAgainMs);
  }

  await connect();
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await client?.end();
    },
  };
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
  /** Milliseconds between two looks for jobs whose time has come. */
  readonly watchEveryMs?: number;
}): Promise<Queues> {
  const { log, metrics, definitions } = options;
  const asApp = {
    connectionString: options.url,
    options: '-c role=vestibule_app',
    connectionTimeoutMillis: connectTimeoutMs,
  };
  let isStopping = false;
  const onError = (error: Error) => {
    if (!isStopping) log.warn('queue error', { code: errorCode(error), what: errorPlace(error) });
  };
  const { pool, end } = openPool(
    {
      ...asApp,
      // Only fetching and settling happen on these connections; jobs are made in our own transactions. A crash of the
      // database that undoes the last of it lets those jobs run again, which every handler bears.
      options: `${asApp.options} -c synchronous_commit=off ${neverCompiled}`,
      application_name: 'pgboss',
      max: bossConnections,
    },
    onError,
  );
  const boss = new PgBoss({
    // A pool of ours, since the library does not wait until its own connections have ended.
    db: { executeSql: (text, values) => pool.query(prepared(text, values)) },
    schema,
    migrate: false,
    createSchema: false,
    schedule: false,
    reindex: false,
    superviseIntervalSeconds: superviseSeconds,
    // A queue with lost jobs is seen to at once, when the watch found them.
    monitorIntervalSeconds: 1,
    // No job waits for another one.
    flowIntervalSeconds: superviseSeconds,
  });
  boss.on('error', onError);
  await boss.start();
  const presence = await keepPresence(asApp, log, async (client) => {
    const orphans = await releaseOrphans(boss, client);
    if (orphans > 0) log.info('jobs of a killed process run again', { count: orphans });
  });
  const lanes = new Map<string, Lane>();
  let watch: QueueWatch | undefined;
  const announcements = await listen(asApp, log, (queue) => {
    for (const [name, lane] of lanes) if (queue === undefined || queue === name) lane.wake();
  });
  // Its retries are used up by decree, so that failing it leads to the dead letters by the library's own way.
  const giveUp = async (queue: string, jobId: string) => {
    await pool.query(`update ${schema}.job set retry_limit = retry_count where name = $1 and id = $2`, [
      queue,
      jobId,
    ]);
  };

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
        const lane = lanes.get(queue);
        const waits = owed.map((job) => job.afterSeconds ?? 0);
        if (Math.min(...waits) > 0) {
          if (lane !== undefined) tx.afterCommit(() => watch?.within(Math.min(...waits) * 1000));
          continue;
        }
        if (lane === undefined) announce(tx, queue);
        else tx.afterCommit(lane.wake);
      }
    },

    async redrive(practiceId, queue, jobIds) {
      if (!definitions.some((definition) => definition.name === queue)) return 0;
      const moved = await boss.redrive(deadLetterOf(queue), { ids: [...jobIds], data: { practiceId } });
      lanes.get(queue)?.wake();
      return moved;
    },

    async work(handlers) {
      for (const definition of definitions) {
        const handler = handlers.get(definition.name);
        if (handler === undefined) continue;
        lanes.set(definition.name, createLane({ boss, definition, handler, giveUp, log, metrics }));
      }
      watch ??= watchQueues({
        pool,
        lanes,
        recover: (queue) => boss.supervise(queue),
        everyMs: options.watchEveryMs ?? watchEveryMs,
        log,
      });
    },

    async followClock(movedMs) {
      const count = await followClock(asApp, movedMs, announcementChannel);
      if (count > 0) log.info('waiting jobs follow the clock', { count });
    },

    async stop(timeoutMs) {
      await announcements.stop();
      await watch?.stop();
      await Promise.all([...lanes.values()].map((lane) => lane.stop(timeoutMs)));
      // What the library had under way for itself ends here, wherever it stood.
      isStopping = true;
      await boss.stop({ graceful: false });
      await end();
      await presence.stop();
    },
  };
}
