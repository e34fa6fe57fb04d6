import { EventEmitter } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../provider/clock.ts';
import { filesOf } from '../provider/files.ts';
import { keep } from '../provider/kept.ts';
import { openMemory } from '../provider/memory.ts';
import { type Provider, type ProviderEvents, typingMs } from '../provider/provider.ts';
import { usersOf as whatsAppUsers } from '../provider/users.ts';
import type { Receivers } from '../provider/webhooks.ts';
import { keyOf, type TwilioAccount, type User } from './accounts.ts';
import { createFaults, type Faults } from './faults.ts';
import type { Message } from './messages.ts';
import { accountAt, receive, report, type StatusDelays, type Stored, take, type World } from './messaging.ts';
import type { SaidParams } from './params.ts';
import { providerOf } from './provider.ts';
import { createServer } from './server.ts';
import { type Attempt, createWebhooks } from './webhooks.ts';

export type { Content, TwilioAccount, User } from './accounts.ts';
export { type Faults, type TwilioFault, twilioFaults } from './faults.ts';

export type TwilioOptions = {
  readonly accounts: readonly TwilioAccount[];
  readonly clock: Clock;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  readonly host?: string;
  /** A folder for what must survive a restart; without it, nothing does. */
  readonly store?: string;
  /** Between two attempts to deliver. */
  readonly retryMs?: number;
  readonly delays?: StatusDelays;
  /** How receivers are found and waited for. */
  readonly receivers?: Pick<Receivers, 'wait' | 'route'>;
};

export type Twilio = {
  /** The base URL to use in place of both of Twilio's. */
  readonly url: string;
  /** Of both directions, in order. */
  readonly messages: readonly Message[];
  readonly faults: Faults;
  readonly attempts: readonly Attempt[];
  /** A user of the account's writes to a sender. The message's id. */
  readonly receive: (account: TwilioAccount, user: User, sender: string, said: SaidParams) => string;
  /** The user reads a message. */
  readonly read: (sid: string) => void;
  /** Resolves when everything has been told. */
  readonly idle: () => Promise<void>;
  readonly provider: Provider;
  readonly stop: () => Promise<void>;
};

/** Starts a Twilio of its own on loopback, for WhatsApp, with its webhooks. */
export async function startTwilio(options: TwilioOptions): Promise<Twilio> {
  const { accounts, clock } = options;
  const store = openMemory('twilio', options.store);
  const faults = createFaults();
  const events: ProviderEvents = new EventEmitter();
  events.setMaxListeners(0);
  const attempts: Attempt[] = [];
  const senders = accounts.flatMap((account) => account.senders);
  const webhooks = createWebhooks({
    store,
    clock,
    faults,
    receivers: {
      urls: new Map(senders.map(({ number, webhookUrl }) => [number, webhookUrl])),
      ...options.receivers,
    },
    accountOf: (line) => accountAt({ accounts }, line),
    retryMs: options.retryMs ?? 200,
    onLeave: ({ line, userId }) => {
      if (userId !== undefined) events.emit('chat', { line, userId });
    },
    onAttempt: (attempt) => attempts.push(attempt),
  });
  const stored = keep<Stored>(store, 'messages');
  const world: World = {
    clock,
    faults,
    webhooks,
    users: whatsAppUsers(store),
    accounts,
    stored,
    lastHeard: keep<number>(store, 'heard'),
    delays: options.delays ?? { sentMs: 0, deliveredMs: 0 },
    events,
  };
  const files = filesOf(store);
  const typing = new Map<string, number>();
  const messages = () => stored.values().map(({ message }) => message);
  const server = createServer({
    accounts,
    faults,
    messages,
    files,
    take: (asked, account) => {
      const message = take(world, asked, account);
      const sent = stored.get(message.sid);
      typing.delete(`${sent?.line} ${sent?.userId}`);
      return message;
    },
    typing: (sid) => {
      const heard = stored.get(sid);
      if (heard === undefined) return;
      stored.set(sid, { ...heard, message: { ...heard.message, status: 'read' } });
      typing.set(`${heard.line} ${heard.userId}`, clock.now() + typingMs);
      events.emit('chat', heard);
    },
  });
  await server.listen({ port: options.port ?? 0, host: options.host ?? '127.0.0.1' });
  // A TCP server's address is always an AddressInfo.
  const { address, port } = server.server.address() as AddressInfo;
  const url = `http://${address}:${port}`;
  const stop = async () => {
    await server.close();
    await webhooks.stop();
    store.close();
  };
  let stopped: Promise<void> | undefined;
  const provider = providerOf({
    world,
    files,
    url,
    typingUntil: (line, userId) => typing.get(`${line} ${userId}`),
    stop: () => (stopped ??= stop()),
  });
  return {
    url,
    get messages() {
      return messages();
    },
    faults,
    attempts,
    receive: (account, user, sender, said) => {
      const shown = { kind: 'text', text: said.Body ?? '' };
      return receive(world, { account, user: { id: keyOf(user), ...user }, line: sender, shown }, said);
    },
    read: (sid) => {
      if (stored.get(sid)?.message.status === 'delivered') report(world, sid, 'read');
    },
    idle: webhooks.idle,
    provider,
    stop: provider.stop,
  };
}
