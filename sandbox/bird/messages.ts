import { randomUUID } from 'node:crypto';
import type { Clock } from '../meta/clock.ts';
import type { BirdChannel, BirdUser } from './accounts.ts';
import { type Failure, whatsAppFailure } from './errors.ts';
import type { Faults } from './faults.ts';
import { failureOf, type Send } from './send.ts';
import type { Webhooks } from './webhooks.ts';

/** Meta: anything may be said for a day after the patient's last message. */
const windowMs = 24 * 3_600_000;

export type StatusDelays = { readonly sentMs: number; readonly deliveredMs: number };

/** A message as Bird keeps it and tells of it. */
export type BirdMessage = Readonly<Record<string, unknown>> & {
  readonly id: string;
  readonly status: string;
};

export type Messages = {
  /** A patient writes. Gives back the message's id. `meta` is put beside what the channel adds itself. */
  readonly receive: (
    channel: BirdChannel,
    from: BirdUser,
    body: object,
    more?: { meta?: object; replyTo?: object },
  ) => string;
  /** Accepts a send; what becomes of it comes by webhook. */
  readonly send: (channel: BirdChannel, send: Send) => BirdMessage;
  /** The patient has read it. */
  readonly read: (channel: BirdChannel, id: string) => void;
  readonly find: (channel: BirdChannel, id: string) => BirdMessage | undefined;
  readonly all: () => readonly BirdMessage[];
};

export function createMessages(
  clock: Clock,
  faults: Faults,
  webhooks: Webhooks,
  delays: StatusDelays,
): Messages {
  const messages = new Map<string, BirdMessage>();
  const windows = new Map<string, number>();
  const keep = (message: BirdMessage): BirdMessage => {
    messages.set(message.id, message);
    return message;
  };

  const become = (channel: BirdChannel, id: string, status: string, at: number, failure?: Failure): void => {
    const message = messages.get(id);
    if (message === undefined) return;
    const time = isoOf(at);
    const reason = failure === undefined ? '' : `details: not sent; code: ${failure.source.code}`;
    const now = { status, reason, lastStatusAt: time, updatedAt: time, ...(failure && { failure }) };
    webhooks.push(channel, 'whatsapp.outbound', keep({ ...message, ...now }), at);
  };

  return {
    receive: (channel, from, body, more = {}) => {
      const now = clock.now();
      for (const each of [from.phone, from.userId])
        if (each) windows.set(`${channel.channelId} ${each}`, now);
      const message = keep(inbound(channel, from, body, more, now));
      webhooks.push(channel, 'whatsapp.inbound', message);
      return message.id;
    },
    send: (channel, send) => {
      const now = clock.now();
      const message = keep(outbound(channel, send, now));
      const lastAt = windows.get(`${channel.channelId} ${send.to.phone ?? send.to.userId}`);
      const isOpen = lastAt !== undefined && now - lastAt < windowMs;
      const failure = failureOf(send, channel.templates ?? [], isOpen);
      if (faults.take('lost-status') !== undefined) return message;
      if (failure !== undefined) {
        become(channel, message.id, 'sending_failed', now + delays.sentMs, failure);
        return message;
      }
      become(channel, message.id, 'sent', now + delays.sentMs);
      const failing = faults.take('failed-after-sent');
      const arrives = now + delays.deliveredMs;
      if (failing === undefined) become(channel, message.id, 'delivered', arrives);
      else become(channel, message.id, 'delivery_failed', arrives, whatsAppFailure(failing.code ?? 131026));
      return message;
    },
    read: (channel, id) => become(channel, id, 'read', clock.now()),
    find: (channel, id) => {
      const found = messages.get(id);
      return found?.channelId === channel.channelId ? found : undefined;
    },
    all: () => [...messages.values()],
  };
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
