import { randomUUID } from 'node:crypto';
import type { Clock } from '../meta/clock.ts';
import type { Json } from '../meta/fields.ts';
import { createPoster } from '../provider/poster.ts';
import type { VonageAccount } from './accounts.ts';
import type { Faults } from './faults.ts';
import { webhookToken } from './tokens.ts';

/** How many are under way at once. */
const maxConcurrent = 24;
const answerWithinMs = 10_000;
const secondMs = 1000;
const minuteMs = 60 * secondMs;

/**
 * Milliseconds to the next attempt, by the number of failed ones; the last is repeated, for 24 hours.
 * https://api.support.vonage.com/hc/en-us/articles/360028543292
 */
const gaps = [5 * secondMs, minuteMs, 5 * minuteMs, 15 * minuteMs];
const keepForMs = 24 * 60 * minuteMs;

/** Where the fault `delay` names none. */
const defaultDelayMs = 5_000;

export type DeliveryEntry = {
  readonly at: number;
  /** Undefined when no answer came. */
  readonly status: number | undefined;
  readonly attempt: number;
  readonly body: string;
};

type Post = {
  readonly account: VonageAccount;
  readonly body: string;
  readonly firstAt: number;
  attempts: number;
  dueAt: number;
};

export type Webhooks = {
  /** Queues one webhook, to leave after `inMs` of the clock. */
  readonly push: (account: VonageAccount, value: Json, inMs?: number) => void;
  /** Looks at the queue again: whenever the clock was moved. */
  readonly wake: () => void;
  /** What no callback has taken yet. */
  readonly waiting: () => number;
  readonly stop: () => Promise<void>;
};

/** @param onDelivered hears of every attempt */
export function createWebhooks(
  { clock, faults }: { readonly clock: Clock; readonly faults: Faults },
  onDelivered: (entry: DeliveryEntry) => void,
): Webhooks {
  const poster = createPoster(maxConcurrent);
  const queue = new Set<Post>();
  const inFlight = new Map<Post, Promise<void>>();
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const deliver = async (post: Post): Promise<void> => {
    const bytes = Buffer.from(post.body);
    const token = await tokenFor(post, bytes, faults, clock.now());
    const headers = {
      'content-type': 'application/json',
      'user-agent': 'Vonage/Messages',
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
    const status = await poster.post(post.account.webhookUrl, headers, bytes, answerWithinMs);
    if (isStopped) return;
    post.attempts++;
    onDelivered({ at: clock.now(), status, attempt: post.attempts, body: post.body });
    post.dueAt = clock.now() + (gaps[Math.min(post.attempts, gaps.length) - 1] ?? 0);
    const isGivenUp = post.dueAt > post.firstAt + keepForMs;
    // Only what says "later" comes again: a 4xx is an answer.
    const isRepeated = status === undefined || status === 429 || status >= 500;
    if (!isRepeated || isGivenUp) queue.delete(post);
  };

  const wake = () => {
    if (isStopped) return;
    clearTimeout(timer);
    const now = clock.now();
    for (const post of queue) {
      if (inFlight.size >= maxConcurrent) break;
      if (inFlight.has(post) || post.dueAt > now) continue;
      const ended = deliver(post).finally(() => {
        inFlight.delete(post);
        wake();
      });
      inFlight.set(post, ended);
    }
    const next = Math.min(...[...queue].filter((post) => !inFlight.has(post)).map(({ dueAt }) => dueAt));
    if (Number.isFinite(next)) timer = setTimeout(wake, Math.min(Math.max(next - now, 1), minuteMs)).unref();
  };

  return {
    push: (account, value, inMs = 0) => {
      const delay = faults.take('delay');
      const late = delay === undefined ? 0 : (delay.delayMs ?? defaultDelayMs);
      const post = { account, body: JSON.stringify(value), firstAt: clock.now(), attempts: 0 };
      const dueAt = clock.now() + inMs + late;
      queue.add({ ...post, dueAt });
      if (faults.take('duplicate') !== undefined) queue.add({ ...post, dueAt });
      setImmediate(wake);
    },
    wake,
    waiting: () => queue.size,
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      poster.close();
      await Promise.allSettled(inFlight.values());
    },
  };
}

/** Each attempt is signed anew, the first of them wrongly where a fault says so. */
async function tokenFor(
  { account, attempts }: Post,
  bytes: Buffer,
  faults: Faults,
  nowMs: number,
): Promise<string | undefined> {
  const isSpoilt = (fault: Parameters<Faults['take']>[0]) =>
    attempts === 0 && faults.take(fault) !== undefined;
  if (isSpoilt('unsigned')) return undefined;
  if (isSpoilt('wrong-signature')) return await webhookToken(account, bytes, nowMs, randomUUID());
  if (isSpoilt('wrong-hash')) return await webhookToken(account, Buffer.from('{}'), nowMs);
  return await webhookToken(account, bytes, nowMs);
}
