import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { Accounts, Owned } from './accounts.ts';
import type { Clock } from './clock.ts';
import { errorBody, GraphError, isErrorCode, unknownNode } from './errors.ts';
import type { Faults } from './faults.ts';
import type { Json } from './fields.ts';
import { newTrace } from './ids.ts';
import type { Ledger } from './ledger.ts';
import type { Media } from './media.ts';
import type { Messaging } from './messaging.ts';
import { debugToken, nodeFields, phoneNumberNode, wabaNode } from './nodes.ts';
import { readSend, type Send } from './send.ts';
import type { Subscriptions } from './subscriptions.ts';
import { templateRoutes } from './template-routes.ts';
import type { Templates } from './templates.ts';
import type { Webhooks } from './webhooks.ts';

/** Graph API versions that answer: v20.0 expired in September 2026, v26.0 is the newest. */
export const versions = ['v21.0', 'v22.0', 'v23.0', 'v24.0', 'v25.0', 'v26.0'] as const;

export type ServerParts = {
  readonly accounts: Accounts;
  readonly messaging: Messaging;
  readonly media: Media;
  readonly faults: Faults;
  readonly ledger: Ledger;
  readonly webhooks: Webhooks;
  readonly subscriptions: Subscriptions;
  readonly templates: Templates;
  readonly clock: Clock;
  /** The simulator's own address, known once it listens. */
  readonly url: () => string;
};

type Params = { version: string; id: string };

/** The Graph API's HTTP face. */
export function createServer(parts: ServerParts): FastifyInstance {
  const app = Fastify({
    bodyLimit: 3 * 1024 * 1024,
    forceCloseConnections: true,
    routerOptions: { ignoreTrailingSlash: true },
  });
  app.addHook('onResponse', async (request, reply) => {
    record(parts, request, reply.statusCode);
  });
  app.setErrorHandler((error, request, reply) => {
    // Fastify's own refusals (no JSON, too large) carry a status; anything else is a bug of ours.
    const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
    const refusal =
      error instanceof GraphError
        ? error
        : status < 500
          ? new GraphError(1, 'The body is not JSON.')
          : new GraphError(131000);
    refusals.set(request, refusal.code);
    void reply.code(refusal.status).send(errorBody(refusal, newTrace()));
  });
  app.setNotFoundHandler((request) => {
    throw new GraphError(2500, undefined, {
      message: `Unknown path components: ${request.url.split('?')[0]}`,
    });
  });
  app.addHook('preHandler', async (request) => {
    const version = params(request).version;
    if (version !== undefined && !versions.some((known) => known === version)) {
      throw new GraphError(2500, undefined, {
        message: `Unknown path components: ${request.url.split('?')[0]}`,
      });
    }
  });
  for (const prefix of ['/:version', '']) routes(app, prefix, parts);
  app.get('/whatsapp_business/attachments', (request, reply) => download(parts, request, reply));
  return app;
}

function routes(app: FastifyInstance, prefix: string, parts: ServerParts): void {
  // A message must name its version; the nodes answer without one, as Graph does with the app's default.
  if (prefix !== '') {
    app.post<{ Params: Params }>(`${prefix}/:id/messages`, (request, reply) =>
      postMessage(parts, request, reply),
    );
  }
  app.get<{ Params: Params }>(`${prefix}/debug_token`, (request) => {
    authorised(parts, request);
    return debugToken(parts, query(request).input_token ?? '');
  });
  app.get<{ Params: Params }>(`${prefix}/:id`, (request) => getNode(parts, request));
  app.delete<{ Params: Params }>(`${prefix}/:id`, (request) => {
    authorised(parts, request);
    if (!parts.media.remove(request.params.id)) throw unknownNode(request.params.id, 'delete');
    return { success: true };
  });
  app.get<{ Params: Params }>(`${prefix}/:id/subscribed_apps`, (request) => subscribedApps(parts, request));
  app.post<{ Params: Params }>(`${prefix}/:id/subscribed_apps`, (request) => subscribe(parts, request));
  app.delete<{ Params: Params }>(`${prefix}/:id/subscribed_apps`, (request) => {
    const { wabaId } = ownWaba(parts, request, 'delete')[0].account;
    parts.subscriptions.put(wabaId, { subscribed: false });
    return { success: true };
  });
  app.get<{ Params: Params }>(`${prefix}/:id/phone_numbers`, (request) => ({
    data: ownWaba(parts, request, 'get').map((owned) => phoneNumberNode(owned)),
  }));
  templateRoutes(app, prefix, parts, (request, method) => ownWaba(parts, request, method)[0].account.wabaId);
}

