/**
 * Lets work that arrives together share one commit. A commit costs an fsync; sixteen clients that each commit one row
 * reach some hundreds per second, one statement of many rows reaches tens of thousands.
 */
export type Coalescer<Item> = {
  /** Resolves when the batch that holds the item was written; rejects when it was not. */
  readonly add: (item: Item) => Promise<void>;
};

/**
 * @param write writes a batch in one transaction
 * @param maxItems a batch never holds more
 * @param maxInFlight batches written at the same time; meanwhile the next one grows
 */
export function createCoalescer<Item>(options: {
  readonly write: (items: readonly Item[]) => Promise<void>;
  readonly maxItems: number;
  readonly maxInFlight: number;
}): Coalescer<Item> {
  type Waiting = {
    readonly item: Item;
    readonly resolve: () => void;
    readonly reject: (error: unknown) => void;
  };
  let waiting: Waiting[] = [];
  let inFlight = 0;

  function flush(): void {
    while (waiting.length > 0 && inFlight < options.maxInFlight) {
      const batch = waiting.slice(0, options.maxItems);
      waiting = waiting.slice(options.maxItems);
      inFlight += 1;
      void writeBatch(batch);
    }
  }

  async function writeBatch(batch: readonly Waiting[]): Promise<void> {
    try {
      await options.write(batch.map((entry) => entry.item));
      for (const entry of batch) entry.resolve();
    } catch (error) {
      for (const entry of batch) entry.reject(error);
    } finally {
      inFlight -= 1;
      flush();
    }
  }

  return {
    add: (item) =>
      new Promise<void>((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        // A turn of the event loop, so that requests read from their sockets together end up in one batch. Alone, a
        // request waits no longer than that.
        if (waiting.length === 1) setImmediate(flush);
      }),
  };
}
