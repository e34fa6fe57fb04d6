import { defaultDelayMs } from '../provider/faults.ts';
import type { Queue } from '../provider/queue.ts';
import type { Accounts, Owned } from './accounts.ts';
import type { Clock } from './clock.ts';
import type { Faults } from './faults.ts';
import { isObject, type Json } from './fields.ts';
import type { Store } from './store.ts';
import type { Subscriptions } from './subscriptions.ts';
import { envelope, escapeAsGraph } from './updates.ts';

/** A fault that collects updates lets go of an incomplete collection after this many milliseconds. */
const heldAtMostMs = 1_000;

/** Puts updates into POSTs and the POSTs into the queue, spoilt by the faults that are armed. */
export type Outbox = {
  /** Queues one update, to leave after `inMs` of the clock. Part of the caller's transaction. */
  readonly push: (owned: Owned, userId: string, value: Json, inMs?: number) => void;
  /** Lets go of what `batch` or `reorder` collected. */
  readonly release: () => void;
  readonly stop: () => void;
};

export type OutboxOptions = {
  readonly store: Store;
  readonly queue: Queue;
  readonly accounts: Accounts;
  readonly subscriptions: Subscriptions;
  readonly clock: Clock;
  readonly faults: Faults;
  readonly escape: boolean;
  readonly onQueued: () => void;
};

export function createOutbox(options: OutboxOptions): Outbox {
  const { store, queue, subscriptions, clock, faults } = options;
  let holdTimer: NodeJS.Timeout | undefined;
  const release = () => {
    clearTimeout(holdTimer);
    holdTimer = undefined;
    store.tx(() =>
      faults.armed('batch') === undefined ? releaseReordered(options) : releaseBatched(options),
    );
    faults.clear('batch');
    faults.clear('reorder');
    options.onQueued();
  };
  return {
    release,
    push: (owned, userId, value, inMs = 0) => {
      const { phoneNumberId, wabaId } = owned.account;
      if (!subscriptions.get(wabaId).subscribed) return;
      const collecting = faults.armed('batch') ?? faults.armed('reorder');
      if (collecting === undefined) {
        const delay = faults.take('delay');
        const late = delay === undefined ? 0 : (delay.delayMs ?? defaultDelayMs);
        queuePost(options, phoneNumberId, userId, [value], clock.now() + inMs + late);
        return;
      }
      queue.hold(phoneNumberId, userId, value);
      // After the transaction that this belongs to.
      if (queue.heldCount() >= collecting.count) queueMicrotask(release);
      else holdTimer ??= setTimeout(release, heldAtMostMs).unref();
    },
    stop: () => clearTimeout(holdTimer),
  };
}

function queuePost(
  options: OutboxOptions,
  phoneNumberId: string,
  userId: string | undefined,
  values: readonly Json[],
  dueAt: number,
  afterId?: number,
): number | undefined {
  const { accounts, queue, clock, faults } = options;
  const wabaId = accounts.byPhoneNumberId(phoneNumberId)?.account.wabaId;
  // An account that was taken out of the configuration has nobody to tell.
  if (wabaId === undefined) return undefined;
  const json = envelope(values.map((value) => ({ wabaId, value })));
  const body = options.escape ? escapeAsGraph(json) : json;
  const post = { line: phoneNumberId, userId, body, updates: values.length, dueAt, firstAt: clock.now() };
  const id = queue.add({ ...post, afterId });
  if (faults.take('duplicate') !== undefined) queue.add(post);
  return id;
}

function releaseBatched(options: OutboxOptions): void {
  const groups = Map.groupBy(options.queue.takeHeld(), ({ line }) => line);
  for (const [phoneNumberId, group] of groups) {
    const values = group.map(({ value }) => value).filter(isObject);
    queuePost(options, phoneNumberId, group[0]?.userId, values, options.clock.now());
  }
}

/** Each waits for the one before it, so that the reverse order is certain. */
function releaseReordered(options: OutboxOptions): void {
  let after: number | undefined;
  for (const { line, userId, value } of options.queue.takeHeld().toReversed()) {
    if (isObject(value)) after = queuePost(options, line, userId, [value], options.clock.now(), after);
  }
}
