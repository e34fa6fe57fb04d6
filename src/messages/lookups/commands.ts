import type { Attempt, Found } from '#channels/channel.ts';
import { type Account, type Accounts, canAsk, readThreads } from '#channels/index.ts';
import { fold } from '#kernel/decider.ts';
import type { Outcome } from '#kernel/outcome.ts';
import { type Clock, isoNow } from '#platform/clock.ts';
import type { Tx } from '#platform/db/db.ts';
import type { EventStore } from '#platform/eventstore/store.ts';
import { holdMailboxes } from '#platform/mailbox.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { Queues } from '#platform/queue.ts';
import type { Sealer } from '#security/index.ts';
import { handleMessages, type MessageAct } from '../commands.ts';
import type { MessageEvent } from '../events.ts';
import { isOnItsWay } from '../life.ts';
import { isInDoubt, message } from '../message.ts';
import { lookupJob, sendJob } from '../reactions.ts';
import { expire } from '../underway/commands.ts';
import { externalHash, findMessages, messageStream } from '../views.ts';
import { nextLookAfter } from './schedule.ts';

/** What is asked of providers about messages of ours, and what their answers settle. */

export type LookupDeps = {
  readonly store: EventStore;
  readonly sealer: Sealer;
  readonly queues: Pick<Queues, 'enqueue'>;
  readonly accounts: Accounts;
  readonly clock: Clock;
  readonly metrics: Pick<Metrics, 'count'>;
};

export type Question = {
  readonly messageId: string;
  readonly conversationId: string;
  readonly account: Account;
  readonly attempt: Attempt;
  /** Whose outcome it asks for, as `MessageClaimed` counts them. */
  readonly attempts: number;
  /** It is known that it was taken: asked is whether it arrived. */
  readonly isUnderway: boolean;
};

/** What there is to ask about a message now; undefined: nothing, or nobody who could answer. */
export async function questionOf(tx: Tx, deps: LookupDeps, messageId: string): Promise<Question | undefined> {
  const [place] = await findMessages(tx, [messageId], []);
  if (place === undefined) return undefined;
  const { conversationId } = place;
  const thread = (await readThreads(tx, deps.sealer, [conversationId])).get(conversationId);
  const account = thread && deps.accounts.find(thread.channel, thread.accountId);
  if (thread === undefined || account === undefined || !canAsk(account)) return undefined;
  const stream = messageStream(messageId);
  // The stream's name says whose events these are.
  const past = ((await deps.store.load(tx, [stream])).get(stream) ??
    []) as unknown as readonly MessageEvent[];
  const state = fold(message, past);
  const isUnderway = isOnItsWay(state);
  if (!isInDoubt(state) && !isUnderway) return undefined;
  const content = past.find((event) => event.type === 'MessageQueued')?.phi?.content;
  const claimedAt = past.findLast((event) => event.type === 'MessageClaimed')?.data.at;
  const externalId = past.findLast((event) => event.type === 'MessageAccepted')?.phi?.externalId;
  if (content === undefined || claimedAt === undefined) return undefined;
  if (isUnderway && externalId === undefined) return undefined;
  const attempt = {
    message: { id: messageId, to: thread.user, content },
    atMs: Date.parse(claimedAt),
    ...(isUnderway && externalId !== undefined ? { externalId } : {}),
  };
  return { messageId, conversationId, account, attempt, attempts: state.attempts, isUnderway };
}

/**
 * Records what the answer settles. A message in doubt that is there was taken; one that is not there stays in doubt, for that proves
 * nothing, and is asked for again. One on its way has arrived, or failed, where the provider says so; else it is given up if its life
 * is over.
 */
export async function settle(
  tx: Tx,
  deps: LookupDeps,
  question: Question,
  answer: Outcome<readonly Found[]>,
  look: number,
): Promise<void> {
  const { messageId, conversationId } = question;
  await holdMailboxes(tx, [conversationId], true);
  const others = answer.kind === 'accepted' ? await othersOf(tx, deps, answer.value, messageId) : new Set();
  const candidates =
    answer.kind === 'accepted' ? answer.value.filter(({ externalId }) => !others.has(externalId)) : [];
  const [found, ...more] = candidates;
  const only = more.length === 0 ? found : undefined;
  const word = answer.kind !== 'accepted' ? 'no-answer' : more.length > 0 ? 'several' : 'not-there';
  const outcome = only === undefined ? word : 'found';
  deps.metrics.count('vestibule_lookups', { outcome, channel: question.account.channel });
  const facts = only === undefined ? [] : await handleMessages(tx, deps.store, actsOf(deps, question, only));
  if (question.isUnderway) {
    await expire(tx, deps, [{ messageId, conversationId }]);
    return;
  }
  if (facts.some((each) => each.length > 0))
    await deps.queues.enqueue(tx, [sendJob(tx.practiceId, conversationId)]);
  const afterSeconds = nextLookAfter(look, answer.kind === 'retry' ? answer.afterMs : undefined);
  if (only === undefined && afterSeconds !== undefined)
    await deps.queues.enqueue(tx, [lookupJob(tx.practiceId, messageId, { look: look + 1, afterSeconds })]);
}

function actsOf(deps: LookupDeps, { messageId, attempts, isUnderway }: Question, found: Found): MessageAct[] {
  const at = isoNow(deps.clock);
  const { externalId, status, code } = found;
  const taken: MessageAct = {
    messageId,
    command: {
      type: 'RecordOutcome',
      outcome: { kind: 'accepted', value: { externalId } },
      attempt: attempts,
      at,
    },
  };
  const told: MessageAct[] =
    status === undefined
      ? []
      : [
          {
            messageId,
            command: {
              type: 'RecordStatus',
              status,
              externalId,
              at,
              ...(code === undefined ? {} : { code }),
            },
          },
        ];
  return isUnderway ? told : [taken, ...told];
}

/** Those that are known to be other messages of ours. */
async function othersOf(
  tx: Tx,
  { sealer }: LookupDeps,
  found: readonly Found[],
  messageId: string,
): Promise<ReadonlySet<string>> {
  const hashed = found.map(({ externalId }) => ({
    externalId,
    hash: externalHash(sealer, tx.practiceId, externalId),
  }));
  const rows = await findMessages(
    tx,
    [],
    hashed.map(({ hash }) => hash),
  );
  const isOther = (hash: Buffer) =>
    rows.some((row) => row.messageId !== messageId && row.externalHash?.equals(hash));
  return new Set(hashed.flatMap(({ externalId, hash }) => (isOther(hash) ? [externalId] : [])));
}
