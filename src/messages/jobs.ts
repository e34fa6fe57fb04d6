import {
  type Account,
  type Authorizations,
  channels,
  createAuthorizations,
  keyUnusable,
} from '#channels/index.ts';
import type { HttpRequest } from '#kernel/http.ts';
import { accountRetry, type Outcome, retry, unknown } from '#kernel/outcome.ts';
import { createBatcher } from '#platform/batcher.ts';
import type { Tx } from '#platform/db/db.ts';
import type { Egress } from '#platform/egress.ts';
import type { RunningJob } from '#platform/job.ts';
import type { Metrics } from '#platform/metrics.ts';
import { createGovernor } from './governor/commands.ts';
import type { Lane } from './governor/rate.ts';
import {
  type Ask,
  type Claimed,
  claimTogether,
  type LineDeps,
  type Short,
  unknownWaitSeconds,
} from './line/commands.ts';
import { type Done, recordTogether } from './line/outcomes/commands.ts';
import { heldUp } from './message.ts';
import { sendJob } from './reactions.ts';
import { conversationsWithOldMessages } from './views.ts';

/**
 * Milliseconds after its claim in which a call may begin. A process that was held up longer does not make it, so that a claim that
 * others have come to doubt leads to no call any more. With the longest call it stays below `claimTimeoutSeconds`.
 */
const beginWithinMs = 4_000;

/** Milliseconds that marking as read may take. */
const receiptTimeoutMs = 2_000;

/** Most conversations that share a transaction, and most such transactions of a kind at the same time. */
const linesPerBatch = 50;
const batchesInFlight = 2;

export type SendDeps = Omit<LineDeps, 'governor' | 'plans'> & {
  /** Told what came of each call, at once: what it says of the account is written down elsewhere. */
  readonly heard?: (account: Account, outcome: Outcome<unknown>) => void;
  readonly egress: Egress;
  readonly metrics: Metrics;
};

type Sending = SendDeps & LineDeps & { readonly authorize: Authorizations };

/** Milliseconds that a job waits for tokens of its account's number, before it leaves the line to a later one. */
const tokenPatienceMs = 2_000;

/** Milliseconds that an account waits whose key cannot be used: until somebody mends it. */
const keyPauseMs = 300_000;

/**
 * The job of the `sends` queue: sends the next message of one conversation, with one outside call whose outcome counts. The claim
 * is committed before the call, the outcome after it; conversations that come together share those transactions, and no call waits
 * for another's.
 *
 * Beside an answer, the message that it answers is marked as read; that is harmless to repeat and worth nothing later, so what
 * comes of it is counted and not recorded.
 */
export function sendNext(given: SendDeps): (job: RunningJob) => Promise<void> {
  const deps: Sending = {
    ...given,
    governor: createGovernor(given),
    plans: new Map(),
    authorize: createAuthorizations(),
  };
  const together = { maxItems: linesPerBatch, maxInFlight: batchesInFlight };
  // Of one lane: a reply waits for no place in a limit that reminders wait for.
  const claimsOf = (lane: Lane) =>
    createBatcher<Ask & { readonly practiceId: string }, Claimed | Short | undefined>({
      ...together,
      keyOf: ({ practiceId }) => practiceId,
      work: (practiceId, asks, mayWait) => claimTogether(deps, practiceId, lane, asks, mayWait),
    });
  const claims = { urgent: claimsOf('urgent'), bulk: claimsOf('bulk') };
  const outcomes = createBatcher<Done & { readonly practiceId: string }, undefined>({
    ...together,
    keyOf: ({ practiceId }) => practiceId,
    work: (practiceId, done, mayWait) => recordTogether(deps, practiceId, done, mayWait),
  });
  return async (job) => {
    const practiceId = String(job.data.practiceId);
    const conversationId = String(job.data.conversationId);
    const lane = job.data.bulk === true ? 'bulk' : 'urgent';
    const ask = { practiceId, conversationId, takesTokens: true };
    // A job that runs again died with its claim, or failed: its claim is in doubt at once.
    let claimed = await claims[lane].add({ ...ask, isAgain: job.attempt > 1 });
    const patientUntil = performance.now() + tokenPatienceMs;
    while (claimed !== undefined && 'short' in claimed) {
      const left = patientUntil - performance.now();
      const takesTokens = await deps.governor.ready(claimed.short, claimed.lane, left);
      claimed = await claims[lane].add({ ...ask, takesTokens, isAgain: false });
    }
    if (claimed === undefined) return;
    const read = markAsRead(deps, claimed);
    const outcome = await send(deps, claimed);
    const { messageId, attempt } = claimed;
    await outcomes.add({ practiceId, conversationId, messageId, attempt, outcome });
    await read;
  };
}

async function send(deps: Sending, { claimedAt, account, request }: Claimed) {
  const { channel } = account;
  const isLate = performance.now() - claimedAt > beginWithinMs;
  const outcome = isLate ? retry(heldUp, 0) : withId(await call(deps, account, request));
  deps.metrics.count('vestibule_messages', { outcome: outcome.kind, channel });
  if (!isLate) deps.heard?.(account, outcome);
  const isPaused = await deps.governor.learn(account, outcome);
  if (isPaused && outcome.kind === 'retry')
    deps.metrics.count('vestibule_account_pauses', { channel, account: account.id, code: outcome.code });
  return outcome;
}

async function markAsRead(deps: Sending, { account, receipt }: Claimed): Promise<void> {
  if (receipt === undefined) return;
  const read = await call(deps, account, receipt, receiptTimeoutMs);
  const { channel } = account;
  deps.metrics.count('vestibule_messages', { outcome: `receipt-${read.kind}`, channel });
}

/** An answer that names no message says that something was done, but not that it was this. */
function withId(outcome: Outcome<{ externalId: string }>): Outcome<{ externalId: string }> {
  const isNameless = outcome.kind === 'accepted' && outcome.value.externalId === '';
  return isNameless ? unknown('ANSWER_UNREADABLE') : outcome;
}

async function call(
  deps: Sending,
  account: Account,
  request: HttpRequest,
  timeoutMs?: number,
): Promise<Outcome<{ externalId: string }>> {
  const more = await deps.authorize(account, deps.clock.now()).catch(() => undefined);
  if (more === undefined) return accountRetry(keyUnusable, keyPauseMs);
  const headers = { ...request.headers, ...more };
  const result = await deps.egress.send({ ...request, headers }, timeoutMs);
  if (result.kind === 'response') return channels[account.channel].interpret(result.response);
  return result.kind === 'not-sent' ? retry(result.code) : unknown(result.code);
}

/** Milliseconds a message may lie without its line moving before the sweep wakes it. */
const oldMessageMs = 20_000;
/** The same for what waits with thousands of its kind, whose lane gives way to replies. */
const oldBulkMs = 900_000;
const sweepLimit = 500;

/** Wakes the lines of conversations whose messages did not move: a process died with the wake-up in its hands. */
export async function sweepMessages(tx: Tx, deps: Pick<SendDeps, 'queues' | 'clock'>): Promise<number> {
  const ago = (ms: number) => new Date(deps.clock.now() - ms).toISOString();
  const before = { moved: ago(oldMessageMs), doubted: ago(unknownWaitSeconds * 1000), bulk: ago(oldBulkMs) };
  const lines = await conversationsWithOldMessages(tx, before, sweepLimit);
  await deps.queues.enqueue(
    tx,
    lines.map(({ conversationId, purpose }) => sendJob(tx.practiceId, conversationId, { purpose })),
  );
  return lines.length;
}
