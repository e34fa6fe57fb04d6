import { randomUUID } from 'node:crypto';
import type { Clock } from '../provider/clock.ts';
import type { Kept } from '../provider/kept.ts';
import { type Body, type ProviderEvents, serviceWindowMs } from '../provider/provider.ts';
import type { Users } from '../provider/users.ts';
import type { Webhooks } from '../provider/webhooks.ts';
import { type BirdChannel, type BirdUser, userFor } from './accounts.ts';
import { type Failure, whatsAppFailure } from './errors.ts';
import type { Faults } from './faults.ts';
import { failureOf, type Send } from './send.ts';
import { shownAs } from './shown.ts';

export type StatusDelays = { readonly sentMs: number; readonly deliveredMs: number };

/** A message as Bird keeps it and tells of it. */
export type BirdMessage = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly status: string;
};

/** What a message quotes or taps. */
type Reply = { readonly id: string; readonly order?: number; readonly type?: string };

export type Messages = {
  /** A patient writes. Gives back the message's id. `meta` is put beside what the channel adds itself. */
  readonly receive: (
    channel: BirdChannel,
    from: BirdUser,
    body: object,
    more?: { meta?: object; replyTo?: Reply; shown?: Body },
  ) => string;
  /** Accepts a send; what becomes of it comes by webhook. */
  readonly send: (channel: BirdChannel, send: Send) => BirdMessage;
  /** The patient has read it. */
  readonly read: (channel: BirdChannel, id: string) => void;
  readonly find: (channel: BirdChannel, id: string) => BirdMessage | undefined;
  readonly all: () => readonly BirdMessage[];
};

/** A message, and what Bird does not show of it. */
export type Stored = {
  readonly message: BirdMessage;
  readonly line: string;
  /** As the sandbox knows the user. */
  readonly userId: string;
  readonly direction: 'in' | 'out';
  readonly at: number;
  readonly shown: Body;
  readonly replyTo?: string;
};

export type MessagesParts = {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly webhooks: Webhooks;
  readonly users: Users;
  readonly stored: Kept<Stored>;
  /** By channel and user's address: when they last wrote. */
  readonly heard: Kept<number>;
  readonly events: ProviderEvents;
  readonly delays: StatusDelays;
};

export function createMessages(parts: MessagesParts): Messages {
  const { clock, faults, heard, stored, delays, events, webhooks } = parts;
  const push = (line: string, userId: string, event: string, payload: object, inMs = 0) =>
    webhooks.push({ line, userId, body: JSON.stringify({ service: 'channels', event, payload }) }, inMs);

  const become = (line: string, id: string, status: string, inMs: number, failure?: Failure): void => {
    const found = stored.get(id);
    if (found === undefined) return;
    const time = isoOf(clock.now() + inMs);
    const reason = failure === undefined ? '' : `details: not sent; code: ${failure.source.code}`;
    const now = { status, reason, lastStatusAt: time, updatedAt: time, ...(failure && { failure }) };
    const message = { ...found.message, ...now };
    stored.set(id, { ...found, message });
    push(line, found.userId, 'whatsapp.outbound', message, inMs);
  };

  /** What becomes of a message that was accepted. */
  const carry = (line: string, id: string, failure: Failure | undefined): void => {
    if (faults.take('lost-status') !== undefined) return;
    if (failure !== undefined) {
      become(line, id, 'sending_failed', delays.sentMs, failure);
      return;
    }
    become(line, id, 'sent', delays.sentMs);
    const failing = faults.take('failed-after-sent');
    const skips = faults.take('read-without-delivered') !== undefined;
    if (failing === undefined) become(line, id, skips ? 'read' : 'delivered', delays.deliveredMs);
    else become(line, id, 'delivery_failed', delays.deliveredMs, whatsAppFailure(failing.code ?? 131026));
  };

  return {
    receive: (channel, from, body, { shown = { kind: 'text' }, ...more } = {}) => {
      const now = clock.now();
      const line = channel.channelId;
      for (const each of [from.phone, from.userId]) if (each) heard.set(`${line} ${each}`, now);
      const message = inbound(channel, from, body, more, now);
      const userId = from.id ?? from.userId ?? from.phone ?? '';
      const replyTo = more.replyTo === undefined ? {} : { replyTo: more.replyTo.id };
      stored.set(message.id, { message, line, userId, direction: 'in', at: now, shown, ...replyTo });
      push(line, userId, 'whatsapp.inbound', message);
      events.emit('chat', { line, userId });
      return message.id;
    },
    send: (channel, send) => {
      const now = clock.now();
      const line = channel.channelId;
      const message = outbound(channel, send, now);
      const lastAt = heard.get(`${line} ${send.to.phone ?? send.to.userId}`);
      const templates = channel.templates ?? [];
      const failure = failureOf(send, templates, lastAt !== undefined && now - lastAt < serviceWindowMs);
      const userId = userAt(parts.users, channel, send.to);
      const shown = shownAs(send, templates);
      stored.set(message.id, { message, line, userId, direction: 'out', at: now, shown });
      carry(line, message.id, failure);
      events.emit('chat', { line, userId });
      return stored.get(message.id)?.message ?? message;
    },
    read: (channel, id) => become(channel.channelId, id, 'read', 0),
    find: (channel, id) => {
      const found = stored.get(id);
      return found?.line === channel.channelId ? found.message : undefined;
    },
    all: () => stored.values().map(({ message }) => message),
  };
}

function userAt(users: Users, channel: BirdChannel, { phone, userId }: BirdUser): string {
  const found = users.values().find((user) => {
    const known = userFor(user, channel);
    return phone === undefined ? known.userId === userId : user.phone === phone;
  });
  return found?.id ?? userId ?? phone ?? '';
}

function inbound(
  channel: BirdChannel,
  from: BirdUser,
  body: object,
  more: { meta?: object; replyTo?: object },
  now: number,
): BirdMessage {
  const extraInformation = {
    timestamp: String(Math.floor(now / 1000)),
    ...(from.userId && { whatsappbsuid: from.userId }),
    ...(from.username && { whatsappusername: from.username }),
  };
  const identifier =
    from.phone === undefined
      ? { identifierKey: 'whatsappusername', identifierValue: from.username ?? '' }
      : { identifierKey: 'phonenumber', identifierValue: `+${from.phone}` };
  return {
    ...base(channel, now),
    sender: { contact: { id: randomUUID(), ...identifier, annotations: { name: from.name ?? '' } } },
    receiver: { connector: { id: channel.channelId, identifierValue: channel.number } },
    body,
    meta: { extraInformation, ...more.meta },
    ...(more.replyTo && { replyTo: more.replyTo }),
    reference: '',
    status: 'delivered',
    direction: 'incoming',
  };
}

function outbound(
  channel: BirdChannel,
  { contact, body, template, reference }: Send,
  now: number,
): BirdMessage {
  return {
    ...base(channel, now),
    sender: { connector: { id: channel.channelId, identifierValue: channel.number } },
    receiver: { contacts: [{ id: randomUUID(), ...contact }] },
    ...(body && { body }),
    ...(template && { template }),
    reference,
    status: 'accepted',
    direction: 'outgoing',
  };
}

function base(channel: BirdChannel, now: number) {
  const time = isoOf(now);
  const parts = [{ platformReference: `wamid.${randomUUID()}` }];
  const times = { lastStatusAt: time, createdAt: time, updatedAt: time };
  return { id: randomUUID(), channelId: channel.channelId, parts, reason: '', ...times };
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}
