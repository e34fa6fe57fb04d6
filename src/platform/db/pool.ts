import { Socket } from 'node:net';
import pg from 'pg';

export type Pool = {
  readonly pool: pg.Pool;
  /** Waits for running statements, and until every connection has ended: the database may stop at once. */
  readonly end: () => Promise<void>;
};

/** A connection that does not say goodbye for this long, in milliseconds, has nobody at its other end. */
const goodbyeMs = 5_000;

/**
 * A socket that gathers what is written to it until the program waits for something, and then writes it at once: statements that
 * do not wait for each other share one call of the system, and one waking of the server.
 */
function gatheringSocket(): Socket {
  const socket = new Socket();
  const write = socket.write.bind(socket) as (...given: unknown[]) => boolean;
  let isGathering = false;
  const flush = () => {
    isGathering = false;
    socket.uncork();
  };
  return Object.assign(socket, {
    write(...given: unknown[]): boolean {
      if (!isGathering) {
        isGathering = true;
        socket.cork();
        process.nextTick(flush);
      }
      return write(...given);
    },
  });
}

/**
 * Opens a pool of connections on which statements may be sent before those ahead of them are answered. The library's own end is told before its connections have ended, and a server that stops right then cuts off the
 * last ones, with an error that means nothing.
 * @param onError told of errors on idle connections
 */
export function openPool(config: pg.PoolConfig, onError: (error: Error) => void): Pool {
  const pool = new pg.Pool({ ...config, pipeline: true, stream: gatheringSocket });
  const open = new Set<pg.PoolClient>();
  let onLast: (() => void) | undefined;
  pool.on('error', onError);
  pool.on('connect', (client) => {
    open.add(client);
    // The pool listens to idle connections only. What a busy one loses its statement tells; unheard, the event would end the process.
    client.on('error', () => undefined);
  });
  pool.on('remove', (client) => {
    open.delete(client);
    if (open.size === 0) onLast?.();
  });
  return {
    pool,
    async end() {
      await pool.end();
      if (open.size === 0) return;
      const { promise, resolve } = Promise.withResolvers<void>();
      onLast = resolve;
      const timer = setTimeout(resolve, goodbyeMs);
      await promise;
      clearTimeout(timer);
    },
  };
}
