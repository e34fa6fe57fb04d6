import { EventEmitter } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../provider/clock.ts';
import { filesOf } from '../provider/files.ts';
import { keep } from '../provider/kept.ts';
import { openMemory } from '../provider/memory.ts';
import type { Provider, ProviderEvents } from '../provider/provider.ts';
import { usersOf } from '../provider/users.ts';
import type { Receivers } from '../provider/webhooks.ts';
import type { BirdChannel, BirdUser } from './accounts.ts';
import { createFaults, type Faults } from './faults.ts';
import { type BirdMessage, createMessages, type StatusDelays, type Stored } from './messages.ts';
import { providerOf } from './provider.ts';
import { createServer, type RequestEntry } from './server.ts';
import { createWebhooks, type DeliveryEntry } from './webhooks.ts';

export type { BirdChannel, BirdTemplateProject, BirdUser } from './accounts.ts';
export { type BirdFault, birdFaults, type Faults } from './faults.ts';
export type { BirdMessage } from './messages.ts';
export type { RequestEntry } from './server.ts';
export type { DeliveryEntry } from './webhooks.ts';

export type BirdOptions = {
  readonly channels: readonly BirdChannel[];
  readonly clock: Clock;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** A folder for what must survive a restart; without it, nothing does. */
  readonly store?: string;
  readonly delays?: StatusDelays;
  /** How receivers are found and waited for. */
  readonly receivers?: Pick<Receivers, 'wait' | 'route'>;
  /** Told of each attempt to deliver a webhook. */
  readonly onDelivered?: (entry: DeliveryEntry) => void;
};

export type Bird = {
  /** `http://127.0.0.1:54321`: the base URL to use in place of `https://api.bird.com`. */
  readonly url: string;
  readonly faults: Faults;
  readonly requests: readonly RequestEntry[];
  readonly deliveries: readonly DeliveryEntry[];
  readonly messages: () => readonly BirdMessage[];
  /** A patient writes text. */
  readonly says: (channelId: string, from: BirdUser, text: string) => string;
  /** A patient taps a button or a row of a message of ours. */
  readonly taps: (
    channelId: string,
    from: BirdUser,
    tap: { text: string; payload: string; of: string },
  ) => string;
  /** A patient sends in a form: the words of its body are Bird's own. */
  readonly submits: (channelId: string, from: BirdUser, answers: object) => string;
  readonly reads: (channelId: string, messageId: string) => void;
  /** Call it after the clock was moved. */
  readonly wake: () => void;
  /** Webhooks that nobody has taken yet. */
  readonly waiting: () => number;
  readonly provider: Provider;
  readonly stop: () => Promise<void>;
};

/** Starts a Bird Channels API of its own on loopback, with the webhooks of its channels. */
export async function startBird(options: BirdOptions): Promise<Bird> {
  const { channels, clock, port = 0 } = options;
  const store = openMemory('bird', options.store);
  const faults = createFaults();
  const events: ProviderEvents = new EventEmitter();
  events.setMaxListeners(0);
  const requests: RequestEntry[] = [];
  const deliveries: DeliveryEntry[] = [];
  const webhooks = createWebhooks({
    store,
    clock,
    faults,
    channels,
    ...(options.receivers === undefined ? {} : { receivers: options.receivers }),
    onLeave: ({ line, userId }) => {
      if (userId !== undefined) events.emit('chat', { line, userId });
    },
    onDelivered: (entry) => {
      deliveries.push(entry);
      options.onDelivered?.(entry);
    },
  });
  const users = usersOf(store);
  const stored = keep<Stored>(store, 'messages');
  const heard = keep<number>(store, 'heard');
  const messages = createMessages({
    clock,
    faults,
    webhooks,
    users,
    stored,
    heard,
    events,
    delays: options.delays ?? { sentMs: 30, deliveredMs: 250 },
  });
  const files = filesOf(store);
  const onRequest = (entry: RequestEntry) => requests.push(entry);
  const server = createServer({ channels, messages, faults, files, onRequest });
  await server.listen({ port, host: '127.0.0.1' });
  // A TCP server's address is always an AddressInfo.
  const address = server.server.address() as AddressInfo;
  const channelOf = (channelId: string): BirdChannel => {
    const found = channels.find((channel) => channel.channelId === channelId);
    if (found === undefined) throw new Error('the simulator has no such channel');
    return found;
  };
  const url = `http://127.0.0.1:${address.port}`;
  const stop = async () => {
    await server.close();
    await webhooks.stop();
    store.close();
  };
  let stopped: Promise<void> | undefined;
  const provider = providerOf({
    channelOf,
    clock,
    events,
    faults,
    files,
    heard,
    messages,
    stored,
    users,
    webhooks,
    url,
    stop: () => (stopped ??= stop()),
  });
  return {
    url,
    faults,
    requests,
    deliveries,
    messages: messages.all,
    says: (channelId, from, text) =>
      messages.receive(channelOf(channelId), from, { type: 'text', text: { text } }),
    taps: (channelId, from, { text, payload, of }) => {
      const actions = [{ type: 'postback', postback: { text, payload } }];
      const body = { type: 'text', text: { text, actions } };
      return messages.receive(channelOf(channelId), from, body, {
        replyTo: { id: of, order: 0, type: 'click' },
      });
    },
    submits: (channelId, from, answers) => {
      const body = { type: 'text', text: { text: 'Response sent' } };
      const meta = { formResponse: { id: 'form', jsonResponse: { flow_token: 'unused', ...answers } } };
      return messages.receive(channelOf(channelId), from, body, { meta });
    },
    reads: (channelId, messageId) => messages.read(channelOf(channelId), messageId),
    wake: webhooks.wake,
    waiting: webhooks.waiting,
    provider,
    stop: provider.stop,
  };
}
