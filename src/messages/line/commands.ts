import { type Account, readThreads } from '#channels/index.ts';
import type { OwedJob } from '#kernel/owed.ts';
import type { BatchResult } from '#platform/batcher.ts';
import { type Clock, isoNow } from '#platform/clock.ts';
import type { Db, Tx } from '#platform/db/db.ts';
import type { EventStore } from '#platform/eventstore/store.ts';
import { holdMailboxes } from '#platform/mailbox.ts';
import type { Metrics } from '#platform/metrics.ts';
import type { Queues } from '#platform/queue.ts';
import type { Sealer } from '#security/index.ts';
import { decideMessages, type MessageAct } from '../commands.ts';
import type { MessageEvent } from '../events.ts';
import type { Governor } from '../governor/commands.ts';
import { askToLeave, type LeaveAnswer, type LeaveDeps } from '../governor/door/commands.ts';
import type { Lane } from '../governor/rate.ts';
import { sendJob } from '../reactions.ts';
import { headsOfLines, type MessageRow, messageStream } from '../views.ts';
import {
  type Calls,
  chatsOf,
  consentStream,
  type Head,
  type Passed,
  type PassingDeps,
  prepare,
} from './passing/commands.ts';

/**
 * The lines of messages, one per conversation: claiming the next message of each.
 *
 * - **line**: the messages of a conversation that are not settled, in order. Its head alone may leave.
 * - **claim**: "a call for this message begins now", committed before it does.
 */

/** Seconds. A claim older than this, without an outcome, was made by a process that died: no call takes as long. */
export const claimTimeoutSeconds = 15;

/**
 * Seconds that those behind a message in doubt wait for a status with our id. Providers report `sent` within a few seconds. Nothing
 * is decided by its absence: a webhook that failed is delivered again for up to seven days, so the message may have been taken all
 * the same. After the wait the line goes on and the message is reported; it is not sent again.
 * Source: Meta, webhooks, "Webhook delivery failure".
 */
export const unknownWaitSeconds = 30;

export type LineDeps = PassingDeps & {
  readonly db: Db;
  readonly store: EventStore;
  readonly sealer: Sealer;
  readonly queues: Pick<Queues, 'enqueue'>;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly governor: Governor;
  readonly plans: LeaveDeps['plans'];
};

export type Claimed = Calls & {
  readonly messageId: string;
  readonly attempt: number;
  /** Monotonic milliseconds, before the claim was made. */
  readonly claimedAt: number;
};

/** Nothing is claimed: this process must take tokens for the account first. */
export type Short = { readonly short: Account; readonly lane: Lane };

export type Ask = {
  readonly conversationId: string;
  /** The one that asked before died or failed with its claim in its hands. */
  readonly isAgain: boolean;
  /** It takes tokens where there are none; false: the line is woken later instead. */
  readonly takesTokens: boolean;
};

/** One step along a line: what is done with its head, and then: a call, a wait (0: go on at once), or nothing for now. */
type Step = {
  readonly act?: MessageAct['command'];
  readonly next: { readonly calls: Calls } | { readonly waitSeconds: number } | Short | 'rest';
};

/**
 * Claims the head of the line of each conversation, in one transaction. The mailboxes' locks are taken first: a turn that is
 * queueing more messages right now finishes before we look, so its wake-up may safely be dropped as a duplicate of ours.
 * @param lane the queue's: a bulk message that a patient's reply waits behind goes as the reply would
 * @param waits false: a conversation whose lock is held elsewhere is left for later
 */
