import type { Clock } from '../provider/clock.ts';
import { namedFaults } from '../provider/faults.ts';
import type { Files } from '../provider/files.ts';
import type { Kept } from '../provider/kept.ts';
import type { Entry, EntryStatus, Provider, ProviderEvents, Said } from '../provider/provider.ts';
import type { Users } from '../provider/users.ts';
import type { Webhooks } from '../provider/webhooks.ts';
import { type BirdChannel, userFor } from './accounts.ts';
import { birdFaults, type Faults } from './faults.ts';
import type { Messages, Stored } from './messages.ts';
import { spokenBy } from './said.ts';

export type ProviderParts = {
  readonly channelOf: (channelId: string) => BirdChannel;
  readonly clock: Clock;
  readonly events: ProviderEvents;
  readonly faults: Faults;
  readonly files: Files;
  readonly heard: Kept<number>;
  readonly messages: Messages;
  readonly stored: Kept<Stored>;
  readonly users: Users;
  readonly webhooks: Webhooks;
  readonly url: string;
  readonly stop: () => Promise<void>;
};

/** Bird as the phones know it. A line is a channel's id. */
export function providerOf(parts: ProviderParts): Provider {
  const { channelOf, clock, events, files, heard, messages, stored, users, webhooks, url } = parts;
  const personAt = (userId: string, channel: BirdChannel) => {
    const user = users.get(userId);
    if (user === undefined) throw new Error('no such user');
    return userFor(user, channel);
  };
  const chatOf = (userId: string, line: string) =>
    stored.values().filter((each) => each.line === line && each.userId === userId);
  const say = (userId: string, line: string, said: Said) => {
    const channel = channelOf(line);
    const { body, ...more } = spokenBy(said, (file) => `${url}/media/${files.add(line, file)}`);
    return { id: messages.receive(channel, personAt(userId, channel), body, more) };
  };
  return {
    name: 'bird',
    url,
    clock,
    faults: namedFaults(birdFaults, parts.faults),
    events,
    put: users.put,
    say,
    seen: (userId, line) => {
      for (const { message, direction } of chatOf(userId, line)) {
        if (direction === 'out' && message.status === 'delivered') messages.read(channelOf(line), message.id);
      }
      events.emit('chat', { line, userId });
    },
    chat: (userId, line) => {
      const { phone, userId: bsuid } = personAt(userId, channelOf(line));
      const lastInboundAt = heard.get(`${line} ${phone ?? bsuid}`);
      return {
        entries: chatOf(userId, line).map(entryOf),
        ...(lastInboundAt === undefined ? {} : { lastInboundAt }),
      };
    },
    sent: (userId) =>
      stored
        .values()
        .filter((each) => each.direction === 'out' && (userId === undefined || each.userId === userId))
        .map(entryOf),
    ready: webhooks.ready,
    wake: webhooks.wake,
    waiting: webhooks.waiting,
    stop: parts.stop,
  };
}

const statuses: ReadonlyMap<string, EntryStatus> = new Map<string, EntryStatus>([
  ['accepted', 'sending'],
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  ['read', 'read'],
]);

function entryOf({ message, line, userId, direction, at, shown, replyTo }: Stored): Entry {
  const { reference, reason, status } = message;
  return {
    id: message.id,
    line,
    userId,
    direction,
    at,
    body: shown,
    status: statuses.get(status) ?? 'failed',
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(typeof reference === 'string' && reference !== '' ? { ourId: reference } : {}),
    ...(typeof reason === 'string' && reason !== '' ? { error: reason } : {}),
  };
}
