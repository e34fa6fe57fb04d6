/**
 * Lets work that arrives together share one commit. A commit costs an fsync; sixteen clients that each commit one row
 * reach some hundreds per second, one statement of many rows reaches tens of thousands.
 */
export type Coalescer<Item> = {
  /**
   * Resolves when the batch that holds the item was written; rejects when it was not.
   * @throws NotTaken when it was not written in time, or there was no room for it
   */
  readonly add: (item: Item) => Promise<void>;
  /** False while so much waits that `add` would refuse. */
  readonly hasRoom: () => boolean;
};

/**
 * - `full`: too much waits already; the item was not written and never will be.
 * - `late`: no batch took it in time; it never will be written.
 * - `unknown`: it was being written and no answer came in time. It may be written or not.
 */
export class NotTaken extends Error {
  readonly reason: 'full' | 'late' | 'unknown';

  constructor(reason: 'full' | 'late' | 'unknown') {
    super(reason);
    this.name = 'NotTaken';
    this.reason = reason;
  }
}

export type CoalescerOptions<Item> = {
  /** Writes a batch in one transaction. */
  readonly write: (items: readonly Item[]) => Promise<void>;
  readonly weigh: (item: Item) => number;
  /** A batch never holds more; one item is a batch however heavy it is. */
  readonly maxItems: number;
  readonly maxWeight: number;
  /** Batches written at the same time; meanwhile the next one grows. */
  readonly maxInFlight: number;
  /** What may wait, beside what is being written. */
  readonly maxWaiting: number;
  readonly maxWaitingWeight: number;
  /** Milliseconds until an item that no batch took is given back, and until one that is being written is not waited for any more. */
  readonly waitMs: number;
  readonly writeMs: number;
};

type Waiting<Item> = {
  readonly item: Item;
  readonly weight: number;
  readonly since: number;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

export function createCoalescer<Item>(options: CoalescerOptions<Item>): Coalescer<Item> {
  let waiting: Waiting<Item>[] = [];
  let waitingWeight = 0;
  let inFlight = 0;
  let isTicking = false;

  function flush(): void {
    while (waiting.length > 0 && inFlight < options.maxInFlight) void writeBatch(nextBatch());
  }

  function nextBatch(): readonly Waiting<Item>[] {
    let count = 0;
    let weight = 0;
    for (const entry of waiting) {
      if (count > 0 && (count === options.maxItems || weight + entry.weight > options.maxWeight)) break;
      count += 1;
      weight += entry.weight;
    }
    const batch = waiting.slice(0, count);
    waiting = waiting.slice(count);
    waitingWeight -= weight;
    return batch;
  }

  async function writeBatch(batch: readonly Waiting<Item>[]): Promise<void> {
    inFlight += 1;
    const giveUp = setTimeout(() => refuse(batch, 'unknown'), options.writeMs);
    try {
      await options.write(batch.map((entry) => entry.item));
      for (const entry of batch) entry.resolve();
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    } finally {
      clearTimeout(giveUp);
      inFlight -= 1;
      flush();
    }
  }

  function tick(ms: number): void {
    if (isTicking) return;
    isTicking = true;
    setTimeout(expire, ms).unref();
  }

  /** Gives back what has waited too long, and looks again when the next one will have. */
  function expire(): void {
    isTicking = false;
    const before = performance.now() - options.waitMs;
    const fresh = waiting.findIndex((entry) => entry.since > before);
    const late = waiting.slice(0, fresh === -1 ? waiting.length : fresh);
    waiting = waiting.slice(late.length);
    for (const entry of late) waitingWeight -= entry.weight;
    refuse(late, 'late');
    const [next] = waiting;
    if (next !== undefined) tick(next.since - before + 1);
  }

  function refuse(entries: readonly Waiting<Item>[], reason: NotTaken['reason']): void {
    for (const entry of entries) entry.reject(new NotTaken(reason));
  }

  const hasRoom = () => waiting.length < options.maxWaiting && waitingWeight < options.maxWaitingWeight;

  return {
    hasRoom,
    add: (item) =>
      new Promise<void>((resolve, reject) => {
        if (!hasRoom()) {
          reject(new NotTaken('full'));
          return;
        }
        const weight = options.weigh(item);
        waiting.push({ item, weight, since: performance.now(), resolve, reject });
        waitingWeight += weight;
        tick(options.waitMs);
        // A turn of the event loop, so that requests read from their sockets together end up in one batch. Alone, a
        // request waits no longer than that.
        if (waiting.length === 1) setImmediate(flush);
      }),
  };
}
