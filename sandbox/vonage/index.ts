import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Clock } from '../provider/clock.ts';
import { type Files, filesOf } from '../provider/files.ts';
import { keep } from '../provider/kept.ts';
import { openMemory } from '../provider/memory.ts';
import type { Provider, ProviderEvents } from '../provider/provider.ts';
import { usersOf } from '../provider/users.ts';
import type { Receivers, Webhooks } from '../provider/webhooks.ts';
import type { VonageAccount } from './accounts.ts';
import type { ChatMessage } from './chat.ts';
import { errorBody, errorKinds, isErrorCode, VonageError } from './errors.ts';
import { createFaults, type Faults } from './faults.ts';
import { createMessaging, type Messaging, type StatusDelays } from './messaging.ts';
import { providerOf } from './provider.ts';
import { readSend, readUpdate } from './send.ts';
import { authorised } from './tokens.ts';
import { createWebhooks, type DeliveryEntry } from './webhooks.ts';

export type { IdentityMode, VonageAccount, WhatsAppUser } from './accounts.ts';
export type { ChatMessage } from './chat.ts';
export { type Faults, type VonageFault, vonageFaults } from './faults.ts';
export type { DeliveryEntry } from './webhooks.ts';

export type VonageOptions = {
  readonly accounts: readonly VonageAccount[];
  readonly clock: Clock;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly delays?: StatusDelays;
  readonly refuseBy?: 'webhook' | 'response';
  /** A folder for what must survive a restart; without it, nothing does. */
  readonly store?: string;
  /** How receivers are found and waited for. */
  readonly receivers?: Pick<Receivers, 'wait' | 'route'>;
  /** Told of each attempt to deliver a webhook. */
  readonly onDelivered?: (entry: DeliveryEntry) => void;
};

export type Vonage = {
  /** `http://127.0.0.1:54321`: the base URL to use in place of Vonage's. */
  readonly url: string;
  readonly faults: Faults;
  readonly messaging: Messaging;
  /** Every attempt to deliver a webhook, in order. */
  readonly deliveries: readonly DeliveryEntry[];
  /** Keeps a file; its URL goes into what a user sends. */
  readonly putMedia: (number: string, mimeType: string, bytes: Uint8Array) => string;
  /** Call it after the clock was moved. */
  readonly wake: Webhooks['wake'];
  readonly waiting: Webhooks['waiting'];
  readonly provider: Provider;
  readonly stop: () => Promise<void>;
};

type Parts = {
  readonly accounts: readonly VonageAccount[];
  readonly clock: Clock;
  readonly faults: Faults;
  readonly messaging: Messaging;
  readonly files: Files;
};

/** Starts a Messages API of its own on loopback, with the webhooks of its accounts. */
export async function startVonage(options: VonageOptions): Promise<Vonage> {
  const { accounts, clock, onDelivered } = options;
  const store = openMemory('vonage', options.store);
  const faults = createFaults();
  const events: ProviderEvents = new EventEmitter();
  events.setMaxListeners(0);
  const deliveries: DeliveryEntry[] = [];
  const urls = new Map(accounts.map(({ number, webhookUrl }) => [number, webhookUrl]));
  const webhooks = createWebhooks({
    store,
    clock,
    faults,
    accounts,
    receivers: { urls, ...options.receivers },
    onLeave: ({ line, userId }) => {
      if (userId !== undefined) events.emit('chat', { line, userId });
    },
    onDelivered: (entry) => {
      deliveries.push(entry);
      onDelivered?.(entry);
    },
  });
  const files = filesOf(store);
  const users = usersOf(store);
  let url = '';
  const messaging = createMessaging({
    accounts,
    clock,
    faults,
    webhooks,
    users,
    kept: keep<ChatMessage>(store, 'messages'),
    heard: keep<number>(store, 'heard'),
    events,
    delays: options.delays ?? { submittedMs: 30, deliveredMs: 250 },
    refuseBy: options.refuseBy ?? 'webhook',
    url: () => url,
  });
  const server = createServer({ accounts, clock, faults, messaging, files });
  await server.listen({ port: options.port ?? 0, host: '127.0.0.1' });
  // A TCP server's address is always an AddressInfo.
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  const stop = async () => {
    await server.close();
    await webhooks.stop();
    store.close();
  };
  let stopped: Promise<void> | undefined;
  const provider = providerOf({
    clock,
    events,
    faults,
    files,
    messaging,
    url,
    webhooks,
    stop: () => (stopped ??= stop()),
  });
  return {
    url,
    faults,
    messaging,
    deliveries,
    putMedia: (number, mimeType, bytes) => {
      if (!accounts.some((each) => each.number === number)) throw new Error('no such account');
      return `${url}/v3/media/${files.add(number, { name: '', mimeType, bytes })}`;
    },
    wake: webhooks.wake,
    waiting: webhooks.waiting,
    provider,
    stop: provider.stop,
  };
}

function createServer(parts: Parts): FastifyInstance {
  const { accounts, clock, messaging, files } = parts;
  const app = Fastify({ bodyLimit: 1024 * 1024, forceCloseConnections: true });
  app.setErrorHandler((error, _request, reply) => {
    // Fastify's own refusals (no JSON, too large) carry a status; anything else is a bug of ours.
    const status = error instanceof Error && 'statusCode' in error ? Number(error.statusCode) : 500;
    const refusal =
      error instanceof VonageError ? error : new VonageError(status < 500 ? 'invalid-json' : '1030');
    void reply
      .code(errorKinds[refusal.code].status)
      .type('application/problem+json')
      .send(JSON.stringify(errorBody(refusal, randomUUID())));
  });
  app.setNotFoundHandler(() => {
    throw new VonageError('not-found');
  });
  app.post('/v1/messages', async (request, reply) => {
    const account = await authorised(request.headers.authorization, accounts, clock);
    return await postMessage(parts, account, request.body, reply);
  });
  app.patch<{ Params: { uuid: string } }>('/v1/messages/:uuid', async (request, reply) => {
    const account = await authorised(request.headers.authorization, accounts, clock);
    messaging.update(account, request.params.uuid, readUpdate(request.body));
    return reply.code(200).send('');
  });
  app.get<{ Params: { id: string } }>('/v3/media/:id', async (request, reply) => {
    const account = await authorised(request.headers.authorization, accounts, clock);
    const file = files.get(request.params.id);
    if (file === undefined || file.line !== account.number) throw new VonageError('not-found');
    return reply.type(file.mimeType).send(Buffer.from(file.bytes));
  });
  return app;
}

const gatewayPage = '<!DOCTYPE html><html><body><h1>502 Bad Gateway</h1></body></html>';

async function postMessage(
  { faults, messaging }: Parts,
  account: VonageAccount,
  body: unknown,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const send = readSend(body);
  if (faults.take('timeout-before') !== undefined) return reply.hijack();
  if (faults.take('html') !== undefined) return reply.code(502).type('text/html').send(gatewayPage);
  const refused = faults.take('http-500');
  if (refused !== undefined) {
    const code = String(refused.code);
    throw new VonageError(isErrorCode(code) ? code : '1030');
  }
  const throttled = faults.take('throttled');
  if (throttled !== undefined) {
    if (throttled.delayMs !== undefined)
      reply.header('retry-after', String(Math.ceil(throttled.delayMs / 1000)));
    throw new VonageError('1000');
  }
  const answer = messaging.send(account, send);
  if (faults.take('timeout-after') !== undefined) return reply.hijack();
  return reply.code(202).send(answer);
}
