import type { Clock } from '../provider/clock.ts';
import type { Post } from '../provider/queue.ts';
import type { Store } from '../provider/store.ts';
import { createWebhooks as createAll, type Receivers, type Webhooks } from '../provider/webhooks.ts';
import type { Customer } from './accounts.ts';
import type { Faults } from './faults.ts';
import { signatureOf } from './sign.ts';

/** One at a time: two at once would change their order. */
const maxConcurrent = 1;

/** Milliseconds that a receiver has to answer. */
const answerWithinMs = 10_000;

/** Milliseconds to the next attempt, by the number of failed ones. MessageBird documents that it repeats, not when: ours. */
const gaps = [1_000, 5_000, 30_000, 120_000, 600_000];

export type Attempt = {
  readonly at: number;
  readonly url: string;
  readonly body: string;
  readonly status: number | undefined;
};

export type WebhooksOptions = {
  readonly store: Store;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly customers: readonly Customer[];
  readonly receivers: Receivers;
  readonly onLeave: (post: Post) => void;
  readonly onAttempt: (attempt: Attempt) => void;
};

/** A line is a channel's id. */
export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { clock, customers, faults, onAttempt } = options;
  const keyOf = (line: string) =>
    customers.find(({ channels }) => channels.some(({ id }) => id === line))?.signingKey ?? '';
  return createAll({
    ...options,
    maxConcurrent,
    sign: ({ line, attempts, body }, url) => {
      const isFirst = attempts === 0;
      const signature = signatureOf({
        key: isFirst && faults.take('wrong-signature') ? 'another-key' : keyOf(line),
        url: isFirst && faults.take('wrong-url') ? `${url}#elsewhere` : url,
        body,
        nowMs: clock.now(),
        withPayloadHash: !(isFirst && faults.take('no-payload-hash')),
      });
      return {
        headers: { 'content-type': 'application/json', 'messagebird-signature-jwt': signature },
        answerWithinMs,
      };
    },
    again: ({ attempts }, status) => {
      const isTaken = status !== undefined && status >= 200 && status < 300;
      return isTaken ? undefined : gaps[attempts];
    },
    onTried: ({ url = '', body }, status) => onAttempt({ at: clock.now(), url, body, status }),
  });
}
