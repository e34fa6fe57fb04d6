import { namedFaults } from '../provider/faults.ts';
import type { Files } from '../provider/files.ts';
import type { Entry, EntryStatus, Provider, Said } from '../provider/provider.ts';
import { twilioFaults } from './faults.ts';
import { accountAt, receive, report, type Stored, usersOf, type World } from './messaging.ts';
import { spokenBy } from './said.ts';

export type ProviderParts = {
  readonly world: World;
  readonly files: Files;
  readonly url: string;
  readonly typingUntil: (line: string, userId: string) => number | undefined;
  readonly stop: () => Promise<void>;
};

/** Twilio as the phones know it. A line is a sender's digits. */
export function providerOf({ world, files, url, typingUntil, stop }: ProviderParts): Provider {
  const { clock, events, faults, lastHeard, stored, users, webhooks } = world;
  const chatOf = (userId: string, line: string) =>
    stored.values().filter((each) => each.line === line && each.userId === userId);
  const say = (userId: string, line: string, said: Said) => {
    const account = accountAt(world, line);
    const user = account && usersOf(world, account).find(({ id }) => id === userId);
    if (account === undefined || user === undefined) throw new Error('no such line or user');
    const { params, shown, replyTo } = spokenBy(said, (file) => {
      const id = files.add(line, file);
      return `${url}/2010-04-01/Accounts/${account.accountSid}/Messages/{sid}/Media/ME${id}`;
    });
    return { id: receive(world, { account, user, line, shown, replyTo }, params) };
  };
  return {
    name: 'twilio',
    url,
    clock,
    faults: namedFaults(twilioFaults, faults),
    events,
    put: users.put,
    say,
    seen: (userId, line) => {
      for (const { message } of chatOf(userId, line)) {
        if (message.direction === 'inbound' || message.status !== 'delivered') continue;
        report(world, message.sid, 'read');
      }
      events.emit('chat', { line, userId });
    },
    chat: (userId, line) => {
      const lastInboundAt = lastHeard.get(`whatsapp:+${line} ${userId}`);
      const until = typingUntil(line, userId);
      return {
        entries: chatOf(userId, line).map(entryOf),
        ...(lastInboundAt === undefined ? {} : { lastInboundAt }),
        ...(until === undefined ? {} : { typingUntil: until }),
      };
    },
    sent: (userId) =>
      stored
        .values()
        .filter(({ message }) => message.direction !== 'inbound')
        .filter((each) => userId === undefined || each.userId === userId)
        .map(entryOf),
    ready: webhooks.ready,
    wake: webhooks.wake,
    waiting: webhooks.waiting,
    stop,
  };
}

const statuses: ReadonlyMap<string, EntryStatus> = new Map<string, EntryStatus>([
  ['queued', 'sending'],
  ['sent', 'sent'],
  ['delivered', 'delivered'],
  // To the patient the provider's servers are the other phone: what they took is delivered.
  ['received', 'delivered'],
  ['read', 'read'],
]);

function entryOf({ message, line, userId, shown, replyTo, callback }: Stored): Entry {
  const ourId = new URL(callback ?? 'http://none').searchParams.get('message');
  return {
    id: message.sid,
    line,
    userId,
    direction: message.direction === 'inbound' ? 'in' : 'out',
    at: Date.parse(message.date_created),
    body: shown,
    status: statuses.get(message.status) ?? 'failed',
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(ourId === null ? {} : { ourId }),
    ...(message.error_code === null ? {} : { error: `${message.status} (${message.error_code})` }),
  };
}
