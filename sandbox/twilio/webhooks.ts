import { createHash } from 'node:crypto';
import type { Clock } from '../provider/clock.ts';
import type { Post } from '../provider/queue.ts';
import type { Store } from '../provider/store.ts';
import { createWebhooks as createAll, type Receivers, type Webhooks } from '../provider/webhooks.ts';
import type { TwilioAccount } from './accounts.ts';
import type { Faults } from './faults.ts';
import { type Params, signatureOf } from './signature.ts';

/** How many are under way at once. */
const maxConcurrent = 24;

/** An attempt to deliver. */
export type Attempt = {
  readonly url: string;
  /** What was answered; undefined where nothing was. */
  readonly status: number | undefined;
  readonly params: Params;
};

export type WebhooksOptions = {
  readonly store: Store;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly receivers: Receivers;
  readonly accountOf: (line: string) => TwilioAccount | undefined;
  readonly retryMs: number;
  readonly onLeave: (post: Post) => void;
  readonly onAttempt: (attempt: Attempt) => void;
};

/**
 * What the fragment of a webhook's URL asks for; without one, Twilio repeats once, and only where no connection was made.
 * https://www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
 */
function overridesOf(url: string): { retries: number; on: readonly string[]; timeoutMs: number } {
  const asked = new URLSearchParams(url.split('#')[1] ?? '');
  const number = (name: string, most: number, otherwise: number) => {
    const value = asked.get(name);
    return value !== null && /^\d{1,6}$/.test(value) ? Math.min(Number(value), most) : otherwise;
  };
  return {
    retries: number('rc', 5, 1),
    on: (asked.get('rp') ?? 'ct').split(','),
    timeoutMs: number('rt', 15_000, 15_000),
  };
}

function isRepeated(on: readonly string[], status: number | undefined): boolean {
  if (on.includes('all')) return status === undefined || status >= 400;
  if (status === undefined) return on.includes('ct') || on.includes('rt');
  if (status >= 500) return on.includes('5xx');
  return status >= 400 && on.includes('4xx');
}

export function paramsIn(body: string): Params {
  return [...new URLSearchParams(body)];
}

export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { faults, receivers } = options;
  const urlOf = ({ url, line }: Post) => url ?? receivers.urls.get(line) ?? '';
  return createAll({
    ...options,
    maxConcurrent,
    receivers: { ...receivers, route: (url) => (receivers.route ?? String)(url.split('#')[0] ?? '') },
    sign: (post, url) => {
      const token = options.accountOf(post.line)?.authToken ?? '';
      const isForged = faults.take('wrong-signature') !== undefined;
      return {
        headers: {
          'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
          'x-twilio-signature': signatureOf(isForged ? `not-${token}` : token, url, paramsIn(post.body)),
          'i-twilio-idempotency-token': idempotencyToken(post),
          'user-agent': 'TwilioProxy/1.1',
        },
        answerWithinMs: overridesOf(url).timeoutMs,
      };
    },
    again: (post, status) => {
      const { retries, on } = overridesOf(urlOf(post));
      return post.attempts < retries && isRepeated(on, status) ? options.retryMs : undefined;
    },
    onTried: (post, status) => options.onAttempt({ url: urlOf(post), status, params: paramsIn(post.body) }),
  });
}

/** The same for every attempt of one delivery. */
function idempotencyToken({ id, firstAt }: Post): string {
  return createHash('sha256').update(`${id}/${firstAt}`).digest('hex').slice(0, 32);
}
