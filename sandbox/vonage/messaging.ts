import type { Clock } from '../meta/clock.ts';
import { isObject, type Json } from '../meta/fields.ts';
import { buckets, defaultMessagesPerSecond } from '../meta/limits.ts';
import { userIdFor, type VonageAccount, type WhatsAppUser } from './accounts.ts';
import { type ChatMessage, inbound, inboundWebhook, outbound, statusWebhook } from './chat.ts';
import { type ErrorCode, isErrorCode, VonageError } from './errors.ts';
import type { Faults } from './faults.ts';
import type { Send, Update } from './send.ts';
import type { Webhooks } from './webhooks.ts';

/** Meta: the customer service window. */
const windowMs = 24 * 3_600_000;

/** How long after the send each status leaves. */
export type StatusDelays = { readonly submittedMs: number; readonly deliveredMs: number };

export type Messaging = {
  readonly put: (user: WhatsAppUser) => void;
  /** A user writes to the account's number: `{message_type: 'text', text: 'hi'}`. Returns the message's UUID. */
  readonly receive: (userId: string, number: string, content: Json) => string;
  readonly send: (account: VonageAccount, send: Send) => { readonly message_uuid: string };
  readonly update: (account: VonageAccount, uuid: string, update: Update) => void;
  /** A user reads what the business has written to them. */
  readonly seen: (userId: string, number: string) => void;
  /** Until when (milliseconds) the business shows that it is writing. */
  readonly typingUntil: (userId: string, number: string) => number | undefined;
  readonly messages: readonly ChatMessage[];
};

export type MessagingOptions = {
  readonly accounts: readonly VonageAccount[];
  readonly clock: Clock;
  readonly faults: Faults;
  readonly webhooks: Webhooks;
  readonly delays: StatusDelays;
  /** How 1300, 1340 and 1022 are told: accepted first and rejected by webhook (the default), or at once. */
  readonly refuseBy: 'webhook' | 'response';
  readonly url: () => string;
};

/** Meta: typing indicators are shown for so long. */
const typingMs = 25_000;

/** Everything that has happened, in memory. */
type State = MessagingOptions & {
  readonly users: Map<string, WhatsAppUser>;
  readonly messages: ChatMessage[];
  /** By number and user: until when the business shows that it is writing. */
  readonly typing: Map<string, number>;
};

export function createMessaging(options: MessagingOptions): Messaging {
  const { accounts, clock, webhooks } = options;
  const state: State = { ...options, users: new Map(), messages: [], typing: new Map() };
  const { users, messages, typing } = state;
  const accountOf = (number: string) => accounts.find((each) => each.number === number);
  const perSecond = (number: string) => accountOf(number)?.messagesPerSecond ?? defaultMessagesPerSecond;
  const rates = buckets(clock, perSecond, (number) => 1000 / perSecond(number));
  return {
    messages,
    put: (user) => void users.set(user.id, user),
    typingUntil: (userId, number) => typing.get(`${number} ${userId}`),
    receive: (userId, number, content) => {
      const account = accountOf(number);
      const user = users.get(userId);
      if (account === undefined || user === undefined) throw new Error('no such account or user');
      const message = inbound(account, user, content, clock.now());
      messages.push(message);
      webhooks.push(account, inboundWebhook(account, user, message, content, options.url()));
      return message.uuid;
    },
    send: (account, send) => {
      if (send.from !== account.number) throw new VonageError('1120');
      if (!rates.take(account.number)) throw new VonageError('1000');
      const user = find(state, account, send.to);
      const problem = problemOf(state, account, send, user);
      if (problem !== undefined && options.refuseBy === 'response') throw new VonageError(problem);
      const message = outbound(account, send, user, clock.now());
      messages.push(message);
      typing.delete(`${account.number} ${user?.id}`);
      follow(state, account, message, problem);
      return { message_uuid: message.uuid };
    },
    update: (account, uuid, update) => {
      const message = messages.find(
        (each) => each.uuid === uuid && each.direction === 'in' && each.number === account.number,
      );
      if (message === undefined) throw new VonageError('not-found');
      message.status = 'read';
      if (update.typing) typing.set(`${account.number} ${message.userId}`, clock.now() + typingMs);
    },
    seen: (userId, number) => {
      const account = accountOf(number);
      for (const message of messages) {
        if (account === undefined || message.number !== number || message.userId !== userId) continue;
        if (message.direction !== 'out' || message.status !== 'delivered') continue;
        message.status = 'read';
        tell(state, account, message, 'read', 0);
      }
    },
  };
}

/** The addressee of a send, by phone number or by business-scoped user id. */
function find({ users }: State, account: VonageAccount, to: string): WhatsAppUser | undefined {
  return [...users.values()].find((user) => user.phone === to || userIdFor(user, account) === to);
}

/** Why WhatsApp would not take it. */
function problemOf(
  { messages, clock }: State,
  account: VonageAccount,
  send: Send,
  user: WhatsAppUser | undefined,
): ErrorCode | undefined {
  if (user === undefined) return '1300';
  const template = templateOf(send);
  if (template !== undefined) return hasTemplate(account, template) ? undefined : '1022';
  const last = messages.findLast(
    (each) => each.direction === 'in' && each.userId === user.id && each.number === account.number,
  );
  return last !== undefined && clock.now() - last.at < windowMs ? undefined : '1340';
}

/** Queues the statuses of a message that was taken. */
function follow(
  state: State,
  account: VonageAccount,
  message: ChatMessage,
  problem: ErrorCode | undefined,
): void {
  const { faults, delays } = state;
  const late = faults.take('failed-after-submitted');
  const lateCode = late?.code !== undefined && isErrorCode(late.code) ? late.code : '1300';
  const failure = problem ?? (late === undefined ? undefined : lateCode);
  if (problem === undefined) tell(state, account, message, 'submitted', delays.submittedMs);
  message.status = failure === undefined ? 'delivered' : 'rejected';
  if (failure !== undefined) tell(state, account, message, 'rejected', delays.deliveredMs, failure);
  else if (faults.take('read-without-delivered') === undefined)
    tell(state, account, message, 'delivered', delays.deliveredMs);
}

function tell(
  { users, webhooks, clock }: State,
  account: VonageAccount,
  message: ChatMessage,
  status: string,
  inMs: number,
  error?: ErrorCode,
): void {
  const user = users.get(message.userId ?? '');
  webhooks.push(account, statusWebhook(account, message, user, status, clock.now(), error), inMs);
}

type TemplateName = { readonly name: string; readonly language: string };

function templateOf({ type, payload }: Send): TemplateName | undefined {
  if (!isObject(payload)) return undefined;
  if (type === 'template') return { name: String(payload.name).split(':')[1] ?? '', language: '' };
  const template = type === 'custom' && payload.type === 'template' ? payload.template : undefined;
  if (!isObject(template)) return undefined;
  const language = isObject(template.language) ? String(template.language.code) : '';
  return { name: String(template.name), language };
}

function hasTemplate({ templates = [] }: VonageAccount, { name, language }: TemplateName): boolean {
  return templates.some((each) => each.name === name && (language === '' || each.language === language));
}
