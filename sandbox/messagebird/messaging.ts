import { randomUUID } from 'node:crypto';
import type { Clock } from '../meta/clock.ts';
import type { Channel, Customer, NewWebhook, WebhookEvent, WhatsAppUser } from './accounts.ts';
import { type MessageErrorCode, messageErrors } from './errors.ts';
import type { Faults } from './faults.ts';
import type { Json } from './fields.ts';
import type { Send } from './send.ts';
import type { Webhooks } from './webhooks.ts';

/** WhatsApp: how long a message of the user's opens the service window. */
const windowMs = 24 * 3_600_000;

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

export type Webhook = NewWebhook & { readonly id: string; readonly customer: Customer };

export type MessagingParts = {
  readonly customers: readonly Customer[];
  readonly users: readonly WhatsAppUser[];
  readonly clock: Clock;
  readonly faults: Faults;
  readonly outgoing: Webhooks;
  readonly delays: { readonly sentMs: number; readonly deliveredMs: number };
};

export type Messaging = ReturnType<typeof createMessaging>;

export function newId(): string {
  return randomUUID().replaceAll('-', '');
}

/**
 * Chats between the customers' channels and the users of WhatsApp, kept in memory. A message's own record is ahead of its webhooks: it
 * holds the last status from the start.
 */
export function createMessaging(parts: MessagingParts) {
  const { customers, clock, faults, outgoing, delays } = parts;
  const messages = new Map<string, Message>();
  const reportUrls = new Map<string, string>();
  const conversations = new Map<string, string>();
  const lastReceived = new Map<string, number>();
  const webhooks: Webhook[] = customers.flatMap((customer) =>
    customer.webhooks.map((webhook) => ({ ...webhook, id: newId(), customer })),
  );
  const at = () => new Date(clock.now()).toISOString().replace(/\.\d{3}/, '');
  const chatOf = (channel: Channel, phone: string) => `${channel.id}/${phone}`;
  const conversationOf = (chat: string) => {
    const id = conversations.get(chat) ?? newId();
    conversations.set(chat, id);
    return id;
  };

  const envelope = (type: WebhookEvent, message: Message): Json => {
    const phone = (message.direction === 'received' ? message.from : message.to).slice(1);
    const name = parts.users.find((user) => user.phone === phone)?.name ?? '';
    const [firstName = '', ...rest] = name.split(' ');
    const contact = { id: phone, href: '', msisdn: Number(phone), displayName: name, firstName };
    return {
      type,
      ...(!faults.take('no-contact') && {
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
  };

  const tell = (type: WebhookEvent, message: Message, inMs = 0) => {
    const body = envelope(type, message);
    const owner = customers.find((each) => each.channels.some(({ id }) => id === message.channelId));
    if (owner === undefined) return;
    for (const { customer, url, events, channelId } of webhooks) {
      const isMeant = channelId === undefined || channelId === message.channelId;
      if (customer === owner && isMeant && events.includes(type))
        outgoing.push({ url, key: owner.signingKey, body }, inMs);
    }
    const reportUrl = reportUrls.get(message.id);
    if (reportUrl !== undefined && type === 'message.updated')
      outgoing.push({ url: reportUrl, key: owner.signingKey, body }, inMs);
  };

  const change = (id: string, status: string, inMs: number, code?: MessageErrorCode) => {
    const found = messages.get(id);
    if (found === undefined) return;
    const error = code === undefined ? {} : { error: { code, description: messageErrors[code] } };
    const updatedDatetime = new Date(clock.now() + inMs).toISOString();
    const changed = { ...found, status, updatedDatetime, ...error };
    messages.set(id, changed);
    tell('message.updated', changed, inMs);
  };

  /** What becomes of a message that was taken. */
  const carry = (message: Message, send: Send) => {
    if (faults.take('silent')) return;
    const { sentMs, deliveredMs } = delays;
    const opened = lastReceived.get(chatOf(send.channel, send.to)) ?? Number.NEGATIVE_INFINITY;
    if (!parts.users.some(({ phone }) => phone === send.to)) return change(message.id, 'failed', sentMs, 302);
    if (!send.isTemplate && clock.now() - opened >= windowMs)
      return change(message.id, 'rejected', sentMs, 470);
    change(message.id, 'sent', sentMs);
    if (faults.take('failed-after-sent')) return change(message.id, 'failed', deliveredMs, 301);
    if (faults.take('read-without-delivered')) return change(message.id, 'read', deliveredMs);
    change(message.id, 'delivered', deliveredMs);
  };

  return {
    webhooks,
    messages: (): readonly Message[] => [...messages.values()],
    message: (id: string) => messages.get(id),
    /** Takes a checked send. */
    send: (send: Send): Message => {
      const message: Message = {
        id: newId(),
        conversationId: conversationOf(chatOf(send.channel, send.to)),
        platform: 'whatsapp',
        to: `+${send.to}`,
        from: `+${send.channel.number}`,
        channelId: send.channel.id,
        type: send.type,
        content: send.content,
        direction: 'sent',
        status: 'accepted',
        ...(send.source !== undefined && { source: send.source }),
        createdDatetime: at(),
        updatedDatetime: at(),
      };
      messages.set(message.id, message);
      if (send.reportUrl !== undefined) reportUrls.set(message.id, send.reportUrl);
      tell('message.created', message);
      carry(message, send);
      return message;
    },
    /** A user writes to a channel. Returns the message's id. */
    receive: (channelId: string, phone: string, type: string, content: Json): string => {
      const channel = customers.flatMap((each) => each.channels).find(({ id }) => id === channelId);
      if (channel === undefined) throw new Error(`no channel ${channelId}`);
      const chat = chatOf(channel, phone);
      lastReceived.set(chat, clock.now());
      const message: Message = {
        id: newId(),
        conversationId: conversationOf(chat),
        platform: 'whatsapp',
        to: `+${channel.number}`,
        from: `+${phone}`,
        channelId,
        type,
        content,
        direction: 'received',
        status: 'received',
        createdDatetime: at(),
        updatedDatetime: at(),
      };
      messages.set(message.id, message);
      tell('message.created', message);
      return message.id;
    },
    /** The user reads what was sent to them. */
    seen: (id: string) => change(id, 'read', 0),
  };
}
