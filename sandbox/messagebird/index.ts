import { EventEmitter } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../provider/clock.ts';
import { filesOf } from '../provider/files.ts';
import { keep } from '../provider/kept.ts';
import { openMemory } from '../provider/memory.ts';
import type { Provider, ProviderEvents } from '../provider/provider.ts';
import { usersOf } from '../provider/users.ts';
import type { Receivers } from '../provider/webhooks.ts';
import type { Customer, KnownUser } from './accounts.ts';
import { createFaults, type Faults } from './faults.ts';
import {
  createMessaging,
  type Message,
  type Messaging,
  type StatusDelays,
  type Stored,
  type Webhook,
} from './messaging.ts';
import { providerOf } from './provider.ts';
import { createServer } from './server.ts';
import { type Attempt, createWebhooks } from './webhooks.ts';

export type { ApprovedTemplate, Channel, Customer, KnownUser, NewWebhook } from './accounts.ts';
export { type Faults, type MessageBirdFault, messageBirdFaults } from './faults.ts';
export type { Message } from './messaging.ts';

export type MessageBirdOptions = {
  readonly customers: readonly Customer[];
  /** Who has WhatsApp from the start: a message to anybody else fails with 302. */
  readonly users?: readonly KnownUser[];
  readonly clock: Clock;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly host?: string;
  /** A folder for what must survive a restart; without it, nothing does. */
  readonly store?: string;
  readonly delays?: StatusDelays;
  /** How receivers are found and waited for. */
  readonly receivers?: Pick<Receivers, 'wait' | 'route'>;
};

export type MessageBird = {
  /** The base URL to use in place of `https://conversations.messagebird.com`. */
  readonly url: string;
  readonly faults: Faults;
  readonly messages: () => readonly Message[];
  readonly attempts: readonly Attempt[];
  readonly receive: Messaging['receive'];
  readonly seen: Messaging['seen'];
  /** Call it after the clock was moved. Resolves once all that was due has been tried. */
  readonly wake: () => Promise<void>;
  /** Webhooks that nobody has taken yet. */
  readonly waiting: () => number;
  readonly provider: Provider;
  readonly stop: () => Promise<void>;
};

/** Starts a Conversations API of its own on loopback, with its webhooks. */
export async function startMessageBird(options: MessageBirdOptions): Promise<MessageBird> {
  const { customers, users = [], clock, port = 0, host = '127.0.0.1' } = options;
  const store = openMemory('messagebird', options.store);
  const faults = createFaults();
  const events: ProviderEvents = new EventEmitter();
  events.setMaxListeners(0);
  const attempts: Attempt[] = [];
  const outgoing = createWebhooks({
    store,
    clock,
    faults,
    customers,
    receivers: { urls: urlsOf(customers), ...options.receivers },
    onLeave: ({ line, userId }) => {
      if (userId !== undefined) events.emit('chat', { line, userId });
    },
    onAttempt: (attempt) => attempts.push(attempt),
  });
  const known = usersOf(store);
  const stored = keep<Stored>(store, 'messages');
  const messaging = createMessaging({
    customers,
    users,
    known,
    stored,
    conversations: keep<string>(store, 'conversations'),
    heard: keep<number>(store, 'heard'),
    webhooks: keep<Webhook>(store, 'webhooks'),
    clock,
    faults,
    outgoing,
    events,
    delays: options.delays ?? { sentMs: 30, deliveredMs: 250 },
  });
  const files = filesOf(store);
  const server = createServer({ customers, messaging, faults, files });
  await server.listen({ port, host });
  // A TCP server's address is always an AddressInfo.
  const bound = server.server.address() as AddressInfo;
  const url = `http://${bound.address}:${bound.port}`;
  const stop = async () => {
    await server.close();
    await outgoing.stop();
    store.close();
  };
  let stopped: Promise<void> | undefined;
  const provider = providerOf({
    customers,
    clock,
    events,
    faults,
    files,
    messaging,
    stored,
    users: known,
    webhooks: outgoing,
    url,
    stop: () => (stopped ??= stop()),
  });
  return {
    url,
    faults,
    messages: messaging.messages,
    attempts,
    receive: messaging.receive,
    seen: messaging.seen,
    wake: outgoing.quiet,
    waiting: outgoing.waiting,
    provider,
    stop: provider.stop,
  };
}

/** Of each channel the first webhook that hears of it: it stands for all where receivers are waited for. */
function urlsOf(customers: readonly Customer[]): ReadonlyMap<string, string> {
  return new Map(
    customers.flatMap(({ channels, webhooks }) =>
      channels.map(({ id }): [string, string] => {
        const own = webhooks.find(({ channelId }) => channelId === undefined || channelId === id);
        return [id, own?.url ?? ''];
      }),
    ),
  );
}
