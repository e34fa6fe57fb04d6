import { isObject, type Json } from '../meta/fields.ts';
import { bodyOf as metaBodyOf } from '../meta/shown.ts';
import type { Clock } from '../provider/clock.ts';
import { namedFaults } from '../provider/faults.ts';
import type { Files } from '../provider/files.ts';
import type { Body, Entry, EntryStatus, Provider, ProviderEvents } from '../provider/provider.ts';
import type { Webhooks } from '../provider/webhooks.ts';
import type { ChatMessage } from './chat.ts';
import { errorKinds } from './errors.ts';
import { type Faults, vonageFaults } from './faults.ts';
import type { Messaging } from './messaging.ts';
import { contentOf } from './said.ts';

export type ProviderParts = {
  readonly clock: Clock;
  readonly events: ProviderEvents;
  readonly faults: Faults;
  readonly files: Files;
  readonly messaging: Messaging;
  readonly url: string;
  readonly webhooks: Webhooks;
  readonly stop: () => Promise<void>;
};

/** Vonage as the phones know it. A line is a number's digits. */
export function providerOf({ messaging, files, url, webhooks, ...parts }: ProviderParts): Provider {
  return {
    name: 'vonage',
    url,
    clock: parts.clock,
    faults: namedFaults(vonageFaults, parts.faults),
    events: parts.events,
    put: messaging.put,
    say: (userId, line, said) => {
      const content = contentOf(said, (file) => `${url}/v3/media/${files.add(line, file)}`);
      return { id: messaging.receive(userId, line, content) };
    },
    seen: messaging.seen,
    chat: (userId, line) => {
      const lastInboundAt = messaging.lastHeard(userId, line);
      const typingUntil = messaging.typingUntil(userId, line);
      return {
        entries: messaging.messages
          .filter((each) => each.number === line && each.userId === userId)
          .map(entryOf),
        ...(lastInboundAt === undefined ? {} : { lastInboundAt }),
        ...(typingUntil === undefined ? {} : { typingUntil }),
      };
    },
    sent: (userId) =>
      messaging.messages
        .filter((each) => each.direction === 'out' && (userId === undefined || each.userId === userId))
        .map(entryOf),
    ready: webhooks.ready,
    wake: webhooks.wake,
    waiting: webhooks.waiting,
    stop: parts.stop,
  };
}

const statuses: Readonly<Record<ChatMessage['status'], EntryStatus>> = {
  submitted: 'sent',
  delivered: 'delivered',
  read: 'read',
  rejected: 'failed',
};

function entryOf(message: ChatMessage): Entry {
  const { uuid, number, userId = '', direction, at, clientRef, replyTo, status, error } = message;
  return {
    id: uuid,
    line: number,
    userId,
    direction,
    at,
    body: bodyOf(message),
    status: statuses[status],
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(clientRef === undefined ? {} : { ourId: clientRef }),
    ...(error === undefined ? {} : { error: `${errorKinds[error].title} (${error})` }),
  };
}

/** By the message, which is another object once its status has changed. */
const bodies = new WeakMap<ChatMessage, Body>();

function bodyOf(message: ChatMessage): Body {
  const known = bodies.get(message) ?? readBody(message);
  bodies.set(message, known);
  return known;
}

function readBody({ type, direction, payload, rendered }: ChatMessage): Body {
  if (typeof payload === 'string') return { kind: 'text', text: payload };
  const fields: Json = isObject(payload) ? payload : {};
  if (rendered !== undefined)
    return metaBodyOf({ type: 'template', direction, payload: { ...fields, rendered } });
  switch (type) {
    case 'custom': {
      const inner = String(fields.type);
      return metaBodyOf({ type: inner, direction, payload: fields[inner] });
    }
    case 'reply':
      return { kind: 'text', text: String(fields.title ?? '') };
    case 'button':
      return { kind: 'text', text: String(fields.text ?? '') };
    case 'location':
      return {
        kind: 'location',
        location: { latitude: Number(fields.lat), longitude: Number(fields.long) },
      };
    case 'file':
      return metaBodyOf({ type: 'document', direction, payload: { ...fields, filename: fields.name } });
    case 'contact':
      return metaBodyOf({ type: 'contacts', direction, payload: fields.contacts });
    default:
      return metaBodyOf({ type, direction, payload: fields });
  }
}
