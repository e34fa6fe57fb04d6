import { createHmac, randomBytes, randomInt } from 'node:crypto';
import type { Accounts, Owned } from './accounts.ts';
import type { Clock } from './clock.ts';
import type { Faults } from './faults.ts';
import type { Json } from './fields.ts';
import type { Ledger } from './ledger.ts';
import { createQueue, type Post } from './queue.ts';
import type { Store } from './store.ts';
import { subscriptionsOf } from './subscriptions.ts';
import { envelope, escapeAsGraph } from './updates.ts';

/** How many POSTs are under way at once: Meta's deliveries are concurrent. */
const maxConcurrent = 24;

/** Milliseconds that the receiver has to answer. */
const answerWithin = 10_000;

/** A fault that collects updates lets go of an incomplete collection after this. */
const heldAtMostMs = 1_000;

/** Milliseconds to the next attempt, by the number of failed ones; the last is repeated. Meta: at once, then ever less often … */
const gaps = [0, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000, 300_000, 1_800_000, 3_600_000];

/** … for up to seven days. */
const keepForMs = 7 * 24 * 3_600_000;

export type Webhooks = {
  /** Queues one update; it leaves after `inMs` of the clock. Call it inside the transaction that it tells of. */
  readonly push: (owned: Owned, userId: string, value: Json, inMs?: number) => void;
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
  const { store, accounts, clock, faults, ledger } = options;
  const queue = createQueue(store);
  const subscriptions = subscriptionsOf(store);
  const verified = new Set<string>();
  const inFlight = new Map<number, Promise<void>>();
  const stopping = new AbortController();
  const waiters: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  let holdTimer: NodeJS.Timeout | undefined;
  let scheduled = false;

  const post = (
    phoneNumberId: string,
    userId: string | undefined,
    updates: readonly Json[],
    dueAt: number,
    after?: number,
  ) => {
    const owned = accounts.byPhoneNumberId(phoneNumberId);
    if (owned === undefined) return undefined;
    const json = envelope(updates.map((value) => ({ wabaId: owned.account.wabaId, value })));
    const body = options.escape ? escapeAsGraph(json) : json;
    const id = queue.add({
      phoneNumberId,
      userId,
      body,
      updates: updates.length,
      dueAt,
      firstAt: clock.now(),
      afterId: after,
    });
    if (faults.take('duplicate') !== undefined) {
      queue.add({
        phoneNumberId,
        userId,
        body,
        updates: updates.length,
        dueAt,
        firstAt: clock.now(),
        afterId: undefined,
      });
    }
    return id;
  };

  /** Lets go of what `batch` or `reorder` collected. */
  const release = () => {
    clearTimeout(holdTimer);
    holdTimer = undefined;
    store.tx(() => {
      const held = queue.takeHeld();
      if (faults.armed('batch') !== undefined) {
        for (const [phoneNumberId, group] of Map.groupBy(held, (update) => update.phoneNumberId)) {
          post(
            phoneNumberId,
            group[0]?.userId,
            group.map(({ value }) => value),
            clock.now(),
          );
        }
      } else {
        let after: number | undefined;
        for (const update of held.toReversed()) {
          after = post(update.phoneNumberId, update.userId, [update.value], clock.now(), after);
        }
      }
    });
    faults.clear('batch');
    faults.clear('reorder');
    wake();
  };

  const push: Webhooks['push'] = (owned, userId, value, inMs = 0) => {
    if (!subscriptions.get(owned.account.wabaId).subscribed) return;
    const collecting = faults.armed('batch') ?? faults.armed('reorder');
    if (collecting !== undefined) {
      queue.hold(owned.account.phoneNumberId, userId, value);
      if (queue.heldCount() >= collecting.count) queueMicrotask(release);
      else holdTimer ??= setTimeout(release, heldAtMostMs).unref();
      return;
    }
    const delay = faults.take('delay');
    const late = delay === undefined ? 0 : (delay.delayMs ?? 5_000);
    post(owned.account.phoneNumberId, userId, [value], clock.now() + inMs + late);
  };

  const deliver = async (item: Post, owned: Owned): Promise<void> => {
    if (item.attempts === 0 && item.userId !== undefined) options.onLeave(item.phoneNumberId, item.userId);
    const status = await send(item, owned);
    if (stopping.signal.aborted) return;
    ledger.delivered({
      at: clock.now(),
      status,
      updates: item.updates,
      attempt: item.attempts + 1,
      body: item.body,
    });
    if (status === 200) queue.remove(item.id);
    else {
      const dueAt = clock.now() + (gaps[Math.min(item.attempts, gaps.length - 1)] ?? 0);
      if (dueAt > item.firstAt + keepForMs) {
        queue.remove(item.id);
        ledger.count('webhooksDropped');
      } else queue.failed(item.id, dueAt);
    }
  };

  /** The HTTP status of the answer; undefined when none came. */
  const send = async (item: Post, owned: Owned): Promise<number | undefined> => {
    const bytes = Buffer.from(item.body, 'utf8');
    const wrong = item.attempts === 0 ? faults.take('wrong-signature') : undefined;
    const secret = wrong === undefined ? owned.app.appSecrets[0] : randomBytes(16).toString('hex');
    try {
      const response = await fetch(callbackOf(owned), {
        method: 'POST',
        body: bytes,
        redirect: 'manual',
        headers: {
          'content-type': 'application/json',
          'user-agent': 'facebookexternalua',
          'x-hub-signature-256': `sha256=${createHmac('sha256', secret).update(bytes).digest('hex')}`,
        },
        signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(answerWithin)]),
      });
      await response.body?.cancel();
      return response.status;
    } catch {
      // Refused, reset or too late: to Meta all of them are "no answer".
      return undefined;
    }
  };

  const callbackOf = ({ account }: Owned) =>
    subscriptions.get(account.wabaId).overrideUri ?? account.webhookUrl;

  /** Starts what is due, then sleeps until the next is. */
  const pump = () => {
    scheduled = false;
    if (stopping.signal.aborted) return;
    clearTimeout(timer);
    const now = clock.now();
    const due = queue.due(now, maxConcurrent + inFlight.size, [...verified]);
    for (const item of due) {
      if (inFlight.size >= maxConcurrent) return;
      const owned = accounts.byPhoneNumberId(item.phoneNumberId);
      if (inFlight.has(item.id) || owned === undefined) continue;
      const work = deliver(item, owned).finally(() => {
        inFlight.delete(item.id);
        wake();
      });
      inFlight.set(item.id, work);
    }
    const next = queue.nextDue(now);
    if (next !== undefined) timer = setTimeout(wake, Math.min(next - now, 60_000)).unref();
  };

  const wake = () => {
    if (scheduled || stopping.signal.aborted) return;
    scheduled = true;
    setImmediate(pump);
  };

  const verify = verifier(stopping.signal);

  /** Verifies one callback until it answers well; Meta does it once, but here the product may still be starting. */
  const subscribe = async (owned: Owned): Promise<void> => {
    verified.delete(owned.account.phoneNumberId);
    for (let wait = 100; !stopping.signal.aborted; wait = Math.min(wait * 1.6, 2_000)) {
      const subscription = subscriptions.get(owned.account.wabaId);
      const problem = await verify(callbackOf(owned), subscription.verifyToken ?? owned.account.verifyToken);
      ledger.verified({ at: clock.now(), phoneNumberId: owned.account.phoneNumberId, problem });
      if (problem === undefined) break;
      await pause(wait, stopping.signal);
    }
    if (stopping.signal.aborted) return;
    verified.add(owned.account.phoneNumberId);
    // What failed while the callback was away has waited long enough.
    queue.dueNow(owned.account.phoneNumberId, clock.now());
    wake();
    if (verified.size === accounts.all.length) for (const resolve of waiters.splice(0)) resolve();
  };

  const running = accounts.all.map(subscribe);
  if (queue.heldCount() > 0) release();

  return {
    push,
    wake,
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
      clearTimeout(timer);
      clearTimeout(holdTimer);
      await Promise.allSettled([...inFlight.values(), ...running]);
    },
  };
}

/** Meta: "verification requests": the challenge has to come back as the whole body. */
function verifier(stopping: AbortSignal): Webhooks['verify'] {
  return async (callback, verifyToken) => {
    const challenge = String(randomInt(100_000_000, 999_999_999));
    try {
      const url = new URL(callback);
      url.searchParams.set('hub.mode', 'subscribe');
      url.searchParams.set('hub.challenge', challenge);
      url.searchParams.set('hub.verify_token', verifyToken);
      const response = await fetch(url, {
        redirect: 'manual',
        signal: AbortSignal.any([stopping, AbortSignal.timeout(answerWithin)]),
      });
      const body = await response.text();
      if (response.status !== 200) return `HTTP Status Code = ${response.status}`;
      return body === challenge ? undefined : 'the challenge was not echoed';
    } catch {
      return 'no answer';
    }
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
