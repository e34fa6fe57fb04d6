import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import type { Clock } from '../meta/clock.ts';
import type { VonageAccount } from './accounts.ts';
import { errorBody, errorKinds, isErrorCode, VonageError } from './errors.ts';
import { createFaults, type Faults } from './faults.ts';
import { createMessaging, type Messaging, type StatusDelays } from './messaging.ts';
import { readSend, readUpdate } from './send.ts';
import { authorised } from './tokens.ts';
import { createWebhooks, type DeliveryEntry, type Webhooks } from './webhooks.ts';

export type { IdentityMode, VonageAccount, WhatsAppUser } from './accounts.ts';
export type { ChatMessage } from './chat.ts';
export { type Faults, isVonageFault, type VonageFault, vonageFaults } from './faults.ts';
export type { DeliveryEntry } from './webhooks.ts';

export type VonageOptions = {
  readonly accounts: readonly VonageAccount[];
  readonly clock: Clock;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly delays?: StatusDelays;
  readonly refuseBy?: 'webhook' | 'response';
  /** Told of each attempt to deliver a webhook. */
  readonly onDelivered?: (entry: DeliveryEntry) => void;
};

type MediaFile = { readonly account: VonageAccount; readonly mimeType: string; readonly bytes: Uint8Array };

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
  readonly stop: () => Promise<void>;
};

type Parts = {
  readonly accounts: readonly VonageAccount[];
  readonly clock: Clock;
  readonly faults: Faults;
  readonly messaging: Messaging;
  readonly media: ReadonlyMap<string, MediaFile>;
};

/** Starts a Messages API of its own on loopback, with the webhooks of its accounts. Nothing survives a restart. */
export async function startVonage(options: VonageOptions): Promise<Vonage> {
  const { accounts, clock, onDelivered } = options;
  const faults = createFaults();
  const deliveries: DeliveryEntry[] = [];
  const webhooks = createWebhooks({ clock, faults }, (entry) => {
    deliveries.push(entry);
    onDelivered?.(entry);
  });
  const media = new Map<string, MediaFile>();
  let url = '';
  const messaging = createMessaging({
    accounts,
    clock,
    faults,
    webhooks,
    delays: options.delays ?? { submittedMs: 30, deliveredMs: 250 },
    refuseBy: options.refuseBy ?? 'webhook',
    url: () => url,
  });
  const server = createServer({ accounts, clock, faults, messaging, media });
  await server.listen({ port: options.port ?? 0, host: '127.0.0.1' });
  // A TCP server's address is always an AddressInfo.
  url = `http://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
  return {
    url,
    faults,
    messaging,
    deliveries,
    putMedia: (number, mimeType, bytes) => {
      const account = accounts.find((each) => each.number === number);
      if (account === undefined) throw new Error('no such account');
      const id = randomUUID();
      media.set(id, { account, mimeType, bytes });
      return `${url}/v3/media/${id}`;
    },
    wake: webhooks.wake,
    waiting: webhooks.waiting,
    stop: async () => {
      await server.close();
      await webhooks.stop();
    },
  };
}

function createServer(parts: Parts): FastifyInstance {
  const { accounts, clock, messaging, media } = parts;
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
    const file = media.get(request.params.id);
    if (file === undefined || file.account !== account) throw new VonageError('not-found');
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
  const refused = faults.take('refused');
  if (refused !== undefined) {
    throw new VonageError(refused.code !== undefined && isErrorCode(refused.code) ? refused.code : '1030');
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
