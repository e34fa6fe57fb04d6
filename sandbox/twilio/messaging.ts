import type { TwilioAccount, User } from './accounts.ts';
import type { Faults } from './faults.ts';
import { type Message, newMessage, rfc2822 } from './messages.ts';
import { inboundParams, type Said, statusParams } from './params.ts';
import { type Send, userAt } from './send.ts';
import type { Webhooks } from './webhooks.ts';

/** WhatsApp: how long after the user's last message anything may be said. */
const windowMs = 24 * 60 * 60_000;

/** What has happened so far, and what tells of it. */
export type World = {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly faults: Faults;
  readonly webhooks: Webhooks;
  readonly messages: Message[];
  /** Of each message that asked for one: where its statuses go. */
  readonly callbacks: Map<string, { readonly url: string; readonly account: TwilioAccount }>;
  /** When a user last wrote to a sender. */
  readonly lastHeard: Map<string, number>;
  /** Sends that are still being told about. */
  readonly pending: Set<Promise<void>>;
};

/** A message gets a status, and whoever asked for it is told. */
export async function report(world: World, message: Message, status: string, code?: number): Promise<void> {
  message.status = status;
  if (status === 'sent') message.date_sent = rfc2822(world.now());
  if (code !== undefined) message.error_code = code;
  const callback = world.callbacks.get(message.sid);
  if (callback === undefined) return;
  const { account, url } = callback;
  await world.webhooks.deliver(account.authToken, url, statusParams(message, status, code));
}

/** Takes what is to be sent; its statuses follow, as at Twilio, once the answer has left. */
export function take(world: World, asked: Send, account: TwilioAccount): Message {
  const { to, from, body, statusCallback } = asked;
  const message = newMessage({
    account_sid: account.accountSid,
    to,
    from,
    body,
    direction: 'outbound-api',
    status: 'queued',
    atMs: world.now(),
  });
  world.messages.push(message);
  if (statusCallback !== undefined) world.callbacks.set(message.sid, { url: statusCallback, account });
  const shown = { ...message };
  const done = new Promise<void>((resolve) => setImmediate(resolve))
    .then(() => send(world, message, asked, account))
    .finally(() => world.pending.delete(done));
  world.pending.add(done);
  return shown;
}

/** WhatsApp's own refusals come as a status, after the message was taken. */
async function send(world: World, message: Message, asked: Send, account: TwilioAccount): Promise<void> {
  const failure = failureOf(world, asked, account);
  if (failure !== undefined) return await report(world, message, 'failed', failure);
  await report(world, message, 'sent');
  const failed = world.faults.take('failed-after-sent');
  if (failed !== undefined) return await report(world, message, 'failed', failed.code ?? 63024);
  const lost = world.faults.take('undelivered');
  if (lost !== undefined) return await report(world, message, 'undelivered', lost.code ?? 63003);
  await report(world, message, 'delivered');
}

function failureOf(world: World, { to, from, approved }: Send, account: TwilioAccount): number | undefined {
  const user = userAt(to, account);
  if (user === undefined) return 63024;
  const heard = world.lastHeard.get(`${from} ${user.userId}`) ?? Number.NEGATIVE_INFINITY;
  return approved || world.now() - heard < windowMs ? undefined : 63016;
}

/** A user writes to a sender; resolves to the message's id once the webhook was taken or given up. */
export async function receive(
  world: World,
  account: TwilioAccount,
  user: User,
  number: string,
  said: Said,
): Promise<string> {
  const url = account.senders.find((each) => each.number === number)?.webhookUrl;
  if (url === undefined) throw new Error('no such sender');
  const to = `whatsapp:+${number}`;
  const message = newMessage({
    account_sid: account.accountSid,
    to,
    from: user.hidesPhone ? `whatsapp:${user.userId}` : `whatsapp:+${user.phone}`,
    body: said.Body ?? '',
    direction: 'inbound',
    status: 'received',
    atMs: world.now(),
    media: Number(said.NumMedia ?? 0),
  });
  world.messages.push(message);
  world.lastHeard.set(`${to} ${user.userId}`, world.now());
  await world.webhooks.deliver(account.authToken, url, inboundParams(message, user, account, said));
  return message.sid;
}
