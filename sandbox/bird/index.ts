import type { AddressInfo } from 'node:net';
import type { Clock } from '../meta/clock.ts';
import type { BirdChannel, BirdUser } from './accounts.ts';
import { createFaults, type Faults } from './faults.ts';
import { type BirdMessage, createMessages, type StatusDelays } from './messages.ts';
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
  readonly delays?: StatusDelays;
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
  readonly stop: () => Promise<void>;
};

/** Starts a Bird Channels API of its own on loopback, with the webhooks of its channels. It remembers nothing over a restart. */
export async function startBird(options: BirdOptions): Promise<Bird> {
  const { channels, clock, port = 0 } = options;
  const faults = createFaults();
  const requests: RequestEntry[] = [];
  const webhooks = createWebhooks(clock, faults, options.onDelivered);
  const messages = createMessages(
    clock,
    faults,
    webhooks,
    options.delays ?? { sentMs: 30, deliveredMs: 250 },
  );
  const server = createServer({ channels, messages, faults, onRequest: (entry) => requests.push(entry) });
  await server.listen({ port, host: '127.0.0.1' });
  // A TCP server's address is always an AddressInfo.
  const address = server.server.address() as AddressInfo;
  const channelOf = (channelId: string): BirdChannel => {
    const found = channels.find((channel) => channel.channelId === channelId);
    if (found === undefined) throw new Error('the simulator has no such channel');
    return found;
  };
  return {
    url: `http://127.0.0.1:${address.port}`,
    faults,
    requests,
    deliveries: webhooks.deliveries,
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
    stop: async () => {
      await webhooks.stop();
      await server.close();
    },
  };
}
