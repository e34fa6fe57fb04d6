import type pg from 'pg';
import { errorCode, errorPlace, type Log } from './log.ts';

/**
 * One look for all lanes of a process: for jobs whose time has come, and for jobs whose worker is gone. New jobs announce
 * themselves; those that wait for their time, or are to be tried again, do not.
 *
 * The library would look per queue: at fifty statements for ten queues, each few seconds, whether there is work or not.
 */
export type QueueWatch = {
  /** A job has its time in so many milliseconds. */
  readonly within: (milliseconds: number) => void;
  readonly stop: () => Promise<void>;
};

/** Milliseconds; shorter waits are not worth a statement each. */
const shortestMs = 100;

/**
 * `next_ms`: until the first waiting job of the queue has its time, 0 or less where one is due. `is_lost`: a worker gives no sign of
 * life, or is at it for too long; the same conditions as the library's own.
 */
export const watchSql = `
  select q.name, extract(epoch from least(fresh.start_after, failed.start_after) - now()) * 1000 as next_ms,
    exists (
      select from pgboss.job j where j.name = q.name and j.state = 'active'
        and (j.heartbeat_on + j.heartbeat_seconds * interval '1 second' < now()
          or j.started_on + j.expire_seconds * interval '1 second' < now())
    ) as is_lost
  from unnest($1::text[]) as q(name)
  left join lateral (
    select j.start_after from pgboss.job j
    where j.name = q.name and j.state = 'created' and not j.blocked order by j.start_after limit 1
  ) fresh on true
  left join lateral (
    select j.start_after from pgboss.job j
    where j.name = q.name and j.state = 'retry' and not j.blocked order by j.start_after limit 1
  ) failed on true`;

type WatchRow = { readonly name: string; readonly next_ms: string | null; readonly is_lost: boolean };

/**
 * @param lanes wake them by their queue's name
 * @param recover lets the jobs of a queue whose workers are gone run again
 * @param everyMs milliseconds between two looks, where no job has its time sooner
 */
export function watchQueues(options: {
  readonly pool: Pick<pg.Pool, 'query'>;
  readonly lanes: ReadonlyMap<string, { readonly wake: () => void }>;
  readonly recover: (queue: string) => Promise<void>;
  readonly everyMs: number;
  readonly log: Log;
}): QueueWatch {
  const { pool, lanes, recover, everyMs, log } = options;
  let timer: NodeJS.Timeout | undefined;
  let nextAt = Number.POSITIVE_INFINITY;
  let isStopped = false;
  let looking = Promise.resolve();

  function within(milliseconds: number): void {
    const at = performance.now() + Math.max(milliseconds, shortestMs);
    if (isStopped || at >= nextAt) return;
    clearTimeout(timer);
    nextAt = at;
    timer = setTimeout(begin, at - performance.now());
  }

  function begin(): void {
    nextAt = Number.POSITIVE_INFINITY;
    looking = looking.then(look).catch((error: unknown) => {
      log.warn('queues could not be watched', { code: errorCode(error), what: errorPlace(error) });
    });
    within(everyMs);
  }

  async function look(): Promise<void> {
    if (isStopped) return;
    const { rows } = await pool.query<WatchRow>({
      name: 'watch_queues',
      text: watchSql,
      values: [[...lanes.keys()]],
    });
    for (const { name, is_lost } of rows) if (is_lost) await recover(name);
    for (const { name, next_ms, is_lost } of rows) {
      const nextMs = next_ms === null ? Number.POSITIVE_INFINITY : Number(next_ms);
      if (is_lost || nextMs <= 0) lanes.get(name)?.wake();
      else within(nextMs);
    }
  }

  begin();
  return {
    within,
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}
