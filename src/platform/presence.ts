import pg from 'pg';
import { errorCode, type Log } from './log.ts';

/**
 * Who works on the queues now: every process holds a lock, shared, for as long as it lives, on a connection of its own. A process
 * that gets it for itself alone is the only one.
 */
export type Presence = { readonly stop: () => Promise<void> };

/** Any text will do, as long as all processes use the same. */
const lockName = `hashtext('vestibule.process')`;

/** Milliseconds until a lost connection is tried again. Until then a process that starts may take itself for the only one. */
const againMs = 500;

/**
 * Says that this process lives, and goes on saying so when the connection is lost.
 * @param whenAlone runs before, where no other process lives
 */
export async function keepPresence(
  connection: pg.ClientConfig,
  log: Log,
  whenAlone: (client: pg.Client) => Promise<void>,
): Promise<Presence> {
  let client: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  async function connect(): Promise<pg.Client> {
    const fresh = new pg.Client(connection);
    client = fresh;
    fresh.on('error', (error) => lost(fresh, error));
    fresh.once('end', () => lost(fresh, new Error('connection ended')));
    await fresh.connect();
    return fresh;
  }

  function lost(which: pg.Client, error: unknown): void {
    if (isStopped || which !== client) return;
    client = undefined;
    log.warn('queue presence lost', { code: errorCode(error) });
    clearTimeout(timer);
    timer = setTimeout(again, againMs);
  }

  async function again(): Promise<void> {
    try {
      await holdLock(await connect());
    } catch (error) {
      if (client !== undefined) lost(client, error);
    }
  }

  const first = await connect();
  if (await tryAlone(first)) {
    await whenAlone(first);
    await first.query(`select pg_advisory_unlock(${lockName})`);
  }
  await holdLock(first);
  return {
    async stop() {
      isStopped = true;
      clearTimeout(timer);
      await client?.end();
    },
  };
}

async function tryAlone(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ alone: boolean }>(
    `select pg_try_advisory_lock(${lockName}) as alone`,
  );
  return rows[0]?.alone === true;
}

/** Ends with the connection. Waits while a process that takes itself for the only one puts things in order. */
async function holdLock(client: pg.Client): Promise<void> {
  await client.query(`select pg_advisory_lock_shared(${lockName})`);
}
