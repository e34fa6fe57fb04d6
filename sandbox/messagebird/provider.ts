import type { Clock } from '../provider/clock.ts';
import { namedFaults } from '../provider/faults.ts';
import type { Files } from '../provider/files.ts';
import type { Kept } from '../provider/kept.ts';
import type { Entry, EntryStatus, Provider, ProviderEvents, Said } from '../provider/provider.ts';
import type { Users } from '../provider/users.ts';
import type { Webhooks } from '../provider/webhooks.ts';
import type { Customer } from './accounts.ts';
import { type Faults, messageBirdFaults } from './faults.ts';
import type { Messaging, Stored } from './messaging.ts';
import { spokenBy } from './said.ts';
import { bodyOf } from './shown.ts';

export type ProviderParts = {
  readonly customers: readonly Customer[];
  readonly clock: Clock;
  readonly events: ProviderEvents;
  readonly faults: Faults;
  readonly files: Files;
  readonly messaging: Messaging;
  readonly stored: Kept<Stored>;
  readonly users: Users;
  readonly webhooks: Webhooks;
  readonly url: string;
  readonly stop: () => Promise<void>;
};

/**
 * MessageBird as the phones know it. A line is a channel's id. It knows people by their phone numbers alone; what it would tell of one
 * who hides theirs is not known, and here it tells the number.
 */
export function providerOf(parts: ProviderParts): Provider {
  const { customers, clock, events, files, messaging, stored, users, webhooks, url } = parts;
  const templates = customers.flatMap(({ channels }) => channels.flatMap((channel) => channel.templates));
  const entryOf = (each: Stored) => entry(each, bodyOf(each.message, templates));
  const chatOf = (userId: string, line: string) =>
    stored.values().filter((each) => each.userId === userId && each.message.channelId === line);
  const say = (userId: string, line: string, said: Said) => {
    const user = users.get(userId);
    if (user === undefined) throw new Error('no such user');
    const spoken = spokenBy(said, (file) => `${url}/v1/media/${files.add(line, file)}`);
    if (spoken === undefined) return { id: '' };
    const { type, content, replyTo } = spoken;
    return { id: messaging.receive(line, user.phone, type, content, replyTo) };
  };
  return {
    name: 'messagebird',
    url,
    clock,
    faults: namedFaults(messageBirdFaults, parts.faults),
    events,
    put: users.put,
    say,
    seen: (userId, line) => {
      for (const { message } of chatOf(userId, line)) {
        if (message.direction === 'sent' && message.status === 'delivered') messaging.seen(message.id);
      }
      events.emit('chat', { line, userId });
    },
    chat: (userId, line) => {
      const lastInboundAt = messaging.lastHeard(line, users.get(userId)?.phone ?? '');
      return {
        entries: chatOf(userId, line).map(entryOf),
        ...(lastInboundAt === undefined ? {} : { lastInboundAt }),
      };
    },
    sent: (userId) =>
      stored
        .values()
        .filter(({ message }) => message.direction === 'sent')
        .filter((each) => userId === undefined || each.userId === userId)
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
  // To the patient the provider's servers are the other phone: what they took is delivered.
  ['received', 'delivered'],
  ['read', 'read'],
]);

function entry({ message, userId, replyTo }: Stored, body: Entry['body']): Entry {
  const { ref } = message.source ?? {};
  return {
    id: message.id,
    line: message.channelId,
    userId,
    direction: message.direction === 'sent' ? 'out' : 'in',
    at: Date.parse(message.createdDatetime),
    body,
    status: statuses.get(message.status) ?? 'failed',
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(typeof ref === 'string' ? { ourId: ref } : {}),
    ...(message.error === undefined ? {} : { error: `${message.error.description} (${message.error.code})` }),
  };
}
