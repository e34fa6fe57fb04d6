import { createHash, createHmac } from 'node:crypto';
import type { Clock } from '../provider/clock.ts';
import type { Post } from '../provider/queue.ts';
import type { Store } from '../provider/store.ts';
import { createWebhooks as createAll, type Receivers, type Webhooks } from '../provider/webhooks.ts';
import type { BirdChannel } from './accounts.ts';
import type { Faults } from './faults.ts';

/** Milliseconds that the receiver has to answer, and to the next attempt by the number of failed ones: Bird publishes neither. */
const answerWithinMs = 10_000;
const gaps = [1_000, 5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000];

/** One at a time, in order. */
const maxConcurrent = 1;

/** As reported by integrations. */
const keepForMs = 24 * 3_600_000;

/** One attempt to deliver. `status` is undefined when no answer came. */
export type DeliveryEntry = {
  readonly at: number;
  readonly status: number | undefined;
  readonly attempt: number;
  /** The same in every attempt of one delivery: Unix seconds of the first. */
  readonly timestamp: string;
  readonly body: string;
};

/** base64(HMAC-SHA256(key, timestamp, line feed, URL, line feed, the 32 bytes of the body's SHA-256)). */
export function signatureOf(key: string, timestamp: string, url: string, body: string): string {
  const hash = createHash('sha256').update(body).digest();
  return createHmac('sha256', key).update(`${timestamp}\n${url}\n`).update(hash).digest('base64');
}

export type WebhooksOptions = {
  readonly store: Store;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly channels: readonly BirdChannel[];
  readonly receivers?: Pick<Receivers, 'wait' | 'route'>;
  readonly onLeave: (post: Post) => void;
  readonly onDelivered: (entry: DeliveryEntry) => void;
};

/** A line is a channel's id. Every attempt is signed under the time of the first. */
export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { channels, clock, faults, onDelivered } = options;
  const keys = new Map(channels.map(({ channelId, signingKey }) => [channelId, signingKey]));
  return createAll({
    ...options,
    maxConcurrent,
    receivers: {
      urls: new Map(channels.map(({ channelId, webhookUrl }) => [channelId, webhookUrl])),
      ...options.receivers,
    },
    sign: ({ line, firstAt, attempts, body }, url) => {
      const timestamp = timestampOf(firstAt);
      const isSpoilt = attempts === 0 && faults.take('wrong-signature') !== undefined;
      const key = keys.get(line) ?? '';
      return {
        headers: {
          'content-type': 'application/json',
          'messagebird-signature': signatureOf(isSpoilt ? `not ${key}` : key, timestamp, url, body),
          'messagebird-request-timestamp': timestamp,
        },
        answerWithinMs,
      };
    },
    again: ({ attempts, firstAt }, status) => {
      const gapMs = gaps[Math.min(attempts, gaps.length - 1)] ?? 0;
      const isTaken = status !== undefined && status >= 200 && status < 300;
      return isTaken || clock.now() + gapMs > firstAt + keepForMs ? undefined : gapMs;
    },
    onTried: ({ firstAt, attempts, body }, status) =>
      onDelivered({ at: clock.now(), status, attempt: attempts + 1, timestamp: timestampOf(firstAt), body }),
  });
}

function timestampOf(ms: number): string {
  return String(Math.floor(ms / 1000));
}
