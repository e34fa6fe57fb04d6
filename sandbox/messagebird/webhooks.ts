import type { Clock } from '../meta/clock.ts';
import { createPoster } from '../provider/poster.ts';
import type { Faults } from './faults.ts';
import type { Json } from './fields.ts';
import { signatureOf } from './sign.ts';

/** Milliseconds that a receiver has to answer. */
const answerWithin = 10_000;

/** Milliseconds to the next attempt, by the number of failed ones. MessageBird documents that it repeats, not when: ours. */
const gaps = [1_000, 5_000, 30_000, 120_000, 600_000];

export type Post = {
  readonly url: string;
  readonly key: string;
  readonly body: Json;
};

export type Attempt = {
  readonly at: number;
  readonly url: string;
  readonly body: string;
  readonly status: number | undefined;
};

export type Webhooks = {
  /** Queues one POST, to leave after `inMs` of the clock. */
  readonly push: (post: Post, inMs?: number) => void;
  /** Sends what is due. Call it after the clock was moved. Resolves once nothing that was due is left. */
  readonly wake: () => Promise<void>;
  readonly waiting: () => number;
  readonly attempts: readonly Attempt[];
  readonly stop: () => void;
};

type Queued = { post: Post; body: string; dueAt: number; failed: number };

export function createWebhooks(clock: Clock, faults: Faults): Webhooks {
  const poster = createPoster(8);
  const queue: Queued[] = [];
  const attempts: Attempt[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const attempt = async (queued: Queued): Promise<void> => {
    const { url, key } = queued.post;
    const { body } = queued;
    const isFirst = queued.failed === 0;
    const headers = {
      'content-type': 'application/json',
      'messagebird-signature-jwt': signatureOf({
        key: isFirst && faults.take('wrong-signature') ? 'another-key' : key,
        url: isFirst && faults.take('wrong-url') ? `${url}#elsewhere` : url,
        body,
        nowMs: clock.now(),
        withPayloadHash: !(isFirst && faults.take('no-payload-hash')),
      }),
    };
    const status = await poster.post(url, headers, Buffer.from(body), answerWithin);
    attempts.push({ at: clock.now(), url, body, status });
    if (status !== undefined && status >= 200 && status < 300) return;
    const gap = gaps[queued.failed];
    // Given up: MessageBird repeats a delivery, but not for ever.
    if (gap !== undefined) queue.push({ ...queued, failed: queued.failed + 1, dueAt: clock.now() + gap });
  };

  const drain = async (): Promise<void> => {
    clearTimeout(timer);
    while (!isStopped) {
      queue.sort((a, b) => a.dueAt - b.dueAt);
      const next = queue[0];
      if (next === undefined || next.dueAt > clock.now()) break;
      queue.shift();
      await attempt(next);
    }
    if (!isStopped) plan();
  };

  // One at a time: two that drain the queue at once would change its order.
  let draining = Promise.resolve();
  const wake = (): Promise<void> => {
    draining = draining.then(drain);
    return draining;
  };

  const plan = () => {
    const next = Math.min(...queue.map(({ dueAt }) => dueAt));
    clearTimeout(timer);
    if (!Number.isFinite(next)) return;
    const wait = Math.max(0, Math.min(next - clock.now(), 60_000));
    timer = setTimeout(() => void wake(), wait).unref();
  };

  return {
    attempts,
    wake,
    waiting: () => queue.length,
    push: (post, inMs = 0) => {
      if (faults.take('lost')) return;
      const late = faults.take('delay');
      const wait = late === undefined ? 0 : (late.delayMs ?? 5_000);
      const queued = { post, body: JSON.stringify(post.body), dueAt: clock.now() + inMs + wait, failed: 0 };
      queue.push(queued);
      if (faults.take('duplicate')) queue.push({ ...queued });
      plan();
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
      poster.close();
    },
  };
}
