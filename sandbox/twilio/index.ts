import type { AddressInfo } from 'node:net';
import type { TwilioAccount, User } from './accounts.ts';
import { createFaults, type Faults } from './faults.ts';
import type { Message } from './messages.ts';
import { receive, report, take, type World } from './messaging.ts';
import type { Said } from './params.ts';
import { createServer } from './server.ts';
import { createWebhooks, type Webhooks } from './webhooks.ts';

export type { TwilioAccount, User } from './accounts.ts';
export { type Faults, type TwilioFault, twilioFaults } from './faults.ts';

export type TwilioOptions = {
  readonly accounts: readonly TwilioAccount[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly host?: string;
  /** Between two attempts to deliver. */
  readonly retryMs?: number;
};

export type Twilio = {
  /** The base URL to use in place of both of Twilio's. */
  readonly url: string;
  readonly messages: readonly Message[];
  readonly faults: Faults;
  readonly attempts: Webhooks['attempts'];
  /** A user writes to a sender; resolves to the message's id once the webhook was taken or given up. */
  readonly receive: (account: TwilioAccount, user: User, sender: string, said: Said) => Promise<string>;
  /** The user reads a message. */
  readonly read: (sid: string) => Promise<void>;
  /** Resolves when every status has been told. */
  readonly idle: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** Starts a Twilio of its own on loopback, for WhatsApp, with its webhooks. Nothing of it survives a restart. */
export async function startTwilio(options: TwilioOptions): Promise<Twilio> {
  const faults = createFaults();
  const webhooks = createWebhooks(faults, options.retryMs ?? 200);
  const world: World = {
    now: options.now,
    faults,
    webhooks,
    messages: [],
    callbacks: new Map(),
    lastHeard: new Map(),
    pending: new Set(),
  };
  const { messages, pending } = world;
  const server = createServer({
    accounts: options.accounts,
    faults,
    messages,
    take: (asked, account) => take(world, asked, account),
  });
  await server.listen({ port: options.port ?? 0, host: options.host ?? '127.0.0.1' });
  // A TCP server's address is always an AddressInfo.
  const { address, port } = server.server.address() as AddressInfo;

  async function idle(): Promise<void> {
    while (pending.size > 0) await Promise.all(pending);
    await webhooks.idle();
  }

  return {
    url: `http://${address}:${port}`,
    messages,
    faults,
    attempts: webhooks.attempts,
    receive: (account, user, sender, said) => receive(world, account, user, sender, said),
    read: async (sid) => {
      const message = messages.find((each) => each.sid === sid);
      if (message?.status === 'delivered') await report(world, message, 'read');
    },
    idle,
    stop: async () => {
      await webhooks.stop();
      await idle();
      await server.close();
    },
  };
}
