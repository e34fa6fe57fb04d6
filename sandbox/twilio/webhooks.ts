import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { Faults } from './faults.ts';
import { type Params, signatureOf } from './signature.ts';

/** An attempt to deliver. */
export type Attempt = {
  readonly url: string;
  /** What was answered; undefined where nothing was. */
  readonly status: number | undefined;
  readonly params: Params;
};

export type Webhooks = {
  /** Resolves when it was taken or given up. */
  readonly deliver: (authToken: string, url: string, params: Params) => Promise<void>;
  readonly attempts: readonly Attempt[];
  /** Resolves when nothing is under way. */
  readonly idle: () => Promise<void>;
  readonly stop: () => Promise<void>;
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

export function createWebhooks(faults: Faults, betweenMs: number): Webhooks {
  const attempts: Attempt[] = [];
  const underWay = new Set<Promise<void>>();
  const stopping = new AbortController();

  async function post(url: string, token: string, key: string, params: Params, timeoutMs: number) {
    const isForged = faults.take('wrong-signature') !== undefined;
    const bare = url.split('#')[0] ?? '';
    try {
      const response = await fetch(bare, {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded; charset=UTF-8',
          'x-twilio-signature': signatureOf(isForged ? `not-${token}` : token, bare, params),
          'i-twilio-idempotency-token': key,
          'user-agent': 'TwilioProxy/1.1',
        },
        body: new URLSearchParams(params.map(([name, value]) => [name, value])).toString(),
        redirect: 'manual',
        signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(timeoutMs)]),
      });
      await response.arrayBuffer();
      return response.status;
    } catch {
      // Refused, reset or too late: no answer.
      return undefined;
    }
  }

  async function run(token: string, url: string, params: Params): Promise<void> {
    const { retries, on, timeoutMs } = overridesOf(url);
    const key = randomUUID();
    for (let attempt = 0; attempt <= retries && !stopping.signal.aborted; attempt++) {
      if (attempt > 0) await wait(betweenMs, undefined, { ref: false });
      const status = await post(url, token, key, params, timeoutMs);
      attempts.push({ url, status, params });
      if (!isRepeated(on, status)) return;
    }
  }

  function deliver(token: string, url: string, params: Params): Promise<void> {
    if (faults.take('lost') !== undefined) return Promise.resolve();
    const times = faults.take('duplicate') === undefined ? 1 : 2;
    const done = Promise.all(Array.from({ length: times }, () => run(token, url, params)))
      .then(() => {})
      .finally(() => underWay.delete(done));
    underWay.add(done);
    return done;
  }

  async function idle(): Promise<void> {
    while (underWay.size > 0) await Promise.all(underWay);
  }

  return {
    deliver,
    attempts,
    idle,
    stop: () => {
      stopping.abort();
      return idle();
    },
  };
}
