import { connect } from 'node:net';
import type { Clock } from './clock.ts';
import { createCourier, type Signed } from './courier.ts';
import { defaultDelayMs } from './faults.ts';
import { createQueue, type NewPost, type Post } from './queue.ts';
import type { Store } from './store.ts';

/** Where a line's news go, and how the product is found. */
export type Receivers = {
  /** The webhook URL of each line. */
  readonly urls: ReadonlyMap<string, string>;
  /**
   * Nothing leaves for a line before its receiver takes connections. Real providers do not wait; but here they are started together with
   * the product.
   */
  readonly wait?: boolean;
  /** Where a URL leads on this machine: as DNS would say. It is signed as it stands all the same. */
  readonly route?: (url: string) => string;
};

export type NewsPost = Pick<NewPost, 'line' | 'userId' | 'body' | 'afterId'> & { readonly url?: string };

export type Webhooks = {
  /** Queues one POST, to leave after `inMs` of the clock, spoilt by the faults that are armed. Its id. */
  readonly push: (post: NewsPost, inMs?: number) => number;
  /** Looks at the queue again: whenever the clock was moved. */
  readonly wake: () => void;
  /** Resolves when nothing is queued. */
  readonly idle: () => Promise<void>;
  /** Looks at the queue again, and resolves when all that is due has been tried. */
  readonly quiet: () => Promise<void>;
  /** Resolves once every receiver takes connections, where they are waited for. */
  readonly ready: () => Promise<void>;
  /** What no receiver has taken yet. */
  readonly waiting: () => number;
  readonly stop: () => Promise<void>;
};

export type WebhooksOptions = {
  readonly store: Store;
  readonly clock: Clock;
  readonly faults: {
    readonly take: (fault: 'duplicate' | 'delay') => { readonly delayMs?: number } | undefined;
  };
  readonly receivers: Receivers;
  readonly maxConcurrent: number;
  /** `url` is where the post goes, as it is to be signed. */
  readonly sign: (
    post: Post,
    url: string,
    bytes: Uint8Array,
  ) => Omit<Signed, 'url'> | Promise<Omit<Signed, 'url'>>;
  /** Milliseconds until the post is tried again; undefined where it was taken, or is given up. */
  readonly again: (post: Post, status: number | undefined) => number | undefined;
  readonly onLeave?: (post: Post) => void;
  readonly onTried?: (post: Post, status: number | undefined) => void;
};

/** The webhooks of a provider that posts one piece of news at a time: kept until they are taken or given up. */
export function createWebhooks(options: WebhooksOptions): Webhooks {
  const { store, clock, faults, receivers } = options;
  const { urls, route = (url) => url } = receivers;
  const queue = createQueue(store);
  const stopping = new AbortController();
  const open = new Set<string>(receivers.wait ? [] : urls.keys());
  const urlOf = ({ url, line }: Post) => url ?? urls.get(line);
  const courier = createCourier({
    store,
    queue,
    clock,
    maxConcurrent: options.maxConcurrent,
    lines: () => [...open],
    sign: async (post, bytes) => {
      const url = urlOf(post);
      return url === undefined ? undefined : { ...(await options.sign(post, url, bytes)), url: route(url) };
    },
    again: options.again,
    ...(options.onLeave === undefined ? {} : { onLeave: options.onLeave }),
    ...(options.onTried === undefined ? {} : { onTried: options.onTried }),
  });
  const opened = Promise.all(
    [...urls].map(async ([line, url]) => {
      if (open.has(line) || !(await untilListening(route(url), stopping.signal))) return;
      open.add(line);
      courier.wake();
    }),
  );
  return {
    push: ({ line, userId, url, body, afterId }, inMs = 0) => {
      const delay = faults.take('delay');
      const late = delay === undefined ? 0 : (delay.delayMs ?? defaultDelayMs);
      const now = clock.now();
      const post = { line, userId, body, dueAt: now + inMs + late, firstAt: now, ...(url && { url }) };
      const id = queue.add({ ...post, afterId });
      if (faults.take('duplicate') !== undefined) queue.add(post);
      courier.wake();
      return id;
    },
    wake: courier.wake,
    idle: courier.idle,
    quiet: courier.quiet,
    ready: () => opened.then(() => undefined),
    waiting: queue.count,
    stop: async () => {
      stopping.abort();
      await courier.stop();
      await opened;
    },
  };
}

/** Milliseconds before the second look, and at most between two. */
const firstLookMs = 50;
const longestLookMs = 1_000;

/** False when the signal ended it. */
async function untilListening(url: string, signal: AbortSignal): Promise<boolean> {
  for (let wait = firstLookMs; !signal.aborted; wait = Math.min(wait * 1.6, longestLookMs)) {
    if (await isListening(url)) return !signal.aborted;
    await pause(wait, signal);
  }
  return false;
}

function isListening(url: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port) || (protocol === 'https:' ? 443 : 80), hostname);
    const end = (isOpen: boolean) => {
      socket.destroy();
      resolve(isOpen);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
  });
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
