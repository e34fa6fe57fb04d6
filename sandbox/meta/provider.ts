import { EventEmitter } from 'node:events';
import { namedFaults } from '../provider/faults.ts';
import type { Entry, EntryStatus, Provider } from '../provider/provider.ts';
import type { Accounts } from './accounts.ts';
import type { ChatMessage } from './chats.ts';
import { statusError } from './errors.ts';
import { metaFaults } from './faults.ts';
import type { Meta } from './index.ts';
import { fieldsOf } from './said.ts';
import { bodyOf } from './shown.ts';

/** The Graph API's simulator as the phones know it. A line is a `phone_number_id`. */
export function providerOf(meta: Meta, accounts: Accounts): Provider {
  const { chats, clock, media } = meta;
  const events: Provider['events'] = new EventEmitter();
  events.setMaxListeners(0);
  meta.events.on('chat', ({ phoneNumberId, userId }) => events.emit('chat', { line: phoneNumberId, userId }));
  const entryOf = (message: ChatMessage) => entry(message, clock.now());
  const digitsOf = (line: string) =>
    accounts.byPhoneNumberId(line)?.account.displayPhone.replace(/\D/g, '') ?? '';
  return {
    name: 'meta',
    url: meta.url,
    clock,
    faults: namedFaults(metaFaults, meta.faults),
    events,
    put: meta.directory.put,
    say: (userId, line, said) => {
      const fields = fieldsOf(said, digitsOf(line), ({ mimeType, bytes, name }) => {
        const stored = media.add({ phoneNumberId: line, mimeType, bytes, fileName: name });
        return { ...stored, url: `${meta.url}${media.urlPath(stored.id)}` };
      });
      return meta.receive(userId, line, fields);
    },
    seen: meta.seen,
    chat: (userId, line) => ({
      entries: chats.messages({ phoneNumberId: line, userId }).map(entryOf),
      ...chats.chat(line, userId),
    }),
    sent: (userId) =>
      chats.messages({ direction: 'out', ...(userId === undefined ? {} : { userId }) }).map(entryOf),
    ready: meta.ready,
    wake: meta.wake,
    waiting: meta.waiting,
    stop: meta.stop,
  };
}

function entry(message: ChatMessage, now: number): Entry {
  const { wamid, phoneNumberId, userId, direction, at, replyTo, ourId } = message;
  return {
    id: wamid,
    line: phoneNumberId,
    userId,
    direction,
    at,
    body: bodyOf(message),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(ourId === undefined ? {} : { ourId }),
    ...statusOf(message, now),
  };
}

/** Statuses to come are not reached yet. */
function statusOf(message: ChatMessage, now: number): { status: EntryStatus; error?: string } {
  const reached = (at: number | undefined) => at !== undefined && at <= now;
  if (reached(message.failedAt)) {
    const { title } = statusError(message.failedCode ?? 131026);
    return { status: 'failed', error: `${String(title)} (${message.failedCode})` };
  }
  if (reached(message.readAt)) return { status: 'read' };
  // To the patient the provider's servers are the other phone: what they took is delivered.
  if (message.direction === 'in' || reached(message.deliveredAt)) return { status: 'delivered' };
  return { status: reached(message.sentAt) ? 'sent' : 'sending' };
}
