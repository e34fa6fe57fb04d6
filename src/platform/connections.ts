import { type ClientRequestArgs, Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { Duplex } from 'node:stream';

/**
 * The connections of calls to the outside, kept for the next call to the same origin.
 *
 * A connection is handed over only when it stands, and a secure one when the other side's certificate was found good. So whatever goes
 * wrong before that has sent nothing of the request, whatever the error says.
 */
export type Connections = {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
  /** Call it before a request is made: closes connections that stood idle too long, where a busy program's timers were late. */
  readonly closeIdle: () => void;
};

/** Milliseconds: one that stands idle longer may have been closed by the other side without our knowing. */
const idleMs = 4_000;

/** Milliseconds for the connection and its handshake. */
const connectMs = 10_000;

/** What waits for a connection beyond these waits in line, until its deadline: then it was not sent. */
const maxPerOrigin = 256;

type Done = (error: Error | null, connection: Duplex) => void;
type Open = (options: ClientRequestArgs, done?: Done) => Duplex | null | undefined;

/** Code of the error of a connection that did not stand in time. */
export const connectTimeout = 'CONNECT_TIMEOUT';

/** Calls back once: with the connection when `event` says that it stands, or with what went wrong before. */
function handOver(connection: Duplex, event: string, done: Done): void {
  const giveUp = () =>
    connection.destroy(Object.assign(new Error('no connection in time'), { code: connectTimeout }));
  const late = setTimeout(giveUp, connectMs);
  const failed = (error: Error) => {
    clearTimeout(late);
    done(error, connection);
  };
  const stands = () => {
    clearTimeout(late);
    connection.off('error', failed);
    done(null, connection);
  };
  connection.once('error', failed);
  connection.once(event, stands);
}

/** @param open returns a connection that does not stand yet */
function opening(open: Open, event: string): Open {
  return (options, done) => {
    const connection = open(options);
    if (connection && done) handOver(connection, event, done);
    // By its absence the agent is told to wait for the call.
    return undefined;
  };
}

/** Closes kept connections that are overdue. Told by the time at which each became free. */
function idleCloser(agents: readonly HttpAgent[]): () => void {
  const freeSince = new WeakMap<Duplex, number>();
  for (const agent of agents)
    agent.prependListener('free', (connection: Duplex) => void freeSince.set(connection, performance.now()));
  return () => {
    const overdue = performance.now() - idleMs;
    for (const agent of agents)
      for (const connections of Object.values(agent.freeSockets))
        for (const connection of connections ?? [])
          if ((freeSince.get(connection) ?? overdue) <= overdue) connection.destroy();
  };
}

/** Makes a set of connections; none is opened yet. */
export function createConnections(): Connections {
  const kept = { keepAlive: true, timeout: idleMs, maxSockets: maxPerOrigin };
  const http = new HttpAgent(kept);
  const https = new HttpsAgent(kept);
  http.createConnection = opening(http.createConnection.bind(http), 'connect');
  https.createConnection = opening(https.createConnection.bind(https), 'secureConnect');
  return { http, https, closeIdle: idleCloser([http, https]) };
}
