import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Files } from '../provider/files.ts';
import type { BirdChannel } from './accounts.ts';
import { BirdError } from './errors.ts';
import type { Faults } from './faults.ts';
import type { BirdMessage, Messages } from './messages.ts';
import { readSend } from './send.ts';

export type RequestEntry = {
  readonly method: string;
  readonly path: string;
  /** Undefined when the request was left without an answer. */
  readonly status: number | undefined;
  readonly body: unknown;
};

export type ServerParts = {
  readonly channels: readonly BirdChannel[];
  readonly messages: Messages;
  readonly faults: Faults;
  readonly files: Files;
  readonly onRequest: (entry: RequestEntry) => void;
};

type Route = { Params: { workspaceId: string; channelId: string; messageId: string } };

const path = '/workspaces/:workspaceId/channels/:channelId/messages';

/** The HTTP face of the Channels API: sending a message, and looking one up. */
export function createServer(parts: ServerParts): FastifyInstance {
  const app = Fastify({ bodyLimit: 1024 * 1024, forceCloseConnections: true });
  app.addHook('onResponse', async (request, reply) => note(parts, request, reply.statusCode));
  app.setErrorHandler((error, _request, reply) => {
    if (error instanceof BirdError) {
      void reply.code(error.status).send({ code: error.code, message: error.message });
      return;
    }
    // Fastify's own refusals (no JSON, too large) carry a status; anything else is a bug of ours.
    const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
    void reply
      .code(status)
      .send({ code: status < 500 ? 'InvalidPayload' : 'InternalError', message: 'refused' });
  });
  app.setNotFoundHandler(() => {
    throw new BirdError('ResourceNotFound', 'no matching operation was found');
  });
  app.post<Route>(path, (request, reply) => post(parts, request, reply));
  app.get<Route>(path, (request) => {
    const { channelId } = ownChannel(parts, request);
    return listed(
      parts.messages.all().filter((message) => message.channelId === channelId),
      new URLSearchParams(request.url.split('?')[1]),
    );
  });
  app.get<Route>(`${path}/:messageId`, (request) => {
    const found = parts.messages.find(ownChannel(parts, request), request.params.messageId);
    if (found === undefined) throw new BirdError('ResourceNotFound', 'the message does not exist');
    return found;
  });
  app.get<{ Params: { id: string } }>('/media/:id', (request, reply) => {
    const own = ownedBy(parts, request).map(({ channelId }) => channelId);
    const file = parts.files.get(request.params.id);
    if (file === undefined || !own.includes(file.line))
      throw new BirdError('ResourceNotFound', 'the media does not exist');
    return reply.type(file.mimeType).send(Buffer.from(file.bytes));
  });
  return app;
}

/** A page of the list, the newest first. */
function listed(messages: readonly BirdMessage[], query: URLSearchParams): object {
  const limit = Math.min(Math.max(Number(query.get('limit') ?? 10) || 10, 1), 100);
  const offset = Math.max(Number(query.get('pageToken') ?? 0) || 0, 0);
  const time = (name: string, otherwise: number) => {
    const text = query.get(name);
    return text === null ? otherwise : Date.parse(text);
  };
  const from = time('startAt', Number.NEGATIVE_INFINITY);
  const to = time('endAt', Number.POSITIVE_INFINITY);
  if (Number.isNaN(from) || Number.isNaN(to))
    throw new BirdError('InvalidPayload', 'startAt or endAt is no time');
  const found = messages
    .filter(({ createdAt }) => Date.parse(String(createdAt)) >= from && Date.parse(String(createdAt)) <= to)
    .toReversed();
  const end = offset + limit;
  return {
    results: found.slice(offset, end),
    ...(end < found.length ? { nextPageToken: String(end) } : {}),
  };
}

/** The channels that the request's access key opens. */
function ownedBy(
  { channels }: ServerParts,
  request: Pick<FastifyRequest, 'headers'>,
): readonly BirdChannel[] {
  const key = /^AccessKey (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const owned = channels.filter(({ accessKey }) => accessKey === key);
  if (owned.length === 0) throw new BirdError('Unauthorized', 'the access key is missing or invalid');
  return owned;
}

function ownChannel(parts: ServerParts, request: FastifyRequest<Route>): BirdChannel {
  const owned = ownedBy(parts, request);
  const { workspaceId, channelId } = request.params;
  const found = owned.find((each) => each.workspaceId === workspaceId && each.channelId === channelId);
  if (found === undefined) throw new BirdError('ResourceNotFound', 'the channel does not exist');
  return found;
}

async function post(
  parts: ServerParts,
  request: FastifyRequest<Route>,
  reply: FastifyReply,
): Promise<unknown> {
  const { faults, messages } = parts;
  const channel = ownChannel(parts, request);
  const send = readSend(request.body);
  if (faults.take('timeout-before') !== undefined) return unanswered(parts, request, reply);
  if (faults.take('html') !== undefined) {
    return reply.code(502).type('text/html').send('<!DOCTYPE html><h1>Bad gateway</h1>');
  }
  if (faults.take('http-500') !== undefined) throw new BirdError('InternalError', 'internal error');
  const throttled = faults.take('throttled');
  if (throttled !== undefined) {
    const { delayMs } = throttled;
    if (delayMs !== undefined) void reply.header('retry-after', String(Math.ceil(delayMs / 1000)));
    throw new BirdError('TooManyRequests', 'too many requests');
  }
  const message = messages.send(channel, send);
  if (faults.take('timeout-after') !== undefined) return unanswered(parts, request, reply);
  return reply.code(202).send({ ...message, status: 'accepted' });
}

/** Leaves the caller hanging until it gives up, or the simulator stops. */
function unanswered(parts: ServerParts, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  note(parts, request, undefined);
  return reply.hijack();
}

function note({ onRequest }: ServerParts, request: FastifyRequest, status: number | undefined): void {
  onRequest({ method: request.method, path: request.url, status, body: request.body });
}
