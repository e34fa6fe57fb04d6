import type { EventEmitter } from 'node:events';
import { serviceWindowMs, typingMs } from '../provider/provider.ts';
import type { Accounts, Owned, WhatsAppUser } from './accounts.ts';
import type { ChatMessage, Chats } from './chats.ts';
import type { Clock } from './clock.ts';
import type { Directory } from './directory.ts';
import { type ErrorCode, GraphError } from './errors.ts';
import type { Faults } from './faults.ts';
import { isObject, type Json } from './fields.ts';
import { newWamid } from './ids.ts';
import type { Ledger } from './ledger.ts';
import { type Buckets, buckets, defaultMessagesPerSecond, pairBurst, pairIntervalMs } from './limits.ts';
import type { Media } from './media.ts';
import type { Send } from './send.ts';
import type { Store } from './store.ts';
import { type RenderedTemplate, renderTemplate } from './template-send.ts';
import type { Template, Templates } from './templates.ts';
import { inboundValue, peerOf, type StatusName, statusValue } from './updates.ts';
import type { Webhooks } from './webhooks.ts';

/** Milliseconds after the send at which the statuses come. */
export type StatusDelays = { readonly sentMs: number; readonly deliveredMs: number };

export type ChatEvent = {
  readonly phoneNumberId: string;
  readonly userId: string;
  readonly what: 'inbound' | 'outbound' | 'status' | 'typing';
};

/** `chat`: something in a chat has changed. */
export type MetaEvents = EventEmitter<{ chat: [ChatEvent] }>;

export type Messaging = {
  /** The business sends. Throws `GraphError`. */
  readonly send: (owned: Owned, send: Send) => Json;
  /** The user writes. `fields` holds `type`, the type's object and, for a tap, `context`. */
  readonly receive: (userId: string, phoneNumberId: string, fields: Json) => { id: string; at: number };
  /** The user has the chat open: what lies in it is read. */
  readonly seen: (userId: string, phoneNumberId: string) => void;
};

export type MessagingOptions = {
  readonly store: Store;
  readonly accounts: Accounts;
  readonly chats: Chats;
  readonly directory: Directory;
  readonly media: Media;
  readonly templates: Templates;
  readonly faults: Faults;
  readonly ledger: Ledger;
  readonly webhooks: () => Webhooks;
  readonly events: MetaEvents;
  readonly clock: Clock;
  readonly delays: StatusDelays;
  /** `webhook`: 131026 and 131047 are accepted first and come as a `failed` status, as Meta often does. */
  readonly refuseBy: 'response' | 'webhook';
};

type Context = MessagingOptions & { readonly pairs: Buckets; readonly throughput: Buckets };

export function createMessaging(options: MessagingOptions): Messaging {
  const { accounts, clock } = options;
  const speedOf = (phoneNumberId: string) =>
    accounts.byPhoneNumberId(phoneNumberId)?.account.messagesPerSecond ?? defaultMessagesPerSecond;
  const context: Context = {
    ...options,
    pairs: buckets(
      clock,
      () => pairBurst,
      () => pairIntervalMs,
    ),
    throughput: buckets(clock, speedOf, (id) => 1000 / speedOf(id)),
  };
  return {
    send: (owned, send) =>
      send.kind === 'read' ? receipt(context, owned, send) : message(context, owned, send),
    receive: (userId, phoneNumberId, fields) => receive(context, userId, phoneNumberId, fields),
    seen: (userId, phoneNumberId) => seen(context, userId, phoneNumberId),
  };
}

type MessageSend = Extract<Send, { kind: 'message' }>;

function receipt(context: Context, owned: Owned, send: Extract<Send, { kind: 'read' }>): Json {
  const { chats, clock, events, ledger, store } = context;
  const target = chats.get(send.messageId);
  if (target?.direction !== 'in' || target.phoneNumberId !== owned.account.phoneNumberId) {
    throw new GraphError(131009, 'Invalid message_id: no message of a user has this id.');
  }
  const { phoneNumberId, userId } = target;
  store.tx(() => {
    chats.setReadByBusiness(target, clock.now());
    if (send.typing) chats.setTyping(phoneNumberId, userId, clock.now() + typingMs);
    ledger.count('readReceipts');
  });
  events.emit('chat', { phoneNumberId, userId, what: send.typing ? 'typing' : 'status' });
  if (send.typing) {
    setTimeout(() => events.emit('chat', { phoneNumberId, userId, what: 'typing' }), typingMs + 10).unref();
  }
  return { success: true };
}

