import type { ChannelUser } from '#channels/channel.ts';
import { type Account, type Accounts, channels, readThread } from '#channels/index.ts';
import { type ConsentEvent, consent } from '#consent/index.ts';
import { fold } from '#kernel/decider.ts';
import type { StoredEvent } from '#kernel/event.ts';
import type { HttpRequest } from '#kernel/http.ts';
import { type Outcome, retry, unknown } from '#kernel/outcome.ts';
import type { ContentMode } from '#kernel/phi.ts';
import { type Clock, isoNow } from '#platform/clock.ts';
import type { Db, Tx } from '#platform/db/db.ts';
import type { Egress } from '#platform/egress.ts';
import type { EventStore } from '#platform/eventstore/store.ts';
import type { RunningJob } from '#platform/job.ts';
import { lockMailbox } from '#platform/mailbox.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { Queues } from '#platform/queue.ts';
import { mayCarry } from '#policy/index.ts';
import type { Sealer } from '#security/index.ts';
import { handleMessage } from './commands.ts';
import { askDoor, type DoorAnswer } from './door.ts';
import type { About, BlockReason, MessageEvent } from './events.ts';
import { sendJob } from './reactions.ts';
import { conversationsWithOldMessages, headOfLine, type MessageRow, messageStream } from './views.ts';

/** Seconds. A claim older than this, without an outcome, was made by a process that died: no call takes as long. */
export const claimTimeoutSeconds = 15;

/**
 * Seconds that those behind a message in doubt wait for a status with our id. Providers report `sent` within a few seconds. Nothing
 * is decided by its absence: a webhook that failed is delivered again for up to seven days, so the message may have been taken all
 * the same. After the wait the line goes on and the message is reported; it is not sent again.
 * Source: Meta, webhooks, "Webhook delivery failure".
 */
export const unknownWaitSeconds = 30;

/**
 * Milliseconds after its claim in which a call may begin. A process that was held up longer does not make it, so that a claim that
 * others have come to doubt leads to no call any more. With the longest call it stays below `claimTimeoutSeconds`.
 */
const beginWithinMs = 4_000;

/** Milliseconds that marking as read may hold up the answer. */
const receiptTimeoutMs = 2_000;

export type SendDeps = {
  readonly db: Db;
  readonly store: EventStore;
  readonly sealer: Sealer;
  readonly queues: Pick<Queues, 'enqueue'>;
  readonly accounts: Accounts;
  readonly contentMode: (practiceId: string) => ContentMode | undefined;
  /** Does the visit stand as the message says it does? */
  readonly isCurrent: (tx: Tx, about: About, now: string) => Promise<boolean>;
  /** Does the question stand open whether the patient meant a stop? */
  readonly maybeStopped: (tx: Tx, conversationId: string) => Promise<boolean>;
  readonly egress: Egress;
  readonly clock: Clock;
  readonly metrics: Metrics;
};

type Claimed = {
  readonly messageId: string;
  readonly attempt: number;
  readonly request: HttpRequest;
  /** Marks the patient's message as read, and shows that an answer is being written. */
  readonly receipt: HttpRequest | undefined;
  readonly channel: keyof typeof channels;
};

/** One step along the line: a claim, a wait (0: go on at once), or nothing left to do. */
type Step = { readonly claimed: Claimed } | { readonly waitSeconds: number } | { readonly done: true };

/**
 * The job of the `sends` queue: sends the next message of one conversation, with one outside call whose outcome counts. Before
 * an answer, the message that it answers is marked as read; that is harmless to repeat and worth nothing later, so what
 * comes of it is counted and not recorded.
 */
export function sendNext(deps: SendDeps): (job: RunningJob) => Promise<void> {
  return async (job) => {
    const practiceId = String(job.data.practiceId);
    const conversationId = String(job.data.conversationId);
    // A job that runs again died with its claim, or failed: its claim is in doubt at once.
    const isAgain = job.attempt > 1;
    const since = performance.now();
    const claimed = await deps.db.tx(practiceId, (tx) => claimNext(tx, deps, conversationId, isAgain));
    if (claimed === undefined) return;
    const { channel, request, receipt } = claimed;
    if (receipt !== undefined) {
      const read = await call(deps, channel, receipt, receiptTimeoutMs);
      deps.metrics.count('vestibule_messages', { outcome: `receipt-${read.kind}`, channel });
    }
    const isLate = performance.now() - since > beginWithinMs;
    const outcome = isLate ? retry('HELD_UP', 0) : withId(await call(deps, channel, request));
    deps.metrics.count('vestibule_messages', { outcome: outcome.kind, channel });
    await deps.db.tx(practiceId, (tx) => record(tx, deps, conversationId, claimed, outcome));
  };
}

