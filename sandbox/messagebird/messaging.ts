import { randomUUID } from 'node:crypto';
import type { Clock } from '../provider/clock.ts';
import type { Kept } from '../provider/kept.ts';
import { type ProviderEvents, serviceWindowMs } from '../provider/provider.ts';
import type { Users } from '../provider/users.ts';
import type { Webhooks } from '../provider/webhooks.ts';
import type { Channel, Customer, KnownUser, NewWebhook, WebhookEvent } from './accounts.ts';
import { type MessageErrorCode, messageErrors } from './errors.ts';
import type { Faults } from './faults.ts';
import type { Json } from './fields.ts';
import type { Send } from './send.ts';

export type Message = {
  readonly id: string;
  readonly conversationId: string;
  readonly platform: 'whatsapp';
  readonly to: string;
  readonly from: string;
  readonly channelId: string;
  readonly type: string;
  readonly content: Json;
  readonly direction: 'sent' | 'received';
  readonly status: string;
  readonly source?: Json;
  readonly error?: { readonly code: MessageErrorCode; readonly description: string };
  readonly createdDatetime: string;
  readonly updatedDatetime: string;
};

export type Webhook = NewWebhook & {
  readonly id: string;
  /** Whose it is. */
  readonly accessKey: string;
  /** Present from the start, and not made by `POST /v1/webhooks`. */
  readonly isGiven?: boolean;
};

/** A message, and what MessageBird does not show of it. */
export type Stored = {
  readonly message: Message;
  /** As the sandbox knows the user. */
  readonly userId: string;
  readonly replyTo?: string;
  readonly reportUrl?: string;
};

export type MessagingParts = {
  readonly customers: readonly Customer[];
  readonly users: readonly KnownUser[];
  /** Those who came later. */
  readonly known: Users;
  readonly stored: Kept<Stored>;
  /** By channel and number: the conversation's id. */
  readonly conversations: Kept<string>;
  /** By channel and number: when the user last wrote. */
  readonly heard: Kept<number>;
  readonly webhooks: Kept<Webhook>;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly outgoing: Webhooks;
  readonly events: ProviderEvents;
  readonly delays: StatusDelays;
};

export type StatusDelays = { readonly sentMs: number; readonly deliveredMs: number };

export type Messaging = ReturnType<typeof createMessaging>;

export function newId(): string {
  return randomUUID().replaceAll('-', '');
}

/**
 * Chats between the customers' channels and the users of WhatsApp. A message's own record is ahead of its webhooks: it holds the last
 * status from the start.
 */
export function createMessaging(parts: MessagingParts) {
  const { customers, clock, conversations, heard, stored, webhooks } = parts;
  // Those that were given at the last start may have been others.
  for (const { id, isGiven } of webhooks.values()) if (isGiven) webhooks.delete(id);
  for (const { accessKey, webhooks: given } of customers) {
    for (const webhook of given) {
      const id = newId();
      webhooks.set(id, { ...webhook, id, accessKey, isGiven: true });
    }
  }
  const conversationOf = (chat: string) => {
    const id = conversations.get(chat) ?? newId();
    conversations.set(chat, id);
    return id;
  };
  const channelAt = (channelId: string) => {
    const channel = customers.flatMap((each) => each.channels).find(({ id }) => id === channelId);
    if (channel === undefined) throw new Error(`no channel ${channelId}`);
    return channel;
  };
  const newMessage = (channel: Channel, phone: string, more: MessageMore): Message => {
    const at = new Date(clock.now()).toISOString().replace(/\.\d{3}/, '');
    const own = `+${channel.number}`;
    const isSent = more.direction === 'sent';
    return {
      id: newId(),
      conversationId: conversationOf(chatOf(channel.id, phone)),
      platform: 'whatsapp',
      to: isSent ? `+${phone}` : own,
      from: isSent ? own : `+${phone}`,
      channelId: channel.id,
      createdDatetime: at,
      updatedDatetime: at,
      ...more,
    };
  };

  return {
    webhooks,
    messages: (): readonly Message[] => stored.values().map(({ message }) => message),
    message: (id: string) => stored.get(id)?.message,
    lastHeard: (channelId: string, phone: string) => heard.get(chatOf(channelId, phone)),
    /** Takes a checked send. */
    send: (send: Send): Message => {
      const { channel, to, type, content, source, reportUrl } = send;
      const more = { type, content, direction: 'sent', status: 'accepted' } as const;
      const message = newMessage(channel, to, { ...more, ...(source !== undefined && { source }) });
      const userId = userAt(parts, to)?.id ?? '';
      stored.set(message.id, { message, userId, ...(reportUrl !== undefined && { reportUrl }) });
      tell(parts, 'message.created', message);
      carry(parts, message, send);
      parts.events.emit('chat', { line: channel.id, userId });
      return message;
    },
    /** A user writes to a channel. Returns the message's id. `replyTo`: what it quotes or taps. */
    receive: (channelId: string, phone: string, type: string, content: Json, replyTo?: string): string => {
      const channel = channelAt(channelId);
      heard.set(chatOf(channelId, phone), clock.now());
      const more = { type, content, direction: 'received', status: 'received' } as const;
      const message = newMessage(channel, phone, more);
      const userId = userAt(parts, phone)?.id ?? '';
      stored.set(message.id, { message, userId, ...(replyTo !== undefined && { replyTo }) });
      tell(parts, 'message.created', message);
      parts.events.emit('chat', { line: channelId, userId });
      return message.id;
    },
    /** The user reads what was sent to them. */
    seen: (id: string) => change(parts, id, 'read', 0),
  };
}

