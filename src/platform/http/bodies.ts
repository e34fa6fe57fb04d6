import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { HttpError } from './errors.ts';
import { type HttpLimits, maxDeliveryBytes, type RefusedFor } from './limits.ts';

type Done = (error: Error | null, body?: Buffer) => void;

declare module 'fastify' {
  interface FastifyInstance {
    /** A content type parser that leaves the bytes as they are, within the limits. */
    readRaw: (request: FastifyRequest, payload: IncomingMessage, done: Done) => void;
  }
  interface FastifyRequest {
    /** Bytes of the body that have arrived; they count until the request is answered. */
    heldBytes: number;
  }
}

/** Bytes that may be held at the same time. */
type Budget = { left: number };

type Share = { readonly maxBytes: number; readonly budget: Budget };

/**
 * Reads a body of at most `maxBytes`. What arrives is counted against the budget, not what is announced: a client that announces
 * much and sends nothing takes nothing from others. `done` hears BODY_TOO_LARGE, UNAVAILABLE where the budget is used up, or
 * MALFORMED_REQUEST where the client went away.
 */
function readBody(request: FastifyRequest, payload: IncomingMessage, share: Share, done: Done): void {
  const chunks: Buffer[] = [];
  const leave = () =>
    void payload.off('data', onData).off('end', onEnd).off('error', onLost).off('close', onLost);
  const refuse = (code: 'BODY_TOO_LARGE' | 'UNAVAILABLE' | 'MALFORMED_REQUEST') => {
    leave();
    chunks.length = 0;
    // The rest is read and dropped, so that the client hears the answer; what goes wrong now is nobody's concern.
    payload.on('error', () => undefined).resume();
    done(new HttpError(code));
  };
  const onLost = () => refuse('MALFORMED_REQUEST');
  const onData = (chunk: Buffer) => {
    if (request.heldBytes + chunk.length > share.maxBytes) return refuse('BODY_TOO_LARGE');
    if (chunk.length > share.budget.left) return refuse('UNAVAILABLE');
    share.budget.left -= chunk.length;
    request.heldBytes += chunk.length;
    chunks.push(chunk);
  };
  const onEnd = () => {
    leave();
    // A copy in any case: a chunk is a view of the buffer that the socket reads into.
    done(null, Buffer.concat(chunks, request.heldBytes));
  };
  if (Number(request.headers['content-length'] ?? 0) > share.maxBytes) refuse('BODY_TOO_LARGE');
  else payload.on('data', onData).on('end', onEnd).on('error', onLost).on('close', onLost);
}

/** Reads bodies within the limits: JSON, and raw bytes where a route takes `app.readRaw`. */
export function readBodies(
  app: FastifyInstance,
  limits: HttpLimits,
  onRefused: (reason: RefusedFor) => void,
): void {
  const deliveries: Share = { maxBytes: maxDeliveryBytes, budget: { left: limits.deliveryMemoryBytes } };
  const others: Share = { maxBytes: limits.maxBodyBytes, budget: { left: limits.otherMemoryBytes } };
  const shareOf = ({ routeOptions }: FastifyRequest) =>
    routeOptions.config.access === 'provider' ? deliveries : others;
  /** Requests whose client waits to hear that it may send. */
  const waiting = new WeakSet<IncomingMessage>();
  app.server.on('checkContinue', (request, response) => {
    waiting.add(request);
    app.server.emit('request', request, response);
  });
  app.decorateRequest('heldBytes', 0);
  // After the hooks that refuse, before the body is read.
  app.addHook('preParsing', (request, reply, payload, done) => {
    const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
    if (length !== undefined || encoding !== undefined) {
      const { budget } = shareOf(request);
      reply.raw.once('close', () => {
        budget.left += request.heldBytes;
      });
      if (waiting.has(request.raw)) reply.raw.writeContinue();
    }
    done(null, payload);
  });
  const readRaw: FastifyInstance['readRaw'] = (request, payload, done) =>
    readBody(request, payload, shareOf(request), (error, body) => {
      if (error instanceof HttpError && error.code === 'UNAVAILABLE') onRefused('memory');
      done(error, body);
    });
  const parseJson = app.getDefaultJsonParser('error', 'error');
  // A browser sends text without asking first, from any page; JSON it does not.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', (request, payload, done) =>
    readRaw(request, payload, (error, body) => {
      if (error !== null || body === undefined) done(error);
      else void parseJson(request, body.toString('utf8'), done);
    }),
  );
  app.decorate('readRaw', readRaw);
}