function message(context: Context, owned: Owned, send: MessageSend): Json {
  const { events, ledger, store } = context;
  const { account } = owned;
  const template = send.type === 'template' ? templateOf(context, owned, send) : undefined;
  const user = send.to === undefined ? bsuidUser(context, owned, send) : phoneUser(context, owned, send.to);
  const late = (code: ErrorCode) => context.refuseBy === 'webhook' && (code === 131026 || code === 131047);
  if (!context.throughput.take(account.phoneNumberId)) {
    throw new GraphError(130429, 'Cloud API message throughput has been reached.');
  }
  if (user === undefined) {
    if (late(131026)) return acceptUnknown(context, owned, send);
    throw new GraphError(131026, 'Unable to deliver message: the recipient is not on WhatsApp.');
  }
  checkReferences(context, owned, send, user);
  const failure = refusal(context, owned, user, template !== undefined);
  if (failure !== undefined && !late(failure.code)) throw failure;
  const wamid = store.tx(() => {
    ledger.count('sendsAccepted');
    return accept(context, owned, user, send, { refusedLate: failure?.code, template });
  });
  events.emit('chat', { phoneNumberId: account.phoneNumberId, userId: user.id, what: 'outbound' });
  context.webhooks().wake();
  return {
    messaging_product: 'whatsapp',
    contacts: [
      send.to === undefined
        ? { input: send.recipient, user_id: send.recipient }
        : { input: send.to, wa_id: user.phone },
    ],
    messages: [{ id: wamid }],
  };
}

function phoneUser(context: Context, owned: Owned, to: string): WhatsAppUser | undefined {
  const digits = to.replace(/\D/g, '');
  if (digits === owned.account.displayPhone.replace(/\D/g, '')) {
    throw new GraphError(131021, 'Sender and recipient phone number is the same');
  }
  if (digits === '') throw new GraphError(131009, 'Param to is not a valid phone number.');
  return context.directory.byPhone(to, owned);
}

function bsuidUser(context: Context, owned: Owned, send: MessageSend): WhatsAppUser | undefined {
  return send.recipient === undefined ? undefined : context.directory.byBsuid(send.recipient, owned);
}

/** Answered messages and media have to exist, and a reaction needs its target. */
function checkReferences(context: Context, owned: Owned, send: MessageSend, user: WhatsAppUser): void {
  const payload = isObject(send.payload) ? send.payload : {};
  if (typeof payload.id === 'string' && context.media.get(payload.id) === undefined) {
    throw new GraphError(100, `Param ${send.type}['id'] is not a valid media attachment ID.`);
  }
  const target = send.type === 'reaction' ? payload.message_id : send.replyTo;
  if (typeof target !== 'string') return;
  const found = context.chats.get(target);
  if (found?.userId !== user.id || found.phoneNumberId !== owned.account.phoneNumberId) {
    throw new GraphError(131009, 'The message that is answered does not exist in this chat.');
  }
}

/** Approved messages may be sent at any time. */
function refusal(
  context: Context,
  owned: Owned,
  user: WhatsAppUser,
  isTemplate: boolean,
): GraphError | undefined {
  const { phoneNumberId } = owned.account;
  const last = context.chats.chat(phoneNumberId, user.id).lastInboundAt;
  if (!isTemplate && (last === undefined || context.clock.now() - last >= serviceWindowMs)) {
    return new GraphError(
      131047,
      'Message failed to send because more than 24 hours have passed since the customer last replied to this number.',
    );
  }
  if (!context.pairs.take(`${phoneNumberId}/${user.id}`)) {
    return new GraphError(131056, 'Too many messages sent from this phone number to the same user.');
  }
  return undefined;
}

type SentTemplate = { readonly template: Template; readonly rendered: RenderedTemplate };

/** The template that is sent, filled in. Throws where there is none that may be sent so. */
function templateOf(context: Context, owned: Owned, send: MessageSend): SentTemplate {
  const payload = isObject(send.payload) ? send.payload : {};
  const language = isObject(payload.language) ? payload.language.code : undefined;
  const found = context.templates.find(owned.account.wabaId, String(payload.name), String(language));
  const rendered = renderTemplate(found, payload);
  if (found === undefined) throw new GraphError(132001);
  return { template: found, rendered };
}

