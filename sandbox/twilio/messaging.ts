import type { Clock } from '../provider/clock.ts';
import type { Kept } from '../provider/kept.ts';
import { type Body, type ProviderEvents, serviceWindowMs } from '../provider/provider.ts';
import type { Users } from '../provider/users.ts';
import type { Webhooks } from '../provider/webhooks.ts';
import { keyOf, type TwilioAccount, type User, userFor } from './accounts.ts';
import type { Faults } from './faults.ts';
import { type Message, newMessage, rfc2822 } from './messages.ts';
import { inboundParams, type SaidParams, statusParams } from './params.ts';
import { type Send, userAt } from './send.ts';
import type { Params } from './signature.ts';

/** A message, and what Twilio does not show of it. */
export type Stored = {
  readonly message: Message;
  /** The sender's digits. */
  readonly line: string;
  readonly userId: string;
  readonly shown: Body;
  readonly replyTo?: string;
  /** Where its statuses go. */
  readonly callback?: string;
};

/** Milliseconds after the send at which the statuses come. */
export type StatusDelays = { readonly sentMs: number; readonly deliveredMs: number };

/** What has happened so far, and what tells of it. */
export type World = {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly webhooks: Webhooks;
  readonly users: Users;
  readonly accounts: readonly TwilioAccount[];
  readonly stored: Kept<Stored>;
  /** When a user last wrote to a sender. */
  readonly lastHeard: Kept<number>;
  readonly delays: StatusDelays;
  readonly events: ProviderEvents;
};

/** Everybody on WhatsApp, as the account learns of them. */
export function usersOf({ users }: Pick<World, 'users'>, account: TwilioAccount): readonly User[] {
  return [...account.users, ...users.values().map((user) => userFor(user, account))];
}

export function accountAt({ accounts }: Pick<World, 'accounts'>, line: string): TwilioAccount | undefined {
  return accounts.find(({ senders }) => senders.some(({ number }) => number === line));
}

/** A message gets a status, and whoever asked for it is told, not before the post with the id `afterId` was. */
export function report(
  world: World,
  sid: string,
  status: string,
  more: { readonly code?: number; readonly inMs?: number; readonly afterId?: number | undefined } = {},
): number | undefined {
  const known = world.stored.get(sid);
  if (known === undefined) return undefined;
  const { code, inMs = 0, afterId } = more;
  const message = {
    ...known.message,
    status,
    ...(status === 'sent' ? { date_sent: rfc2822(world.clock.now() + inMs) } : {}),
    ...(code === undefined ? {} : { error_code: code }),
  };
  world.stored.set(sid, { ...known, message });
  const { line, userId, callback } = known;
  if (callback === undefined || world.faults.take('lost-status') !== undefined) return undefined;
  const body = encoded(statusParams(message, status, code));
  return world.webhooks.push({ line, userId, url: callback, body, afterId }, inMs);
}

function encoded(params: Params): string {
  return new URLSearchParams(params.map(([name, value]) => [name, value])).toString();
}

/** Takes what is to be sent; its statuses follow. */
export function take(world: World, asked: Send, account: TwilioAccount): Message {
  const { to, from, body, shown, statusCallback } = asked;
  const user = userAt(to, usersOf(world, account));
  const line = from.replace('whatsapp:+', '');
  const message = newMessage({
    account_sid: account.accountSid,
    to,
    from,
    body,
    direction: 'outbound-api',
    status: 'queued',
    atMs: world.clock.now(),
  });
  const userId = user === undefined ? '' : keyOf(user);
  const callback = statusCallback === undefined ? {} : { callback: statusCallback };
  world.stored.set(message.sid, { message, line, userId, shown, ...callback });
  send(world, message.sid, failureOf(world, asked, user));
  world.events.emit('chat', { line, userId });
  return message;
}

/** WhatsApp's own refusals come as a status, after the message was taken. */
function send(world: World, sid: string, failure: number | undefined): void {
  const { sentMs, deliveredMs } = world.delays;
  if (failure !== undefined) {
    report(world, sid, 'failed', { code: failure, inMs: sentMs });
    return;
  }
  const afterId = report(world, sid, 'sent', { inMs: sentMs });
  const later = { inMs: deliveredMs, afterId };
  if (world.faults.take('stuck') !== undefined) return;
  const failed = world.faults.take('failed-after-sent');
  const lost = world.faults.take('undelivered');
  if (failed !== undefined) report(world, sid, 'failed', { ...later, code: failed.code ?? 63024 });
  else if (lost !== undefined) report(world, sid, 'undelivered', { ...later, code: lost.code ?? 63003 });
  else if (world.faults.take('read-without-delivered') !== undefined) report(world, sid, 'read', later);
  else report(world, sid, 'delivered', later);
}

function failureOf(
  world: World,
  { from, approved, isFit }: Send,
  user: User | undefined,
): number | undefined {
  if (user === undefined) return 63024;
  if (!isFit) return 63005;
  const heard = world.lastHeard.get(`${from} ${keyOf(user)}`) ?? Number.NEGATIVE_INFINITY;
  return approved || world.clock.now() - heard < serviceWindowMs ? undefined : 63016;
}

export type Heard = {
  readonly account: TwilioAccount;
  readonly user: User;
  readonly line: string;
  readonly shown: Body;
  readonly replyTo?: string | undefined;
};

/** A user writes to a sender. The message's id. */
export function receive(world: World, heard: Heard, said: SaidParams): string {
  const { account, user, line, shown, replyTo } = heard;
  const to = `whatsapp:+${line}`;
  const message = newMessage({
    account_sid: account.accountSid,
    to,
    from: user.hidesPhone ? `whatsapp:${user.userId}` : `whatsapp:+${user.phone}`,
    body: said.Body ?? '',
    direction: 'inbound',
    status: 'received',
    atMs: world.clock.now(),
    media: Number(said.NumMedia ?? 0),
  });
  const { sid } = message;
  const userId = keyOf(user);
  world.stored.set(sid, { message, line, userId, shown, ...(replyTo === undefined ? {} : { replyTo }) });
  world.lastHeard.set(`${to} ${userId}`, world.clock.now());
  if (world.faults.take('lost') === undefined) {
    // A file's address has the message's id in it.
    const params = inboundParams(message, user, account, said).map(
      ([name, value]) => [name, value.replaceAll('{sid}', sid)] as const,
    );
    world.webhooks.push({ line, userId, body: encoded(params) });
  }
  world.events.emit('chat', { line, userId });
  return sid;
}
