import { GraphError } from '../meta/errors.ts';
import { isObject, type Json } from '../meta/fields.ts';
import { buckets, defaultMessagesPerSecond } from '../meta/limits.ts';
import { type RenderedTemplate, renderTemplate } from '../meta/template-send.ts';
import type { Clock } from '../provider/clock.ts';
import type { Kept } from '../provider/kept.ts';
import { type ProviderEvents, serviceWindowMs, typingMs } from '../provider/provider.ts';
import type { Users } from '../provider/users.ts';
import type { Webhooks } from '../provider/webhooks.ts';
import { userIdFor, type VonageAccount, type WhatsAppUser } from './accounts.ts';
import { type ChatMessage, inbound, inboundWebhook, outbound, statusWebhook } from './chat.ts';
import { type ErrorCode, isErrorCode, VonageError } from './errors.ts';
import type { Faults } from './faults.ts';
import type { Send, Update } from './send.ts';

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
  /** When a user last wrote to a number. */
  readonly lastHeard: (userId: string, number: string) => number | undefined;
};

export type MessagingOptions = {
  readonly accounts: readonly VonageAccount[];
  readonly clock: Clock;
  readonly faults: Faults;
  readonly webhooks: Webhooks;
  readonly users: Users;
  readonly kept: Kept<ChatMessage>;
  /** By number and user: when the user last wrote. */
  readonly heard: Kept<number>;
  readonly events: ProviderEvents;
  readonly delays: StatusDelays;
  /** How 1300, 1340 and 1022 are told: accepted first and rejected by webhook (the default), or at once. */
  readonly refuseBy: 'webhook' | 'response';
  readonly url: () => string;
};

/** Everything that has happened. */
type State = MessagingOptions & {
  /** By number and user: until when the business shows that it is writing. */
  readonly typing: Map<string, number>;
};

export function createMessaging(options: MessagingOptions): Messaging {
  const { accounts, clock, kept, heard, users, events } = options;
  const state: State = { ...options, typing: new Map() };
  const { typing } = state;
  const accountOf = (number: string) => accounts.find((each) => each.number === number);
  const perSecond = (number: string) => accountOf(number)?.messagesPerSecond ?? defaultMessagesPerSecond;
  const rates = buckets(clock, perSecond, (number) => 1000 / perSecond(number));
  return {
    get messages() {
      return kept.values();
    },
    put: users.put,
    lastHeard: (userId, number) => heard.get(`${number} ${userId}`),
    typingUntil: (userId, number) => typing.get(`${number} ${userId}`),
    receive: (userId, number, content) => {
      const account = accountOf(number);
      const user = users.get(userId);
      if (account === undefined || user === undefined) throw new Error('no such account or user');
      return receive(state, account, user, content);
    },
    send: (account, asked) => {
      if (asked.from !== account.number) throw new VonageError('1120');
      if (!rates.take(account.number)) throw new VonageError('1000');
      return send(state, account, asked);
    },
    update: (account, uuid, update) => {
      const message = kept.get(uuid);
      if (message?.direction !== 'in' || message.number !== account.number)
        throw new VonageError('not-found');
      kept.set(uuid, { ...message, status: 'read' });
      const userId = message.userId ?? '';
      if (update.typing) typing.set(`${account.number} ${userId}`, clock.now() + typingMs);
      events.emit('chat', { line: account.number, userId });
    },
    seen: (userId, number) => {
      const account = accountOf(number);
      if (account === undefined) return;
      for (const message of kept.values()) {
        if (message.number !== number || message.userId !== userId) continue;
        if (message.direction !== 'out' || message.status !== 'delivered') continue;
        kept.set(message.uuid, { ...message, status: 'read' });
        tell(state, account, message, 'read', 0);
      }
      events.emit('chat', { line: number, userId });
    },
  };
}

function receive(
  { clock, events, heard, kept, url, webhooks }: State,
  account: VonageAccount,
  user: WhatsAppUser,
  content: Json,
): string {
  const line = account.number;
  const message = inbound(account, user, content, clock.now());
  kept.set(message.uuid, message);
  heard.set(`${line} ${user.id}`, clock.now());
  const body = JSON.stringify(inboundWebhook(account, user, message, content, url()));
  webhooks.push({ line, userId: user.id, body });
  events.emit('chat', { line, userId: user.id });
  return message.uuid;
}