type MessageMore = Pick<Message, 'type' | 'content' | 'direction' | 'status' | 'source'>;

function chatOf(channelId: string, phone: string): string {
  return `${channelId}/${phone}`;
}

/** Who has this number; undefined where it is not on WhatsApp. */
function userAt({ users, known }: MessagingParts, phone: string): { id: string; name: string } | undefined {
  const later = known.values().find((user) => user.phone === phone);
  if (later !== undefined) return { id: later.id, name: later.profileName };
  const found = users.find((user) => user.phone === phone);
  return found && { id: phone, name: found.name };
}

function envelope(parts: MessagingParts, type: WebhookEvent, message: Message): Json {
  const phone = (message.direction === 'received' ? message.from : message.to).slice(1);
  const name = userAt(parts, phone)?.name ?? '';
  const [firstName = '', ...rest] = name.split(' ');
  const contact = { id: phone, href: '', msisdn: Number(phone), displayName: name, firstName };
  return {
    type,
    ...(!parts.faults.take('no-contact') && {
      contact: { ...contact, lastName: rest.join(' '), customDetails: {} },
    }),
    conversation: {
      id: message.conversationId,
      contactId: phone,
      status: 'active',
      lastUsedChannelId: message.channelId,
      createdDatetime: message.createdDatetime,
    },
    message,
  };
}

/** Whoever asked to hear of it: by webhooks, and for its statuses by the message's own report URL. */
function tell(parts: MessagingParts, type: WebhookEvent, message: Message, inMs = 0): void {
  const { customers, faults, outgoing, stored, webhooks } = parts;
  const owner = customers.find((each) => each.channels.some(({ id }) => id === message.channelId));
  if (owner === undefined) return;
  const line = message.channelId;
  const { userId, reportUrl } = stored.get(message.id) ?? {};
  const body = JSON.stringify(envelope(parts, type, message));
  const urls = webhooks
    .values()
    .filter(({ accessKey, channelId, events }) => {
      const isMeant = channelId === undefined || channelId === line;
      return accessKey === owner.accessKey && isMeant && events.includes(type);
    })
    .map(({ url }) => url);
  if (reportUrl !== undefined && type === 'message.updated') urls.push(reportUrl);
  for (const url of urls) {
    if (!faults.take('lost')) outgoing.push({ line, userId, url, body }, inMs);
  }
}

function change(
  parts: MessagingParts,
  id: string,
  status: string,
  inMs: number,
  code?: MessageErrorCode,
): void {
  const found = parts.stored.get(id);
  if (found === undefined) return;
  const error = code === undefined ? {} : { error: { code, description: messageErrors[code] } };
  const updatedDatetime = new Date(parts.clock.now() + inMs).toISOString();
  const message = { ...found.message, status, updatedDatetime, ...error };
  parts.stored.set(id, { ...found, message });
  tell(parts, 'message.updated', message, inMs);
}

/** What becomes of a message that was taken. */
function carry(parts: MessagingParts, message: Message, send: Send): void {
  const { clock, delays, faults, heard } = parts;
  if (faults.take('silent')) return;
  const { sentMs, deliveredMs } = delays;
  const opened = heard.get(chatOf(send.channel.id, send.to)) ?? Number.NEGATIVE_INFINITY;
  if (userAt(parts, send.to) === undefined) {
    change(parts, message.id, 'failed', sentMs, 302);
    return;
  }
  if (!send.isTemplate && clock.now() - opened >= serviceWindowMs) {
    change(parts, message.id, 'rejected', sentMs, 470);
    return;
  }
  change(parts, message.id, 'sent', sentMs);
  if (faults.take('failed-after-sent')) change(parts, message.id, 'failed', deliveredMs, 301);
  else if (faults.take('read-without-delivered')) change(parts, message.id, 'read', deliveredMs);
  else change(parts, message.id, 'delivered', deliveredMs);
}