export async function claimTogether(
  deps: LineDeps,
  practiceId: string,
  lane: Lane,
  asks: readonly Ask[],
  waits: boolean,
): Promise<readonly BatchResult<Claimed | Short | undefined>[]> {
  await deps.governor.prepare(practiceId, lane, asks.length);
  const claimedAt = performance.now();
  const again: Again = new Map();
  for (const { conversationId, isAgain, takesTokens } of asks) {
    const before = again.get(conversationId);
    again.set(conversationId, {
      lane,
      isAgain: isAgain || before?.isAgain === true,
      takesTokens: takesTokens || before?.takesTokens === true,
    });
  }
  const { held, claimed } = await deps.db.tx(practiceId, async (tx) => {
    const held = new Set(await holdMailboxes(tx, [...again.keys()], waits));
    return { held, claimed: await claimHeld(tx, deps, again, held, claimedAt) };
  });
  return asks.map(({ conversationId }) => {
    if (!held.has(conversationId) && !waits) return 'alone';
    const value = claimed.get(conversationId);
    // Who asked twice is answered once.
    claimed.delete(conversationId);
    return { value };
  });
}

type Again = Map<string, Omit<Ask, 'conversationId'> & { readonly lane: Lane }>;

/** Seconds after which a line is woken that found no token for longer than its job waits. */
const shortWaitSeconds = 2;

/** Goes along the lines until each has a claim, or nothing that may leave now. */
async function claimHeld(
  tx: Tx,
  deps: LineDeps,
  again: Again,
  held: ReadonlySet<string>,
  claimedAt: number,
): Promise<Map<string, Claimed | Short>> {
  const claimed = new Map<string, Claimed | Short>();
  const later: OwedJob[] = [];
  let open: readonly string[] = [...held];
  while (open.length > 0) {
    const heads = await readHeads(tx, deps, open, again);
    const steps = await stepsFrom(tx, deps, heads);
    const facts = await act(tx, deps, steps);
    open = steps.flatMap(({ head, step: { next } }, i) => {
      const { conversationId, messageId, purpose } = head;
      if (next === 'rest') return [];
      if ('short' in next) {
        if (again.get(conversationId)?.takesTokens === true) claimed.set(conversationId, next);
        else later.push(sendJob(tx.practiceId, conversationId, { purpose, afterSeconds: shortWaitSeconds }));
        return [];
      }
      if ('calls' in next) {
        const attempt = facts[i]?.find((fact) => fact.type === 'MessageClaimed')?.data.attempt;
        // Refused: its events say more than its row did, so it is not ours to send.
        if (attempt !== undefined)
          claimed.set(conversationId, { ...next.calls, messageId, attempt, claimedAt });
        return [];
      }
      // What was refused would be refused again.
      if (next.waitSeconds === 0) return facts[i]?.length === 0 ? [] : [conversationId];
      later.push(sendJob(tx.practiceId, conversationId, { purpose, afterSeconds: next.waitSeconds }));
      return [];
    });
  }
  await deps.queues.enqueue(tx, later);
  return claimed;
}

/** Appends what the steps do; the new facts of each, in order. */
async function act(
  tx: Tx,
  deps: LineDeps,
  steps: readonly { readonly head: Head; readonly step: Step }[],
): Promise<readonly (readonly MessageEvent[])[]> {
  const acting = steps.filter(({ step }) => step.act !== undefined);
  const events = new Map(acting.flatMap(({ head }) => [...head.events]));
  const acts = acting.flatMap(({ head: { messageId }, step }) =>
    step.act === undefined ? [] : [{ messageId, command: step.act }],
  );
  const facts = await decideMessages(tx, deps.store, acts, events);
  return steps.map((each) => facts[acting.indexOf(each)] ?? []);
}

