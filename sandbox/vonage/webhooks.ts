import { randomUUID } from 'node:crypto';
import type { Clock } from '../provider/clock.ts';
import type { Post } from '../provider/queue.ts';
import type { Store } from '../provider/store.ts';
import { createWebhooks as createAll, type Receivers, type Webhooks } from '../provider/webhooks.ts';
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

export type DeliveryEntry = {
  readonly at: number;
  /** Undefined when no answer came. */
  readonly status: number | undefined;
  readonly attempt: number;
  readonly body: string;
};

export type WebhooksOptions = {
  readonly store: Store;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly receivers: Receivers;
  readonly accounts: readonly VonageAccount[];
  readonly onLeave: (post: Post) => void;
  /** Hears of every attempt. */
  readonly onDelivered: (entry: DeliveryEntry) => void;
};

/** Both of an account's webhooks are one URL; its line is its number. */
export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { accounts, clock, faults, onDelivered } = options;
  return createAll({
    ...options,
    maxConcurrent,
    sign: async (post, _url, bytes) => {
      const account = accounts.find(({ number }) => number === post.line);
      const token = account && (await tokenFor(account, post, bytes, faults, clock.now()));
      return {
        headers: {
          'content-type': 'application/json',
          'user-agent': 'Vonage/Messages',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        answerWithinMs,
      };
    },
    again: ({ attempts, firstAt }, status) => {
      const gapMs = gaps[Math.min(attempts, gaps.length - 1)] ?? 0;
      // Only what says "later" comes again: a 4xx is an answer.
      const isRepeated = status === undefined || status === 429 || status >= 500;
      return isRepeated && clock.now() + gapMs <= firstAt + keepForMs ? gapMs : undefined;
    },
    onTried: ({ attempts, body }, status) =>
      onDelivered({ at: clock.now(), status, attempt: attempts + 1, body }),
  });
}

/** Each attempt is signed anew, the first of them wrongly where a fault says so. */
async function tokenFor(
  account: VonageAccount,
  { attempts }: Post,
  bytes: Uint8Array,
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
