import { createHmac, randomBytes } from 'node:crypto';
import type { Accounts, Owned } from './accounts.ts';
import type { Clock } from './clock.ts';
import type { Faults } from './faults.ts';
import { createPoster, type Poster } from './http-post.ts';
import type { Ledger } from './ledger.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { createQueue, type Post, type Queue } from './queue.ts';
import type { Store } from './store.ts';
import { type Subscriptions, subscriptionsOf } from './subscriptions.ts';
import { untilVerified, verifyCallback } from './verification.ts';

/** How many POSTs are under way at once: Meta's deliveries are concurrent. */
const maxConcurrent = 24;

/** POSTs read from the queue at a time. */
const readAhead = 200;

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
  const courier = createCourier({ ...options, queue, subscriptions, verified, stopping: stopping.signal });
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

type CourierOptions = WebhooksOptions & {
  readonly queue: Queue;
  readonly subscriptions: Subscriptions;
  /** Phone number ids whose callback has proved itself. */
  readonly verified: ReadonlySet<string>;
  readonly stopping: AbortSignal;
};

type Answered = { readonly item: Post; readonly status: number | undefined };

/** Takes POSTs out of the queue and to their callbacks, several at a time. */
function createCourier(options: CourierOptions): { wake: () => void; stop: () => Promise<void> } {
  const { accounts, clock, queue, store, verified, stopping } = options;
  const poster = createPoster(maxConcurrent);
  const inFlight = new Map<number, Promise<void>>();
  const ready: Post[] = [];
  const answered: Answered[] = [];
  let timer: NodeJS.Timeout | undefined;
  let scheduled = false;

  const deliver = async (item: Post, owned: Owned): Promise<void> => {
    if (item.attempts === 0 && item.userId !== undefined) options.onLeave(item.phoneNumberId, item.userId);
    answered.push({ item, status: await send(options, poster, item, owned) });
    wake();
  };

  /** Writes down what came of the POSTs that ended since the last look: many in one commit. */
  const settleAll = () => {
    const ended = answered.splice(0);
    if (ended.length > 0) store.tx(() => ended.forEach((one) => void settle(options, one)));
    for (const { item } of ended) inFlight.delete(item.id);
  };

  /** Starts what is due, then sleeps until the next is. */
  const pump = () => {
    scheduled = false;
    if (stopping.aborted) return;
    clearTimeout(timer);
    settleAll();
    const now = clock.now();
    if (ready.length === 0 && inFlight.size < maxConcurrent) {
      // What is under way still lies in the queue, so it is read along and left out.
      const due = queue.due(now, readAhead + inFlight.size, [...verified]);
      ready.push(...due.filter(({ id }) => !inFlight.has(id)));
    }
    for (const item of ready.splice(0, maxConcurrent - inFlight.size)) {
      const owned = accounts.byPhoneNumberId(item.phoneNumberId);
      if (owned !== undefined) inFlight.set(item.id, deliver(item, owned));
    }
    const next = queue.nextDue(now);
    if (next !== undefined) timer = setTimeout(wake, Math.min(next - now, 60_000)).unref();
  };

  const wake = () => {
    if (scheduled || stopping.aborted) return;
    scheduled = true;
    setImmediate(pump);
  };

  return {
    wake,
    stop: async () => {
      clearTimeout(timer);
      poster.close();
      await Promise.allSettled(inFlight.values());
      // Those broken off just now were not refused: the next start sends them again as they were.
      answered.splice(0, answered.length, ...answered.filter(({ status }) => status !== undefined));
      settleAll();
    },
  };
}

/** The HTTP status of the answer; undefined when none came. */
function send(
  { faults, subscriptions }: CourierOptions,
  poster: Poster,
  item: Post,
  owned: Owned,
): Promise<number | undefined> {
  const bytes = Buffer.from(item.body, 'utf8');
  const wrong = item.attempts === 0 ? faults.take('wrong-signature') : undefined;
  const secret = wrong === undefined ? owned.app.appSecrets[0] : randomBytes(16).toString('hex');
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'facebookexternalua',
    'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`,
  };
  return poster.post(callbackOf(owned, subscriptions), headers, bytes, answerWithin);
}

function settle({ clock, ledger, queue }: CourierOptions, { item, status }: Answered): void {
  const { updates, body } = item;
  ledger.delivered({ at: clock.now(), status, updates, attempt: item.attempts + 1, body });
  const dueAt = clock.now() + (gaps[Math.min(item.attempts, gaps.length - 1)] ?? 0);
  const isGivenUp = dueAt > item.firstAt + keepForMs;
  if (status !== 200 && !isGivenUp) queue.failed(item.id, dueAt);
  else queue.remove(item.id);
  if (status !== 200 && isGivenUp) ledger.count('webhooksDropped');
}