/** An answer that names no message says that something was done, but not that it was this. */
function withId(outcome: Outcome<{ externalId: string }>): Outcome<{ externalId: string }> {
  const isNameless = outcome.kind === 'accepted' && outcome.value.externalId === '';
  return isNameless ? unknown('ANSWER_UNREADABLE') : outcome;
}

async function call(
  deps: SendDeps,
  channel: keyof typeof channels,
  request: HttpRequest,
  timeoutMs?: number,
): Promise<Outcome<{ externalId: string }>> {
  const result = await deps.egress.send(request, timeoutMs);
  if (result.kind === 'response') return channels[channel].interpret(result.response);
  return result.kind === 'not-sent' ? retry(result.code) : unknown(result.code);
}

/**
 * Claims the head of the conversation's line. The mailbox's lock is taken first: a turn that is queueing more messages right now
 * finishes before we look, so its wake-up may safely be dropped as a duplicate of ours.
 */
async function claimNext(
  tx: Tx,
  deps: SendDeps,
  conversationId: string,
  isAgain: boolean,
): Promise<Claimed | undefined> {
  await lockMailbox(tx, conversationId);
  for (;;) {
    const head = await headOfLine(tx, conversationId);
    if (head === undefined) return undefined;
    const step = await stepFrom(tx, deps, conversationId, head, isAgain);
    if ('claimed' in step) return step.claimed;
    if ('done' in step) return undefined;
    if (step.waitSeconds > 0) {
      await deps.queues.enqueue(tx, [
        sendJob(tx.practiceId, conversationId, { purpose: head.purpose, afterSeconds: step.waitSeconds }),
      ]);
      return undefined;
    }
  }
}

const secondsBetween = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1000;

async function stepFrom(
  tx: Tx,
  deps: SendDeps,
  conversationId: string,
  head: MessageRow,
  isAgain: boolean,
): Promise<Step> {
  const at = isoNow(deps.clock);
  const age = secondsBetween(head.changedAt, at);
  switch (head.state) {
    case 'claimed':
      // A call is under way; whoever made it wakes the line when it is done, or the sweep does when they died.
      if (age < claimTimeoutSeconds && !isAgain) return { done: true };
      await handleMessage(tx, deps.store, head.messageId, { type: 'DoubtClaim', at });
      return { waitSeconds: unknownWaitSeconds };
    case 'unknown':
      if (age < unknownWaitSeconds) return { waitSeconds: Math.ceil(unknownWaitSeconds - age) };
      await handleMessage(tx, deps.store, head.messageId, {
        type: 'StopWaiting',
        waitedSeconds: Math.round(age),
        at,
      });
      deps.metrics.count('vestibule_messages', { outcome: 'unresolved' });
      return { waitSeconds: 0 };
    default:
      return await stepFromQueued(tx, deps, conversationId, head, at);
  }
}

async function stepFromQueued(
  tx: Tx,
  deps: SendDeps,
  conversationId: string,
  head: MessageRow,
  at: string,
): Promise<Step> {
  const early = head.notBefore === undefined ? 0 : secondsBetween(at, head.notBefore);
  if (early > 0) return { waitSeconds: Math.ceil(early) };
  const prepared = await prepare(tx, deps, conversationId, head.messageId, at);
  if ('reason' in prepared) {
    await handleMessage(tx, deps.store, head.messageId, { type: 'BlockMessage', ...prepared, at });
    return { waitSeconds: 0 };
  }
  const { past, ...calls } = prepared;
  const facts = await handleMessage(tx, deps.store, head.messageId, { type: 'ClaimMessage', at }, past);
  const attempt = facts.find((fact) => fact.type === 'MessageClaimed')?.data.attempt;
  // Refused: its events say more than its row did, so it is not ours to send.
  if (attempt === undefined) return { done: true };
  return { claimed: { messageId: head.messageId, attempt, ...calls } };
}

type Blocked = { readonly reason: BlockReason; readonly field?: string; readonly limit?: number };

type Prepared = Omit<Claimed, 'messageId' | 'attempt'> & { readonly past: readonly StoredEvent[] };

