import { createHash, createHmac } from 'node:crypto';
import type { Clock } from '../meta/clock.ts';
import { createPoster } from '../provider/poster.ts';
import type { BirdChannel } from './accounts.ts';
import type { Faults } from './faults.ts';

/** Milliseconds that the receiver has to answer, and to the next attempt by the number of failed ones: Bird publishes neither. */
const answerWithin = 10_000;
const gaps = [1_000, 5_000, 30_000, 120_000, 600_000, 1_800_000, 3_600_000];

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

type Post = {
  readonly channel: BirdChannel;
  readonly body: string;
  readonly firstAt: number;
  dueAt: number;
  attempts: number;
};

export type Webhooks = {
  readonly push: (channel: BirdChannel, event: string, payload: object, dueAt?: number) => void;
  /** Sends what is due; call it after the clock was moved. */
  readonly wake: () => void;
  readonly waiting: () => number;
  readonly deliveries: readonly DeliveryEntry[];
  readonly stop: () => Promise<void>;
};

/** base64(HMAC-SHA256(key, timestamp, line feed, URL, line feed, the 32 bytes of the body's SHA-256)). */
export function signatureOf(key: string, timestamp: string, url: string, body: string): string {
  const hash = createHash('sha256').update(body).digest();
  return createHmac('sha256', key).update(`${timestamp}\n${url}\n`).update(hash).digest('base64');
}

export function createWebhooks(
  clock: Clock,
  faults: Faults,
  onDelivered: (entry: DeliveryEntry) => void = () => {},
): Webhooks {
  const queue: Post[] = [];
  const deliveries: DeliveryEntry[] = [];
  const poster = createPoster(8);
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let isStopped = false;

  const send = async (post: Post): Promise<void> => {
    const { channel, body } = post;
    const timestamp = String(Math.floor(post.firstAt / 1000));
    const isSpoilt = post.attempts === 0 && faults.take('wrong-signature') !== undefined;
    const key = isSpoilt ? `not ${channel.signingKey}` : channel.signingKey;
    const headers = {
      'content-type': 'application/json',
      'messagebird-signature': signatureOf(key, timestamp, channel.webhookUrl, body),
      'messagebird-request-timestamp': timestamp,
    };
    const status = await poster.post(channel.webhookUrl, headers, Buffer.from(body), answerWithin);
    post.attempts += 1;
    const entry = { at: clock.now(), status, attempt: post.attempts, timestamp, body };
    deliveries.push(entry);
    onDelivered(entry);
    const dueAt = clock.now() + (gaps[Math.min(post.attempts, gaps.length) - 1] ?? 0);
    const isTaken = status !== undefined && status >= 200 && status < 300;
    if (isTaken || dueAt > post.firstAt + keepForMs) queue.splice(queue.indexOf(post), 1);
    else post.dueAt = dueAt;
  };

  const pump = async (): Promise<void> => {
    for (;;) {
      const now = clock.now();
      const due = queue.filter((post) => post.dueAt <= now).toSorted((a, b) => a.dueAt - b.dueAt)[0];
      if (due === undefined || isStopped) return;
      await send(due);
    }
  };

  const wake = (): void => {
    if (isStopped || running !== undefined) return;
    clearTimeout(timer);
    running = pump().finally(() => {
      running = undefined;
      const next = Math.min(...queue.map(({ dueAt }) => dueAt));
      if (!isStopped && Number.isFinite(next)) {
        timer = setTimeout(wake, Math.min(Math.max(next - clock.now(), 5), 60_000)).unref();
      }
    });
  };

  return {
    push: (channel, event, payload, dueAt = clock.now()) => {
      const body = JSON.stringify({ service: 'channels', event, payload });
      const times = faults.take('duplicate') === undefined ? 1 : 2;
      for (let count = 0; count < times; count++) {
        queue.push({ channel, body, firstAt: dueAt, dueAt, attempts: 0 });
      }
      wake();
    },
    wake,
    waiting: () => queue.length,
    deliveries,
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      poster.close();
      await running;
    },
  };
}
