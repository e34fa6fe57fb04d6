import type { Clock } from './clock.ts';
import { createPoster } from './poster.ts';
import type { Post, Queue } from './queue.ts';
import type { Store } from './store.ts';

/** POSTs read from the queue at a time. */
const readAhead = 200;

/** Milliseconds after which the queue is looked at again in any case: the clock may have been moved. */
const lookEveryMs = 60_000;

/** A POST as it leaves, signed for this attempt. */
export type Signed = {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds that the receiver has to answer. */
  readonly answerWithinMs: number;
};

export type CourierOptions = {
  readonly store: Store;
  readonly queue: Queue;
  readonly clock: Clock;
  /** How many are under way at once. */
  readonly maxConcurrent: number;
  /** Lines whose receiver may be called. */
  readonly lines: () => readonly string[];
  /** Undefined where nobody is to be told any more. */
  readonly sign: (post: Post, bytes: Uint8Array) => Signed | undefined | Promise<Signed | undefined>;
  /** Milliseconds until the post is tried again; undefined where it was taken, or is given up. */
  readonly again: (post: Post, status: number | undefined) => number | undefined;
  /** A post leaves for the first time. */
  readonly onLeave?: (post: Post) => void;
  /** An attempt has ended: the status of the answer, or undefined where none came. */
  readonly onTried?: (post: Post, status: number | undefined, isLast: boolean) => void;
};

export type Courier = {
  /** Looks at the queue again: after a commit, and whenever the clock was moved. */
  readonly wake: () => void;
  /** Resolves when the queue is empty. */
  readonly idle: () => Promise<void>;
  /** Looks at the queue again, and resolves when all that is due has been tried. */
  readonly quiet: () => Promise<void>;
  readonly stop: () => Promise<void>;
};

type Answered = { readonly post: Post; readonly status: number | undefined };

/** Takes POSTs out of the queue and to their receivers, several at a time, until each is taken or given up. */
export function createCourier(options: CourierOptions): Courier {
  const { clock, queue, store, maxConcurrent } = options;
  const poster = createPoster(maxConcurrent);
  const inFlight = new Map<number, Promise<void>>();
  const ready: Post[] = [];
  const answered: Answered[] = [];
  const waiters: (() => void)[] = [];
  const listeners: (() => void)[] = [];
  let timer: NodeJS.Timeout | undefined;
  let isScheduled = false;
  let isStopped = false;

  const deliver = async (post: Post): Promise<void> => {
    if (post.attempts === 0) options.onLeave?.(post);
    const bytes = Buffer.from(post.body, 'utf8');
    const signed = await options.sign(post, bytes);
    if (isStopped) return;
    const status =
      signed === undefined
        ? 200
        : await poster.post(signed.url, signed.headers, bytes, signed.answerWithinMs);
    answered.push({ post, status });
    wake();
  };

  const settle = ({ post, status }: Answered) => {
    const gapMs = options.again(post, status);
    options.onTried?.(post, status, gapMs === undefined);
    if (gapMs === undefined) queue.remove(post.id);
    else queue.failed(post.id, clock.now() + gapMs);
  };

  /** Writes down what came of the POSTs that ended since the last look: many in one commit. */
  const settleAll = () => {
    const ended = answered.splice(0);
    if (ended.length > 0) store.tx(() => ended.forEach((one) => void settle(one)));
    for (const { post } of ended) inFlight.delete(post.id);
    if (waiters.length > 0 && queue.count() === 0) for (const resolve of waiters.splice(0)) resolve();
  };

  /** Starts what is due, then sleeps until the next is. */
  const pump = () => {
    isScheduled = false;
    if (isStopped) return;
    clearTimeout(timer);
    settleAll();
    const now = clock.now();
    if (ready.length === 0 && inFlight.size < maxConcurrent) {
      // What is under way still lies in the queue, so it is read along and left out.
      const due = queue.due(now, readAhead + inFlight.size, options.lines());
      ready.push(...due.filter(({ id }) => !inFlight.has(id)));
    }
    for (const post of ready.splice(0, maxConcurrent - inFlight.size)) inFlight.set(post.id, deliver(post));
    if (inFlight.size === 0) for (const resolve of listeners.splice(0)) resolve();
    const next = queue.nextDue(now);
    if (next !== undefined) timer = setTimeout(wake, Math.min(next - now, lookEveryMs)).unref();
  };

  const wake = () => {
    if (isScheduled || isStopped) return;
    isScheduled = true;
    setImmediate(pump);
  };

  return {
    wake,
    idle: () => (queue.count() === 0 ? Promise.resolve() : new Promise((resolve) => waiters.push(resolve))),
    quiet: () => {
      wake();
      return isStopped ? Promise.resolve() : new Promise((resolve) => listeners.push(resolve));
    },
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      poster.close();
      await Promise.allSettled(inFlight.values());
      // Those broken off just now were not refused: the next start sends them again as they were.
      answered.splice(0, answered.length, ...answered.filter(({ status }) => status !== undefined));
      settleAll();
      for (const resolve of [...waiters.splice(0), ...listeners.splice(0)]) resolve();
    },
  };
}
