import { createHmac, randomBytes } from 'node:crypto';
import { createCourier, type Signed } from '../provider/courier.ts';
import { createQueue, type Post } from '../provider/queue.ts';
import type { Accounts, Owned } from './accounts.ts';
import type { Clock } from './clock.ts';
import type { Faults } from './faults.ts';
import type { Ledger } from './ledger.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import type { Store } from './store.ts';
import { type Subscriptions, subscriptionsOf } from './subscriptions.ts';
import { untilVerified, verifyCallback } from './verification.ts';

/** How many POSTs are under way at once: Meta's deliveries are concurrent. */
const maxConcurrent = 24;

/** Milliseconds that the receiver has to answer. */
const answerWithin = 10_000;

/** Milliseconds to the next attempt, by the number of failed ones; the last is repeated. Meta: at once, then ever less often … */
const gaps = [0, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000, 300_000, 1_800_000, 3_600_000];

/** … for up to seven days. */
const keepForMs = 7 * 24 * 3_600_000;

export type Webhooks = {
  readonly push: Outbox['push'];
  /** Looks at the queue again: after a commit, and whenever the clock was moved. */
  readonly wake: () => void;
  /** Resolves once every subscribed callback has echoed its challenge. */
  readonly ready: () => Promise<void>;
  /** Calls the callback with a challenge. Resolves to undefined when it is echoed, else to what went wrong. */
  readonly verify: (url: string, verifyToken: string) => Promise<string | undefined>;
  /** The callback of a WABA has changed: verify it again before anything is sent. */
  readonly resubscribed: (wabaId: string) => void;
  readonly waiting: () => number;
  readonly stop: () => Promise<void>;
};

export type WebhooksOptions = {
  readonly store: Store;
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly ledger: Ledger;
  /** Non-ASCII as `\uXXXX` in the signed bytes. */
  readonly escape: boolean;
  /** Hears when an update about a chat leaves for the first time. */
  readonly onLeave: (phoneNumberId: string, userId: string) => void;
};

export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { store, accounts, clock, ledger } = options;
  const queue = createQueue(store);
  const subscriptions = subscriptionsOf(store);
  const stopping = new AbortController();
  const verified = new Set<string>();
  const waiters: (() => void)[] = [];
  const calling = { ...options, subscriptions };
  const courier = createCourier({
    store,
    queue,
    clock,
    maxConcurrent,
    lines: () => [...verified],
    sign: (post, bytes) => sign(calling, post, bytes),
    again: (post, status) => again(clock, post, status),
    onLeave: ({ line, userId }) => {
      if (userId !== undefined) options.onLeave(line, userId);
    },
    onTried: ({ attempts, updates, body }, status, isLast) => {
      ledger.delivered({ at: clock.now(), status, updates, attempt: attempts + 1, body });
      if (isLast && status !== 200) ledger.count('webhooksDropped');
    },
  });
  const outbox = createOutbox({ ...options, queue, subscriptions, onQueued: courier.wake });
  const verify = (url: string, token: string) => verifyCallback(url, token, answerWithin, stopping.signal);

  const subscribe = async (owned: Owned): Promise<void> => {
    const { phoneNumberId, wabaId } = owned.account;
    verified.delete(phoneNumberId);
    const attempt = async () => {
      const token = subscriptions.get(wabaId).verifyToken ?? owned.account.verifyToken;
      const problem = await verify(callbackOf(owned, subscriptions), token);
      ledger.verified({ at: clock.now(), phoneNumberId, problem });
      return problem;
    };
    if (!(await untilVerified(attempt, stopping.signal))) return;
    verified.add(phoneNumberId);
    // What failed while the callback was away has waited long enough.
    queue.dueNow(phoneNumberId, clock.now());
    courier.wake();
    if (verified.size === accounts.all.length) for (const resolve of waiters.splice(0)) resolve();
  };

  const running = accounts.all.map(subscribe);
  if (queue.heldCount() > 0) outbox.release();

  return {
    push: outbox.push,
    wake: courier.wake,
    verify,
    ready: () =>
      verified.size === accounts.all.length
        ? Promise.resolve()
        : new Promise((resolve) => waiters.push(resolve)),
    resubscribed: (wabaId) => {
      running.push(...accounts.byWabaId(wabaId).map(subscribe));
    },
    waiting: () => queue.count(),
    stop: async () => {
      stopping.abort();
      outbox.stop();
      await courier.stop();
      await Promise.allSettled(running);
    },
  };
}

function callbackOf({ account }: Owned, subscriptions: Subscriptions): string {
  return subscriptions.get(account.wabaId).overrideUri ?? account.webhookUrl;
}

type CallOptions = WebhooksOptions & { readonly subscriptions: Subscriptions };

/** Signed with the app's secret, the first attempt wrongly where a fault says so. */
function sign(
  { accounts, faults, subscriptions }: CallOptions,
  post: Post,
  bytes: Uint8Array,
): Signed | undefined {
  const owned = accounts.byPhoneNumberId(post.line);
  if (owned === undefined) return undefined;
  const wrong = post.attempts === 0 ? faults.take('wrong-signature') : undefined;
  const secret = wrong === undefined ? owned.app.appSecrets[0] : randomBytes(16).toString('hex');
  return {
    url: callbackOf(owned, subscriptions),
    headers: {
      'content-type': 'application/json',
      'user-agent': 'facebookexternalua',
      'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`,
    },
    answerWithinMs: answerWithin,
  };
}

function again(clock: Clock, { attempts, firstAt }: Post, status: number | undefined): number | undefined {
  const gapMs = gaps[Math.min(attempts, gaps.length - 1)] ?? 0;
  return status === 200 || clock.now() + gapMs > firstAt + keepForMs ? undefined : gapMs;
}
