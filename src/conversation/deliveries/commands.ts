import { type Accounts, type HeardNews, hearNews } from '#channels/index.ts';
import { learnFromNews } from '#messages/index.ts';
import { type Clock, isoNow } from '#platform/clock.ts';
import type { Tx } from '#platform/db/db.ts';
import type { EventStore } from '#platform/eventstore/store.ts';
import type { Queues } from '#platform/queue.ts';

export type NewsDeps = {
  readonly store: Pick<EventStore, 'append'>;
  readonly queues: Pick<Queues, 'enqueue'>;
  readonly accounts: Accounts;
  readonly clock: Clock;
};

/**
 * Writes down what was heard of accounts. Where a provider changed what an account may send, the next message of any process goes by it:
 * unless it is older than what was known. Last in its transaction, so that nothing is waited for while rows of limits are locked.
 */
export async function takeNews(tx: Tx, deps: NewsDeps, heard: readonly HeardNews[]): Promise<void> {
  await learnFromNews(tx, deps, await hearNews(tx, deps.store, heard, isoNow(deps.clock)));
}
