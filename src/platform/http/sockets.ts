import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { HttpLimits, RefusedFor } from './limits.ts';

/** What is known of an open connection. */
type Place = {
  /** Monotonic milliseconds: since when it waits, or sends the request that it is sending now. */
  since: number;
  /** The last request that began. */
  request: IncomingMessage | undefined;
  /** Requests that are not answered yet. */
  underWay: number;
  /** While an answer waits to be read: when this was looked at, and what had left by then. */
  reading: (Sent & { readonly at: number }) | undefined;
  /** We have ended it: at the next look it is gone, whatever the client does. */
  isEnding: boolean;
};

/** Bytes of the writes that have left as a whole, and what the system has not taken yet of the one that is leaving. */
type Sent = { readonly whole: number; readonly queued: number };

function sentOf(socket: Socket): Sent {
  // Node tells how much of a write is left only here, and looks at it itself before it calls a connection timed out.
  const { _handle: handle } = socket as { _handle?: { writeQueueSize?: number } | null };
  return { whole: socket.bytesWritten - socket.writableLength, queued: handle?.writeQueueSize ?? 0 };
}

export type SocketGuard = {
  /** True when its connection has so many requests under way that this one is not answered. */
  readonly isTooMuch: (request: IncomingMessage) => boolean;
  /** Says the last word on a connection, and closes it soon, also where nobody listens. */
  readonly end: (socket: Socket, words: string) => void;
};

/** Connections that were refused and may still read why. Beyond, they are closed without a word. */
const maxRefused = 256;

/** How many connections are looked at, at most, to find one that gives way. */
const maxLooks = 64;

/**
 * Bounds the connections of a server, and closes those of clients that do not read. Call it before anything else listens to the
 * server: it stands in front of Node's own listener, which would read from a refused connection.
 */
export function guardSockets(options: {
  readonly server: Server;
  readonly limits: HttpLimits;
  /** The whole answer to a connection for which there is no place. */
  readonly noPlace: string;
  readonly onRefused: (reason: RefusedFor) => void;
}): SocketGuard {
  const { server, limits, noPlace, onRefused } = options;
  const places = new Map<Socket, Place>();
  /** Those that wait or send, in the order in which they began; some have sent everything by now. */
  const unfinished = new Map<Socket, Place>();
  const refused = new Set<Socket>();
  const overdone = new WeakSet<IncomingMessage>();
  const accept = server.listeners('connection');
  server.removeAllListeners('connection');
  server.maxConnections = limits.maxSockets + maxRefused;
  server.on('drop', () => onRefused('sockets'));

  function wait(socket: Socket, place: Place): void {
    place.since = performance.now();
    unfinished.delete(socket);
    unfinished.set(socket, place);
  }

  function admit(socket: Socket): void {
    const place: Place = { since: 0, request: undefined, underWay: 0, reading: undefined, isEnding: false };
    places.set(socket, place);
    wait(socket, place);
    socket.once('close', () => {
      places.delete(socket);
      unfinished.delete(socket);
    });
    // Node's own listener, which makes a connection one that speaks HTTP.
    for (const listener of accept) listener.call(server, socket);
  }

  /** Closes the connection that has waited longest without a whole request. False where there is none. */
  function makeRoom(): boolean {
    let looks = 0;
    for (const [socket, place] of unfinished) {
      looks += 1;
      if (looks > maxLooks || performance.now() - place.since < limits.graceMs) return false;
      const isAtWork = place.underWay > 0 && place.request?.complete === true;
      if (isAtWork || place.isEnding) {
        unfinished.delete(socket);
        continue;
      }
      onRefused('gave-way');
      socket.destroy();
      places.delete(socket);
      unfinished.delete(socket);
      return true;
    }
    return false;
  }

  function refuse(socket: Socket): void {
    onRefused('sockets');
    socket.on('error', () => undefined);
    if (refused.size >= maxRefused) {
      socket.destroy();
      return;
    }
    refused.add(socket);
    socket.once('close', () => refused.delete(socket));
    // Closed with bytes unread, it would be reset, and the client might never see the answer.
    socket.resume();
    socket.end(noPlace);
  }

  function look(): void {
    const now = performance.now();
    for (const socket of refused) socket.destroy();
    for (const [socket, place] of places) {
      if (place.isEnding) socket.destroy();
      else if (!isRead(socket, place, now)) {
        onRefused('slow-reader');
        socket.destroy();
      }
    }
  }

  function isRead(socket: Socket, place: Place, now: number): boolean {
    if (socket.writableLength === 0) {
      place.reading = undefined;
      return true;
    }
    const before = place.reading ?? { at: now, ...sentOf(socket) };
    place.reading = before;
    const ms = now - before.at;
    if (ms < limits.readTimeoutMs) return true;
    const sent = sentOf(socket);
    const bytes = sent.whole - before.whole + Math.max(0, before.queued - sent.queued);
    place.reading = { at: now, ...sent };
    return bytes >= (ms / 1_000) * limits.minReadBytesPerSecond;
  }

  server.on('connection', (socket: Socket) => {
    if (places.size < limits.maxSockets || makeRoom()) admit(socket);
    else refuse(socket);
  });
  const begin = (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request;
    const place = places.get(socket);
    if (place === undefined) return;
    place.request = request;
    place.underWay += 1;
    if (place.underWay > limits.maxPipelined) overdone.add(request);
    wait(socket, place);
    response.once('close', () => {
      place.underWay -= 1;
      if (place.underWay === 0 && !socket.destroyed) wait(socket, place);
    });
  };
  server.prependListener('request', begin);
  const looking = setInterval(look, limits.lookEveryMs).unref();
  server.once('close', () => clearInterval(looking));

  return {
    isTooMuch: (request) => overdone.has(request),
    end(socket, words) {
      const place = places.get(socket);
      if (place !== undefined) place.isEnding = true;
      socket.end(words);
    },
  };
}
