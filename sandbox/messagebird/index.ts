import type { AddressInfo } from 'node:net';
import type { Clock } from '../meta/clock.ts';
import type { Customer, WhatsAppUser } from './accounts.ts';
import { createFaults, type Faults } from './faults.ts';
import { createMessaging, type Message, type Messaging } from './messaging.ts';
import { createServer } from './server.ts';
import { type Attempt, createWebhooks, type Webhooks } from './webhooks.ts';

export type { ApprovedTemplate, Channel, Customer, NewWebhook, WhatsAppUser } from './accounts.ts';
export { type Faults, isMessageBirdFault, type MessageBirdFault, messageBirdFaults } from './faults.ts';
export type { Message } from './messaging.ts';

export type MessageBirdOptions = {
  readonly customers: readonly Customer[];
  /** Who has WhatsApp: a message to anybody else fails with 302. */
  readonly users: readonly WhatsAppUser[];
  readonly clock: Clock;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly host?: string;
  readonly delays?: { readonly sentMs: number; readonly deliveredMs: number };
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
  readonly wake: Webhooks['wake'];
  /** Webhooks that nobody has taken yet. */
  readonly waiting: () => number;
  readonly stop: () => Promise<void>;
};

/** Starts a Conversations API of its own on loopback, with its webhooks. It keeps everything in memory. */
export async function startMessageBird(options: MessageBirdOptions): Promise<MessageBird> {
  const { customers, users, clock, port = 0, host = '127.0.0.1' } = options;
  const faults = createFaults();
  const outgoing = createWebhooks(clock, faults);
  const delays = options.delays ?? { sentMs: 30, deliveredMs: 250 };
  const messaging = createMessaging({ customers, users, clock, faults, outgoing, delays });
  const server = createServer({ customers, messaging, faults });
  await server.listen({ port, host });
  // A TCP server's address is always an AddressInfo.
  const bound = server.server.address() as AddressInfo;
  return {
    url: `http://${bound.address}:${bound.port}`,
    faults,
    messages: messaging.messages,
    attempts: outgoing.attempts,
    receive: messaging.receive,
    seen: messaging.seen,
    wake: outgoing.wake,
    waiting: outgoing.waiting,
    stop: async () => {
      outgoing.stop();
      await server.close();
    },
  };
}