/** Which of Meta's codes a request was refused with, for the ledger. */
const refusals = new WeakMap<FastifyRequest, number>();

function record(parts: ServerParts, request: FastifyRequest, status: number | undefined): void {
  const code = refusals.get(request);
  parts.ledger.requested({
    at: parts.clock.now(),
    method: request.method,
    path: request.url,
    status,
    ...(code === undefined ? {} : { code }),
    ...(request.body === undefined ? {} : { body: request.body }),
  });
  if (code !== undefined && request.url.includes('/messages')) parts.ledger.count('sendsRefused');
}

function params(request: FastifyRequest): { version?: string } {
  const found = request.params;
  const version =
    typeof found === 'object' && found !== null && 'version' in found ? found.version : undefined;
  return typeof version === 'string' ? { version } : {};
}

function query(request: FastifyRequest): Readonly<Record<string, string>> {
  // The last of a repeated parameter wins, as in PHP.
  return Object.fromEntries(new URL(request.url, 'http://graph').searchParams);
}

/** The accounts that the bearer token opens. */
function authorised(parts: ServerParts, request: FastifyRequest): readonly Owned[] {
  const header = request.headers.authorization ?? '';
  const token = /^(?:bearer|oauth) +(.+)$/i.exec(header)?.[1] ?? query(request).access_token;
  if (token === undefined) {
    throw new GraphError(190, undefined, {
      message: 'An access token is required to request this resource.',
    });
  }
  const owned = parts.accounts.byToken(token);
  if (owned.length === 0) {
    throw new GraphError(190, undefined, {
      message: 'Invalid OAuth access token - Cannot parse access token',
    });
  }
  return owned;
}

function ownNumber(
  parts: ServerParts,
  request: FastifyRequest<{ Params: Params }>,
  method: 'get' | 'post',
): Owned {
  const found = authorised(parts, request).find(({ account }) => account.phoneNumberId === request.params.id);
  if (found === undefined) throw unknownNode(request.params.id, method);
  return found;
}

function ownWaba(
  parts: ServerParts,
  request: FastifyRequest<{ Params: Params }>,
  method: 'get' | 'post' | 'delete',
): readonly [Owned, ...Owned[]] {
  const [first, ...rest] = authorised(parts, request).filter(
    ({ account }) => account.wabaId === request.params.id,
  );
  if (first === undefined) throw unknownNode(request.params.id, method);
  return [first, ...rest];
}

async function postMessage(
  parts: ServerParts,
  request: FastifyRequest<{ Params: Params }>,
  reply: FastifyReply,
): Promise<unknown> {
  const { faults, messaging } = parts;
  const owned = ownNumber(parts, request, 'post');
  const send = readSend(request.body);
  if (send.kind === 'read') return messaging.send(owned, send);
  if (faults.take('timeout-before') !== undefined) return unanswered(parts, request, reply);
  if (faults.take('html') !== undefined) {
    return reply.code(502).type('text/html; charset=utf-8').send(proxyPage);
  }
  const failing = faults.take('http-500');
  if (failing !== undefined) {
    const code = isErrorCode(failing.code) ? failing.code : 131000;
    throw new GraphError(code, 'Message failed to send due to an unknown error.');
  }
  if (faults.take('throttled') !== undefined) {
    throw new GraphError(130429, 'Cloud API message throughput has been reached.');
  }
  return answer(parts, request, reply, owned, send);
}

