import { meansOutage } from './db/db.ts';

/**
 * Lets jobs that arrive together share one transaction. A transaction costs a dozen round trips, whether it does the work of one
 * job or of fifty.
 *
 * - **batch**: items of one key that are worked on together. One that comes alone does not wait for company.
 * - **split**: a batch that fails is tried again in halves, until the item that spoils it stands alone: the others are done.
 */
export type Batcher<Item, Result> = {
  /** Resolves with what `work` says of this item; rejects with what spoiled it. */
  readonly add: (item: Item) => Promise<Result>;
};

/** What a batch says of one item. `alone`: its turn has not come (a lock is held elsewhere); try it by itself. */
export type BatchResult<Result> = { readonly value: Result } | { readonly error: unknown } | 'alone';

/** Items that wait for something of their own at the same time, so that batches go on meanwhile. */
const aloneInFlight = 4;

type Waiting<Item, Result> = {
  readonly item: Item;
  readonly resolve: (value: Result) => void;
  readonly reject: (error: unknown) => void;
};

/**
 * @param work does a batch in one transaction; says what came of each item, in order. Throws where nothing of it was done.
 *   `mayWait`: the item is by itself, and nobody waits with it for a lock that is held elsewhere
 * @param keyOf items of different keys never share a batch: no transaction spans two practices
 * @param maxItems a batch never holds more
 * @param maxInFlight batches worked on at the same time; meanwhile the next ones grow
 */
export function createBatcher<Item, Result>(options: {
  readonly work: (
    key: string,
    items: readonly Item[],
    mayWait: boolean,
  ) => Promise<readonly BatchResult<Result>[]>;
  readonly keyOf: (item: Item) => string;
  readonly maxItems: number;
  readonly maxInFlight: number;
}): Batcher<Item, Result> {
  type Entry = Waiting<Item, Result>;
  const { work, keyOf, maxItems, maxInFlight } = options;
  // In the order in which their oldest item came: a practice with much to do does not hold up the others.
  const waiting = new Map<string, Entry[]>();
  const waitingAlone: Entry[] = [];
  const inFlight = { batches: 0, alone: 0 };
  let isFlushDue = false;

  function nextBatch(): readonly [string, Entry[]] | undefined {
    const next = waiting.entries().next();
    if (next.done) return undefined;
    const [key, entries] = next.value;
    waiting.delete(key);
    const rest = entries.splice(maxItems);
    if (rest.length > 0) waiting.set(key, rest);
    return [key, entries];
  }

  function flush(): void {
    isFlushDue = false;
    while (inFlight.batches < maxInFlight) {
      const batch = nextBatch();
      if (batch === undefined) break;
      void begin('batches', ...batch);
    }
    while (inFlight.alone < aloneInFlight) {
      const entry = waitingAlone.shift();
      if (entry === undefined) break;
      void begin('alone', keyOf(entry.item), [entry]);
    }
  }

  async function begin(kind: keyof typeof inFlight, key: string, entries: readonly Entry[]): Promise<void> {
    inFlight[kind] += 1;
    await run(key, entries, kind === 'alone');
    inFlight[kind] -= 1;
    flush();
  }

  async function run(key: string, entries: readonly Entry[], mayWait: boolean): Promise<void> {
    try {
      const results = await work(
        key,
        entries.map((entry) => entry.item),
        mayWait,
      );
      for (const [i, entry] of entries.entries()) settle(entry, results[i]);
    } catch (error) {
      if (entries.length === 1 || meansOutage(error)) {
        for (const entry of entries) entry.reject(error);
        return;
      }
      const half = Math.ceil(entries.length / 2);
      await run(key, entries.slice(0, half), mayWait);
      await run(key, entries.slice(half), mayWait);
    }
  }

  function settle(entry: Entry, result: BatchResult<Result> | undefined): void {
    if (result === 'alone') waitingAlone.push(entry);
    else if (result === undefined) entry.reject(new Error('a batch forgot one of its items'));
    else if ('error' in result) entry.reject(result.error);
    else entry.resolve(result.value);
  }

  return {
    add: (item) =>
      new Promise<Result>((resolve, reject) => {
        const key = keyOf(item);
        const entries = waiting.get(key);
        if (entries === undefined) waiting.set(key, [{ item, resolve, reject }]);
        else entries.push({ item, resolve, reject });
        // What was fetched in one statement begins together; one that came alone waits no longer than that.
        if (isFlushDue) return;
        isFlushDue = true;
        setImmediate(flush);
      }),
  };
}