/** Asks the door and renders the request; or says why the message may not, or cannot, leave. */
async function prepare(
  tx: Tx,
  deps: SendDeps,
  conversationId: string,
  messageId: string,
  at: string,
): Promise<Blocked | Prepared> {
  const thread = await readThread(tx, deps.sealer, conversationId);
  if (thread === undefined) return { reason: 'NO_ADDRESS' };
  const account = deps.accounts.find(thread.channel, thread.accountId);
  const mode = deps.contentMode(tx.practiceId);
  if (account === undefined || mode === undefined) return { reason: 'UNKNOWN_ACCOUNT' };
  const streams = [messageStream(messageId), `consent/${conversationId}`] as const;
  const events = await deps.store.load(tx, streams);
  const past = events.get(streams[0]) ?? [];
  const queued = queuedFact(past);
  if (queued?.phi === undefined) return { reason: 'CANNOT_BE_SAID', field: 'content' };
  const { purpose, dataClass, about } = queued.data;
  const { content, answers } = queued.phi;
  const answer: DoorAnswer = askDoor({
    purpose,
    dataClass,
    isTemplate: content.kind === 'template',
    mayCarry: mayCarry(mode, dataClass),
    // The stream's name says whose events these are.
    consent: fold(consent, (events.get(streams[1]) ?? []) as unknown as readonly ConsentEvent[]),
    isCurrent: about === undefined || (await deps.isCurrent(tx, about, at)),
    maybeStopped: purpose === 'reminder' && (await deps.maybeStopped(tx, conversationId)),
    lastInboundAt: thread.lastInboundAt,
    now: at,
  });
  if (answer.verdict === 'block') return { reason: answer.reason };
  const rendered = channels[account.channel].render(
    { id: messageId, to: thread.user, content },
    account.config,
  );
  if ('refused' in rendered) {
    const { field, limit } = rendered;
    return { reason: 'CANNOT_BE_SAID', field, ...(limit === undefined ? {} : { limit }) };
  }
  const isFirstTry = past.length === 1;
  const receipt =
    isFirstTry && answers !== undefined ? renderReceipt(account, thread.user, answers) : undefined;
  return { request: rendered, receipt, channel: account.channel, past };
}

function renderReceipt(account: Account, to: ChannelUser, externalId: string): HttpRequest | undefined {
  const content = { kind: 'read' as const, externalId, typing: true };
  const rendered = channels[account.channel].render({ id: 'receipt', to, content }, account.config);
  return 'refused' in rendered ? undefined : rendered;
}

function queuedFact(events: readonly { readonly type: string }[]) {
  const fact = events.find((event) => event.type === 'MessageQueued');
  // The type names the fact's shape.
  return fact as unknown as Extract<MessageEvent, { type: 'MessageQueued' }> | undefined;
}

/** Records the outcome, and wakes the line again when there is more to send or something to wait for. */
async function record(
  tx: Tx,
  deps: SendDeps,
  conversationId: string,
  { messageId, attempt }: Claimed,
  outcome: Outcome<{ externalId: string }>,
): Promise<void> {
  await lockMailbox(tx, conversationId);
  const at = isoNow(deps.clock);
  await handleMessage(tx, deps.store, messageId, { type: 'RecordOutcome', outcome, attempt, at });
  const next = await headOfLine(tx, conversationId);
  if (next === undefined) return;
  const wait =
    next.state === 'unknown' ? unknownWaitSeconds : Math.max(0, secondsBetween(at, next.notBefore ?? at));
  await deps.queues.enqueue(tx, [
    sendJob(tx.practiceId, conversationId, { purpose: next.purpose, afterSeconds: Math.ceil(wait) }),
  ]);
}

/** Milliseconds a message may lie without its line moving before the sweep wakes it. */
const oldMessageMs = 20_000;
const sweepLimit = 500;

/** Wakes the lines of conversations whose messages did not move: a process died with the wake-up in its hands. */
export async function sweepMessages(tx: Tx, deps: Pick<SendDeps, 'queues' | 'clock'>): Promise<number> {
  const ago = (ms: number) => new Date(deps.clock.now() - ms).toISOString();
  const before = { moved: ago(oldMessageMs), doubted: ago(unknownWaitSeconds * 1000) };
  const lines = await conversationsWithOldMessages(tx, before, sweepLimit);
  await deps.queues.enqueue(
    tx,
    lines.map(({ conversationId, purpose }) => sendJob(tx.practiceId, conversationId, { purpose })),
  );
  return lines.length;
}
