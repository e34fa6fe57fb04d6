import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../metrics.ts';
import { readBodies } from './bodies.ts';
import { type ErrorCode, HttpError } from './errors.ts';
import { defaultLimits, type HttpLimits, type RefusedFor } from './limits.ts';
import { noPlace, unreadable } from './refusal.ts';
import { guardSockets, type SocketGuard } from './sockets.ts';

export type Limited = {
  /** What differs from the default limits. */
  readonly limits?: Partial<HttpLimits> | undefined;
  readonly metrics?: Pick<Metrics, 'count'> | undefined;
};

const reasonOf: Partial<Readonly<Record<ErrorCode, RefusedFor>>> = {
  REQUEST_TIMEOUT: 'slow-request',
  HEADERS_TOO_LARGE: 'headers',
};

/** Holds a server to its limits: `options` are for making it, and `apply` is called first, before there are hooks and routes. */
export function createOverload(given: Limited) {
  const limits = { ...defaultLimits, ...given.limits };
  const onRefused = (reason: RefusedFor) => given.metrics?.count('vestibule_http_refused', { reason });
  let guard: SocketGuard | undefined;

  function clientErrorHandler(error: Error & { code?: string }, socket: Socket): void {
    const { code, answer } = unreadable(error, socket);
    if (answer === undefined || guard === undefined) {
      socket.destroy();
      return;
    }
    onRefused(reasonOf[code] ?? 'unreadable');
    guard.end(socket, answer);
  }

  return {
    options: {
      clientErrorHandler,
      http: {
        // Node looks for slow clients only every 30 s unless told otherwise.
        connectionsCheckingInterval: limits.lookEveryMs,
        headersTimeout: limits.headersTimeoutMs,
        maxHeaderSize: limits.maxHeaderBytes,
      },
      // Fastify sets these itself, over those in `http`.
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      bodyLimit: limits.maxBodyBytes,
    },
    apply(app: FastifyInstance): void {
      const { isTooMuch, end } = guardSockets({ server: app.server, limits, noPlace, onRefused });
      guard = { isTooMuch, end };
      app.addHook('onRequest', (request, reply, done) => {
        const reason = refusedEarly(request.raw, limits, isTooMuch);
        if (reason === undefined) return done();
        onRefused(reason);
        reply.header('connection', 'close');
        done(new HttpError(reason === 'headers' ? 'HEADERS_TOO_LARGE' : 'UNAVAILABLE'));
      });
      readBodies(app, limits, onRefused);
    },
  };
}

function refusedEarly(
  request: IncomingMessage,
  { maxHeaders }: HttpLimits,
  isTooMuch: (request: IncomingMessage) => boolean,
): RefusedFor | undefined {
  if (isTooMuch(request)) return 'pipelining';
  // Names and values take turns.
  return request.rawHeaders.length > 2 * maxHeaders ? 'headers' : undefined;
}