function send(state: State, account: VonageAccount, asked: Send): { readonly message_uuid: string } {
  const { clock, events, refuseBy, typing } = state;
  const user = find(state, account, asked.to);
  const template = templateOf(asked);
  const rendered = template && rendering(account, template);
  const problem = problemOf(state, account, user, template !== undefined, rendered);
  if (problem !== undefined && refuseBy === 'response') throw new VonageError(problem);
  const message = {
    ...outbound(account, asked, user, clock.now()),
    ...(rendered === undefined ? {} : { rendered }),
  };
  typing.delete(`${account.number} ${user?.id}`);
  follow(state, account, message, problem);
  events.emit('chat', { line: account.number, userId: user?.id ?? '' });
  return { message_uuid: message.uuid };
}

/** The addressee of a send, by phone number or by business-scoped user id. */
function find({ users }: State, account: VonageAccount, to: string): WhatsAppUser | undefined {
  return users.values().find((user) => user.phone === to || userIdFor(user, account) === to);
}

/** Why WhatsApp would not take it. */
function problemOf(
  { clock, heard }: State,
  account: VonageAccount,
  user: WhatsAppUser | undefined,
  isTemplate: boolean,
  rendered: RenderedTemplate | undefined,
): ErrorCode | undefined {
  if (user === undefined) return '1300';
  if (isTemplate) return rendered === undefined ? '1022' : undefined;
  const last = heard.get(`${account.number} ${user.id}`);
  return last !== undefined && clock.now() - last < serviceWindowMs ? undefined : '1340';
}

/** Queues the statuses of a message that was taken. */
function follow(
  state: State,
  account: VonageAccount,
  message: ChatMessage,
  problem: ErrorCode | undefined,
): void {
  const { faults, delays, kept } = state;
  const late = faults.take('failed-after-sent');
  const lateCode = late?.code !== undefined && isErrorCode(String(late.code)) ? String(late.code) : '1300';
  const failure = problem ?? (late !== undefined && isErrorCode(lateCode) ? lateCode : undefined);
  const status = failure === undefined ? 'delivered' : 'rejected';
  const isSkipped = failure === undefined && faults.take('read-without-delivered') !== undefined;
  const told = { ...message, status: isSkipped ? 'read' : status } as const;
  kept.set(message.uuid, failure === undefined ? told : { ...told, error: failure });
  if (problem === undefined) tell(state, account, message, 'submitted', delays.submittedMs);
  if (failure !== undefined) tell(state, account, message, 'rejected', delays.deliveredMs, failure);
  else tell(state, account, message, isSkipped ? 'read' : 'delivered', delays.deliveredMs);
}

function tell(
  { users, webhooks, clock }: State,
  account: VonageAccount,
  message: ChatMessage,
  status: string,
  inMs: number,
  error?: ErrorCode,
): void {
  const { userId } = message;
  const user = users.get(userId ?? '');
  const body = JSON.stringify(statusWebhook(account, message, user, status, clock.now() + inMs, error));
  webhooks.push({ line: account.number, userId, body }, inMs);
}

type SentTemplate = { readonly name: string; readonly language: string; readonly payload: Json };

/** The template in Meta's own form, whichever way it was sent; undefined where it is none. */
function templateOf({ type, payload }: Send): SentTemplate | undefined {
  if (!isObject(payload)) return undefined;
  if (type === 'template') {
    const texts = Array.isArray(payload.parameters) ? payload.parameters : [];
    const parameters = texts.map((text) => ({ type: 'text', text: String(text) }));
    const components = [{ type: 'body', parameters }];
    return { name: String(payload.name).split(':')[1] ?? '', language: '', payload: { components } };
  }
  const template = type === 'custom' && payload.type === 'template' ? payload.template : undefined;
  if (!isObject(template)) return undefined;
  const language = isObject(template.language) ? String(template.language.code) : '';
  return { name: String(template.name), language, payload: template };
}

/** Undefined where WhatsApp has no such template, or not with these variables. */
function rendering(
  { templates = [] }: VonageAccount,
  { name, language, payload }: SentTemplate,
): RenderedTemplate | undefined {
  const found = templates.find(
    (each) => each.name === name && (language === '' || each.language === language),
  );
  if (found === undefined) return undefined;
  try {
    return renderTemplate({ ...found, id: name, status: 'APPROVED' }, payload);
  } catch (error) {
    if (error instanceof GraphError) return undefined;
    throw error;
  }
}
