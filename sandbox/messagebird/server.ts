import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Files } from '../provider/files.ts';
import { type Customer, type NewWebhook, webhookEvents } from './accounts.ts';
import { ApiError, invalid, isErrorCode } from './errors.ts';
import type { Faults } from './faults.ts';
import { isObject, list, text } from './fields.ts';
import { type Messaging, newId, type Webhook } from './messaging.ts';
import { readSend } from './send.ts';

export type ServerParts = {
  readonly customers: readonly Customer[];
  readonly messaging: Messaging;
  readonly files: Files;
  readonly faults: Faults;
};

type WithId = { Params: { id: string } };

/** The HTTP face of `conversations.messagebird.com`. */
export function createServer(parts: ServerParts): FastifyInstance {
  const app = Fastify({
    bodyLimit: 1024 * 1024,
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true },
  });
  app.setErrorHandler((error, _request, reply) => {
    // Fastify's own refusals (no JSON, too large) carry a status; anything else is a bug of ours.
    const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
    const refusal = error instanceof ApiError ? error : new ApiError(status < 500 ? 21 : 99);
    void reply.code(refusal.status).send(refusal.body);
  });
  app.setNotFoundHandler((_request, reply) => {
    const refusal = new ApiError(98);
    void reply.code(refusal.status).send(refusal.body);
  });
  app.post('/v1/send', (request, reply) => send(parts, request, reply));
  app.get<WithId>('/v1/messages/:id', (request) => {
    const found = parts.messaging.message(request.params.id);
    if (found === undefined || !owns(authorised(parts, request), found.channelId)) throw new ApiError(20);
    return found;
  });
  app.get('/v1/messages', (request) => listed(parts, request));
  webhookRoutes(app, parts);
  return app;
}

function authorised(parts: ServerParts, request: FastifyRequest): Customer {
  const key = /^AccessKey (.+)$/.exec(request.headers.authorization ?? '')?.[1];
  const found = parts.customers.find(({ accessKey }) => accessKey === key);
  if (found === undefined) throw new ApiError(2, 'access_key');
  return found;
}

function owns(customer: Customer, channelId: string | undefined): boolean {
  return customer.channels.some(({ id }) => id === channelId);
}

async function send(parts: ServerParts, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { faults, messaging } = parts;
  const read = readSend(request.body, authorised(parts, request));
  if (faults.take('timeout-before')) return unanswered(reply);
  if (faults.take('html')) {
    return reply.code(502).type('text/html; charset=utf-8').send('<html><body>Bad Gateway</body></html>');
  }
  const failing = faults.take('http-500');
  if (failing !== undefined) throw new ApiError(isErrorCode(failing.code) ? failing.code : 99);
  if (faults.take('throttled')) return reply.code(429).header('retry-after', '2').send('Too Many Requests');
  const message = messaging.send(read);
  if (faults.take('timeout-after')) return unanswered(reply);
  return reply.code(202).send({ id: message.id, status: message.status, fallback: { id: '' } });
}

/** The connection stays open and silent, until the caller gives up. */
function unanswered(reply: FastifyReply): FastifyReply {
  return reply.hijack();
}

/** `GET /v1/messages?ids=…` or `?from=…`: by which a message whose answer was lost can be looked up. */
function listed(parts: ServerParts, request: FastifyRequest): unknown {
  const customer = authorised(parts, request);
  const { searchParams } = new URL(request.url, 'http://messagebird');
  const ids = searchParams.get('ids')?.split(',');
  const from = searchParams.get('from');
  const since = from === null ? Number.NEGATIVE_INFINITY : Date.parse(from);
  if (Number.isNaN(since)) throw invalid('from', 'is not a date and time');
  const items = parts.messaging
    .messages()
    .filter(({ id, channelId }) => owns(customer, channelId) && (ids === undefined || ids.includes(id)))
    .filter(({ createdDatetime }) => Date.parse(createdDatetime) >= since);
  return { offset: 0, limit: items.length, count: items.length, totalCount: items.length, items };
}

function webhookRoutes(app: FastifyInstance, parts: ServerParts): void {
  const { webhooks } = parts.messaging;
  const shown = ({ accessKey: _, isGiven: __, ...webhook }: Webhook) => ({ ...webhook, status: 'enabled' });
  app.post('/v1/webhooks', (request, reply) => {
    const customer = authorised(parts, request);
    const { accessKey } = customer;
    const webhook = { ...readWebhook(request.body, customer), id: newId(), accessKey };
    webhooks.set(webhook.id, webhook);
    return reply.code(201).send(shown(webhook));
  });
  app.get('/v1/webhooks', (request) => {
    const { accessKey } = authorised(parts, request);
    const own = webhooks.values().filter((each) => each.accessKey === accessKey);
    return { offset: 0, limit: 10, count: own.length, totalCount: own.length, items: own.map(shown) };
  });
  app.delete<WithId>('/v1/webhooks/:id', (request, reply) => {
    const { accessKey } = authorised(parts, request);
    if (webhooks.get(request.params.id)?.accessKey !== accessKey) throw new ApiError(20);
    webhooks.delete(request.params.id);
    return reply.code(204).send();
  });
  app.get<WithId>('/v1/media/:id', (request, reply) => {
    const file = parts.files.get(request.params.id);
    if (file === undefined || !owns(authorised(parts, request), file.line)) throw new ApiError(20);
    return reply.type(file.mimeType).send(Buffer.from(file.bytes));
  });
}

function readWebhook(body: unknown, customer: Customer): NewWebhook {
  if (!isObject(body)) throw new ApiError(21);
  const url = text(body.url, 'url', 2048);
  if (!URL.canParse(url)) throw invalid('url', 'is not a URL');
  const events = list(body.events, 'events', webhookEvents.length).map((event) => {
    const known = webhookEvents.find((each) => each === event);
    if (known === undefined) throw invalid('events', 'holds an unknown event');
    return known;
  });
  if (body.channelId === undefined) return { url, events };
  const channelId = text(body.channelId, 'channelId', 64);
  if (!owns(customer, channelId)) throw new ApiError(20, 'channelId');
  return { url, events, channelId };
}
