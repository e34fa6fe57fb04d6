import { type Accounts, canAsk, readThreads } from '#channels/index.ts';
import { type Clock, isoNow } from '#platform/clock.ts';
import type { Tx } from '#platform/db/db.ts';
import type { EventStore } from '#platform/eventstore/store.ts';
import { holdMailboxes } from '#platform/mailbox.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { Queues } from '#platform/queue.ts';
import type { Sealer } from '#security/index.ts';
import { handleMessages } from '../commands.ts';
import { lookupJob } from '../reactions.ts';
import type { MessagePlace } from '../views.ts';
import { dueToExpire } from './views.ts';

export type ExpiryDeps = {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'count'>;
};

/** Most messages that one look gives up. */
const expireLimit = 200;

export type ExpirySweepDeps = ExpiryDeps & {
  readonly sealer: Sealer;
  readonly queues: Pick<Queues, 'enqueue'>;
  readonly accounts: Accounts;
};

/**
 * Gives up messages on their way whose life is over: providers drop them and tell nobody. Of a provider that can be asked, a job asks
 * first, for a status may have been lost. Conversations that are busy are left for the next look. Returns how many were given up.
 */
export async function expireMessages(tx: Tx, deps: ExpirySweepDeps): Promise<number> {
  const due = await dueToExpire(tx, isoNow(deps.clock), expireLimit);
  const threads = await readThreads(
    tx,
    deps.sealer,
    due.map(({ conversationId }) => conversationId),
  );
  const isAsked = ({ conversationId }: MessagePlace) => {
    const thread = threads.get(conversationId);
    const account = thread && deps.accounts.find(thread.channel, thread.accountId);
    return account !== undefined && canAsk(account);
  };
  await deps.queues.enqueue(
    tx,
    due.filter(isAsked).map(({ messageId }) => lookupJob(tx.practiceId, messageId, { look: 0 })),
  );
  return await expire(
    tx,
    deps,
    due.filter((place) => !isAsked(place)),
  );
}

/** Gives up these. What is not on its way (any more) stays as it is. */
export async function expire(tx: Tx, deps: ExpiryDeps, due: readonly MessagePlace[]): Promise<number> {
  if (due.length === 0) return 0;
  const held = new Set(
    await holdMailboxes(
      tx,
      due.map(({ conversationId }) => conversationId),
      false,
    ),
  );
  const at = isoNow(deps.clock);
  const acts = due
    .filter(({ conversationId }) => held.has(conversationId))
    .map(({ messageId }) => ({ messageId, command: { type: 'ExpireMessage' as const, at } }));
  const facts = await handleMessages(tx, deps.store, acts);
  const expired = facts.filter((each) => each.length > 0).length;
  if (expired > 0) deps.metrics.count('vestibule_messages', { outcome: 'expired' }, expired);
  return expired;
}
