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
import { dueToExpire, underwayIn } from './views.ts';

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
  const asked = await ask(tx, deps, due);
  return await expire(
    tx,
    deps,
    due.filter(({ messageId }) => !asked.has(messageId)),
  );
}

const minuteMs = 60_000;

/** Milliseconds after the last news of a message on its way at which its provider is asked: what it told may have been lost. */
const askAfterMs: readonly number[] = [15 * minuteMs, 2 * 60 * minuteMs, 24 * 60 * minuteMs];

/** Milliseconds; what a process that starts asks about: what was told while we were down. */
const startMs = 24 * 60 * minuteMs;

/** Most messages that are asked for by one look. */
const askLimit = 200;

/**
 * Makes the look that has providers asked about messages that are on their way for long: at some ages, once at each. A look reaches
 * from the one before to now; the first of a process from a day ago.
 */
export function askUnderway(deps: ExpirySweepDeps): (tx: Tx) => Promise<void> {
  const lastMs = new Map<string, number>();
  const practices = new Set(deps.accounts.all.filter(canAsk).map(({ practiceId }) => practiceId));
  return async (tx) => {
    if (!practices.has(tx.practiceId)) return;
    const nowMs = deps.clock.now();
    const before = lastMs.get(tx.practiceId);
    const iso = (ms: number) => new Date(ms).toISOString();
    const spans = askAfterMs.map((age) => ({
      after: iso(before === undefined ? nowMs - startMs : before - age),
      until: iso(nowMs - age),
    }));
    await ask(tx, deps, await underwayIn(tx, spans, askLimit));
    lastMs.set(tx.practiceId, nowMs);
  };
}

/** Has providers asked about these messages where they can be; the ids of those. */
async function ask(
  tx: Tx,
  deps: ExpirySweepDeps,
  places: readonly MessagePlace[],
): Promise<ReadonlySet<string>> {
  const threads = await readThreads(
    tx,
    deps.sealer,
    places.map(({ conversationId }) => conversationId),
  );
  const asked = places.filter(({ conversationId }) => {
    const thread = threads.get(conversationId);
    const account = thread && deps.accounts.find(thread.channel, thread.accountId);
    return account !== undefined && canAsk(account);
  });
  await deps.queues.enqueue(
    tx,
    asked.map(({ messageId }) => lookupJob(tx.practiceId, messageId, { look: 0 })),
  );
  return new Set(asked.map(({ messageId }) => messageId));
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