/** Writes the message down and schedules its statuses. Runs inside a transaction. */
function accept(
  context: Context,
  owned: Owned,
  user: WhatsAppUser,
  send: MessageSend,
  { refusedLate, template }: { refusedLate: ErrorCode | undefined; template: SentTemplate | undefined },
): string {
  const { chats, clock, delays, faults } = context;
  const { phoneNumberId } = owned.account;
  const now = clock.now();
  const fault = refusedLate === undefined ? faults.take('failed-after-sent') : undefined;
  const failedCode = refusedLate ?? (fault === undefined ? undefined : (fault.code ?? 131026));
  const skipsDelivered = failedCode === undefined && faults.take('read-without-delivered') !== undefined;
  const sentAt = now + delays.sentMs;
  const laterAt = now + delays.deliveredMs;
  const statuses: [StatusName, number][] = [];
  if (refusedLate === undefined) statuses.push(['sent', sentAt]);
  if (failedCode !== undefined) statuses.push(['failed', laterAt]);
  // A reaction has no life of its own: it is sent, and that is all one hears.
  else if (send.type !== 'reaction') statuses.push([skipsDelivered ? 'read' : 'delivered', laterAt]);
  const base = {
    wamid: newWamid(peerOf(user, owned), 'out'),
    ...(send.ourId === undefined ? {} : { ourId: send.ourId }),
    byPhone: send.to !== undefined,
  };
  chats.add({
    ...base,
    phoneNumberId,
    userId: user.id,
    direction: 'out',
    at: now,
    type: send.type,
    payload:
      template === undefined
        ? send.payload
        : { ...(isObject(send.payload) ? send.payload : {}), rendered: template.rendered },
    ...(send.replyTo === undefined ? {} : { replyTo: send.replyTo }),
    ...(refusedLate === undefined ? { sentAt } : {}),
    ...(failedCode === undefined ? { deliveredAt: laterAt } : { failedAt: laterAt, failedCode }),
    ...(skipsDelivered ? { readAt: laterAt } : {}),
  });
  chats.setTyping(phoneNumberId, user.id, undefined);
  for (const [status, at] of statuses) {
    const category = template?.template.category.toLowerCase();
    const value = statusValue(owned, user, base, status, at, { code: failedCode, category });
    context.webhooks().push(owned, user.id, value, at - now);
  }
  return base.wamid;
}

/** Accepted, and failed later: nobody on WhatsApp has this number. */
function acceptUnknown(context: Context, owned: Owned, send: MessageSend): Json {
  const digits = (send.to ?? send.recipient ?? '').replace(/\D/g, '');
  const nobody: WhatsAppUser = { id: '', profileName: '', country: 'ZZ', phone: digits, identity: 'phone' };
  const wamid = newWamid(digits, 'out');
  const base = { wamid, byPhone: true, ...(send.ourId === undefined ? {} : { ourId: send.ourId }) };
  const at = context.clock.now() + context.delays.deliveredMs;
  context.ledger.count('sendsAccepted');
  context
    .webhooks()
    .push(
      owned,
      nobody.id,
      statusValue(owned, nobody, base, 'failed', at, { code: 131026 }),
      context.delays.deliveredMs,
    );
  context.webhooks().wake();
  return {
    messaging_product: 'whatsapp',
    contacts: [
      send.to === undefined
        ? { input: send.recipient, user_id: send.recipient }
        : { input: send.to, wa_id: digits },
    ],
    messages: [{ id: wamid }],
  };
}

function receive(
  context: Context,
  userId: string,
  phoneNumberId: string,
  fields: Json,
): { id: string; at: number } {
  const { accounts, chats, clock, directory, events, ledger, store } = context;
  const owned = accounts.byPhoneNumberId(phoneNumberId);
  const user = directory.get(userId);
  if (owned === undefined) throw new Error(`no account has the phone number id ${phoneNumberId}`);
  if (user === undefined) throw new Error(`no user has the id ${userId}`);
  const at = clock.now();
  const id = newWamid(peerOf(user, owned), 'in');
  const type = typeof fields.type === 'string' ? fields.type : 'unknown';
  const replyTo =
    isObject(fields.context) && typeof fields.context.id === 'string' ? fields.context.id : undefined;
  context.throughput.take(phoneNumberId);
  store.tx(() => {
    chats.add({
      wamid: id,
      phoneNumberId,
      userId,
      direction: 'in',
      at,
      type,
      payload: fields[type],
      byPhone: false,
      ...(replyTo === undefined ? {} : { replyTo }),
    });
    chats.setLastInbound(phoneNumberId, userId, at);
    ledger.count('inbound');
    context.webhooks().push(owned, userId, inboundValue(owned, user, id, at, fields));
  });
  context.webhooks().wake();
  events.emit('chat', { phoneNumberId, userId, what: 'inbound' });
  return { id, at };
}

function seen(context: Context, userId: string, phoneNumberId: string): void {
  const { accounts, chats, clock, directory, events, store } = context;
  const owned = accounts.byPhoneNumberId(phoneNumberId);
  const user = directory.get(userId);
  if (owned === undefined || user === undefined) return;
  const unread: readonly ChatMessage[] = chats.unread(phoneNumberId, userId);
  if (unread.length === 0) return;
  const now = clock.now();
  store.tx(() => {
    for (const message of unread) {
      chats.setRead(message, now);
      context.webhooks().push(owned, userId, statusValue(owned, user, message, 'read', now));
    }
  });
  context.webhooks().wake();
  events.emit('chat', { phoneNumberId, userId, what: 'status' });
}
