import pg from 'pg';

/**
 * The queue and a clock that can be moved.
 *
 * The queue counts in the database's time, which nobody moves: a job that runs is then never taken for dead, and nothing is
 * thrown away before its time. Instead, jobs that wait for their time wait as much less as the clock was moved. How far they
 * follow it already is kept beside them, so that a process killed in between neither forgets a step nor takes it twice.
 */

/** Made by the owner of the database, with the queues. */
export const clockTable = `
  create table if not exists pgboss.moved_clock (one boolean primary key default true check (one), moved_ms bigint not null);
  insert into pgboss.moved_clock (moved_ms) values (0) on conflict do nothing;`;

/** Waits for whoever else moves it. */
async function lockMoved(client: pg.Client): Promise<number> {
  const found = await client.query<{ moved_ms: string }>(
    'select moved_ms from pgboss.moved_clock for update',
  );
  return Number(found.rows[0]?.moved_ms ?? 0);
}

async function saveMoved(client: pg.Client, movedMs: number): Promise<void> {
  await client.query('update pgboss.moved_clock set moved_ms = $1', [movedMs]);
}

/** Every job that waits for its time is due `byMs` earlier. Whoever listens on `channel` is told of their queues. */
async function shortenWaits(client: pg.Client, byMs: number, channel: string): Promise<number> {
  const moved = await client.query<{ jobs: number }>(
    `with moved as (
       update pgboss.job set start_after = start_after - $1 * interval '1 millisecond'
       where state in ('created', 'retry') and start_after > now()
       returning name
     ),
     told as (select name, count(*)::int as jobs from moved group by name)
     select jobs, pg_notify($2, name) from told`,
    [byMs, channel],
  );
  return moved.rows.reduce((sum, { jobs }) => sum + jobs, 0);
}

/**
 * Lets waiting jobs follow the clock. Safe to call from several processes, and again.
 * @param movedMs how far the clock is ahead of the system's by now, in milliseconds; a clock that was set back moves no job
 * @returns how many jobs wait less now
 */
export async function followClock(
  connection: pg.ClientConfig,
  movedMs: number,
  channel: string,
): Promise<number> {
  const client = new pg.Client(connection);
  // A lost connection is told by the statement that runs.
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query('begin');
    const stepMs = Math.round(movedMs) - (await lockMoved(client));
    if (stepMs !== 0) await saveMoved(client, Math.round(movedMs));
    const jobs = stepMs > 0 ? await shortenWaits(client, stepMs, channel) : 0;
    await client.query('commit');
    return jobs;
  } finally {
    await client.end();
  }
}