const proxyPage = '<!DOCTYPE html><html><body><h1>Sorry, something went wrong.</h1></body></html>';

function answer(
  parts: ServerParts,
  request: FastifyRequest,
  reply: FastifyReply,
  owned: Owned,
  send: Send,
): unknown {
  const result = parts.messaging.send(owned, send);
  if (parts.faults.take('timeout-after') !== undefined) return unanswered(parts, request, reply);
  return result;
}

/** Leaves the caller hanging until it gives up, or the simulator stops. */
function unanswered(parts: ServerParts, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  record(parts, request, undefined);
  return reply.hijack();
}

function getNode(parts: ServerParts, request: FastifyRequest<{ Params: Params }>): Json {
  const owned = authorised(parts, request);
  const { id } = request.params;
  const number = owned.find(({ account }) => account.phoneNumberId === id);
  if (number !== undefined) return nodeFields(phoneNumberNode(number), query(request).fields);
  const waba = owned.find(({ account }) => account.wabaId === id);
  if (waba !== undefined) return nodeFields(wabaNode(waba), query(request).fields);
  const file = parts.media.get(id);
  if (file === undefined || !owned.some(({ account }) => account.phoneNumberId === file.phoneNumberId)) {
    throw unknownNode(id, 'get');
  }
  return {
    messaging_product: 'whatsapp',
    url: `${parts.url()}${parts.media.urlPath(id)}`,
    mime_type: file.mimeType,
    sha256: file.sha256,
    file_size: String(file.bytes.length),
    id,
  };
}

function download(parts: ServerParts, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const owned = authorised(parts, request);
  const file = parts.media.byUrl(query(request));
  if (file === undefined || !owned.some(({ account }) => account.phoneNumberId === file.phoneNumberId)) {
    return reply.code(404).type('text/plain').send('URL signature expired');
  }
  return reply.type(file.mimeType).send(Buffer.from(file.bytes));
}

function subscribedApps(parts: ServerParts, request: FastifyRequest<{ Params: Params }>): Json {
  const { app, account } = ownWaba(parts, request, 'get')[0];
  const { subscribed, overrideUri } = parts.subscriptions.get(account.wabaId);
  if (!subscribed) return { data: [] };
  const link = `https://www.facebook.com/games/?app_id=${app.appId}`;
  return {
    data: [
      {
        whatsapp_business_api_data: { id: app.appId, name: 'Sandbox', link },
        ...(overrideUri === undefined ? {} : { override_callback_uri: overrideUri }),
      },
    ],
  };
}

async function subscribe(parts: ServerParts, request: FastifyRequest<{ Params: Params }>): Promise<Json> {
  const { wabaId } = ownWaba(parts, request, 'post')[0].account;
  const body = request.body;
  const field = (name: string) => {
    const value =
      typeof body === 'object' && body !== null
        ? Object.getOwnPropertyDescriptor(body, name)?.value
        : undefined;
    return typeof value === 'string' ? value : undefined;
  };
  const overrideUri = field('override_callback_uri');
  const verifyToken = field('verify_token');
  if (overrideUri !== undefined) {
    const problem = await parts.webhooks.verify(overrideUri, verifyToken ?? '');
    if (problem !== undefined) {
      throw new GraphError(2200, undefined, {
        message: `(#2200) Callback verification failed with the following errors: ${problem}`,
      });
    }
  }
  parts.subscriptions.put(wabaId, {
    subscribed: true,
    ...(overrideUri === undefined ? {} : { overrideUri }),
    ...(verifyToken === undefined ? {} : { verifyToken }),
  });
  parts.webhooks.resubscribed(wabaId);
  return { success: true };
}