async function readHeads(
  tx: Tx,
  deps: LineDeps,
  conversationIds: readonly string[],
  again: Again,
): Promise<readonly Head[]> {
  const rows = await headsOfLines(tx, conversationIds);
  if (rows.length === 0) return [];
  const threads = await readThreads(
    tx,
    deps.sealer,
    rows.map((row) => row.conversationId),
  );
  const streamsOf = ({ messageId, conversationId }: MessageRow) => [
    messageStream(messageId),
    ...chatsOf(conversationId, threads.get(conversationId)).map(consentStream),
  ];
  const events = await deps.store.load(tx, rows.flatMap(streamsOf));
  return rows.map((row) => ({
    ...row,
    isAgain: again.get(row.conversationId)?.isAgain === true,
    lane: row.purpose === 'reminder' ? (again.get(row.conversationId)?.lane ?? 'bulk') : 'urgent',
    thread: threads.get(row.conversationId),
    events: new Map(streamsOf(row).map((stream) => [stream, events.get(stream) ?? []])),
  }));
}

const secondsBetween = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 1000;

async function stepsFrom(
  tx: Tx,
  deps: LineDeps,
  heads: readonly Head[],
): Promise<readonly { readonly head: Head; readonly step: Step }[]> {
  const at = isoNow(deps.clock);
  const steps: (Step | Passed)[] = [];
  for (const head of heads) steps.push(await stepFrom(tx, deps, head, at));
  const passed = steps.flatMap((step) => ('passed' in step ? [step] : []));
  const leave = await askToLeave(
    tx,
    deps,
    passed.map((step) => step.leave),
    Date.parse(at),
  );
  const answers = new Map(passed.map((step, i) => [step, leave[i] ?? 'go']));
  return heads.map((head, i) => {
    const step = steps[i] ?? { next: 'rest' };
    return { head, step: 'passed' in step ? leaving(head, step, answers.get(step) ?? 'go', at) : step };
  });
}

function leaving(head: Head, { passed }: Passed, answer: LeaveAnswer, at: string): Step {
  if (answer === 'go')
    return { act: { type: 'ClaimMessage', until: passed.until, at }, next: { calls: passed } };
  if ('short' in answer) return { next: answer };
  if ('waitMs' in answer) return { next: { waitSeconds: Math.ceil(answer.waitMs / 1000) } };
  if ('block' in answer)
    return { act: { type: 'BlockMessage', reason: answer.block, at }, next: { waitSeconds: 0 } };
  const until = new Date(answer.holdUntil).toISOString();
  const next = { waitSeconds: Math.ceil(secondsBetween(at, until)) };
  // Woken before its time, and nothing has changed.
  if (head.notBefore === until) return { next };
  return { act: { type: 'HoldMessage', code: answer.reason, until, at }, next };
}

/** What waits for a place in a limit of the day leaves as soon as it needs none: the patient wrote, or the limit was raised. */
const placeCodes: ReadonlySet<string> = new Set(['DAY_LIMIT', 'SPEND_LIMIT']);

async function stepFrom(tx: Tx, deps: LineDeps, head: Head, at: string): Promise<Step | Passed> {
  const age = secondsBetween(head.changedAt, at);
  switch (head.state) {
    case 'claimed':
      // A call is under way; whoever made it wakes the line when it is done, or the sweep does when they died.
      if (age < claimTimeoutSeconds && !head.isAgain) return { next: 'rest' };
      return { act: { type: 'DoubtClaim', at }, next: { waitSeconds: unknownWaitSeconds } };
    case 'unknown':
      if (age < unknownWaitSeconds) return { next: { waitSeconds: Math.ceil(unknownWaitSeconds - age) } };
      deps.metrics.count('vestibule_messages', { outcome: 'unresolved' });
      return {
        act: { type: 'StopWaiting', waitedSeconds: Math.round(age), at },
        next: { waitSeconds: 0 },
      };
    default: {
      const early = head.notBefore === undefined ? 0 : secondsBetween(at, head.notBefore);
      if (early > 0 && !placeCodes.has(head.code ?? '')) return { next: { waitSeconds: Math.ceil(early) } };
      const prepared = await prepare(tx, deps, head, at);
      if ('reason' in prepared)
        return { act: { type: 'BlockMessage', ...prepared, at }, next: { waitSeconds: 0 } };
      return prepared;
    }
  }
}
