import { type Clock, isoNow } from '#platform/clock.ts';
import type { Tx } from '#platform/db/db.ts';
import type { EventStore } from '#platform/eventstore/store.ts';
import { holdMailboxes } from '#platform/mailbox.ts';
import type { Metrics } from '#platform/metrics.ts';
import { handleMessages } from '../commands.ts';
import type { MessagePlace } from '../views.ts';
import { dueToExpire } from './views.ts';

export type ExpiryDeps = {
  readonly store: EventStore;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'count'>;
};

/** Most messages that one look gives up. */
const expireLimit = 200;

/**
 * Gives up messages on their way whose life is over: providers drop them and tell nobody. Conversations that are busy are left for
 * the next look. Returns how many were given up.
 */
export async function expireMessages(tx: Tx, deps: ExpiryDeps): Promise<number> {
  return await expire(tx, deps, await dueToExpire(tx, isoNow(deps.clock), expireLimit));
}

/** As `expireMessages`, of these. What is not on its way (any more) stays as it is. */
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
