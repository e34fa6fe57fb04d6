import type { Outcome } from '#kernel/outcome.ts';
import type { BatchResult } from '#platform/batcher.ts';
import { isoNow } from '#platform/clock.ts';
import type { Tx } from '#platform/db/db.ts';
import { holdMailboxes } from '#platform/mailbox.ts';
import { handleMessages } from '../../commands.ts';
import { sendJob } from '../../reactions.ts';
import { headsOfLines, type MessageRow } from '../../views.ts';
import { type LineDeps, unknownWaitSeconds } from '../commands.ts';

/** A call that ended, and what came of it. */
export type Done = {
  readonly conversationId: string;
  readonly messageId: string;
  readonly attempt: number;
  readonly outcome: Outcome<{ externalId: string }>;
};

type RecordDeps = Pick<LineDeps, 'db' | 'store' | 'queues' | 'clock'>;

/**
 * Records outcomes in one transaction, and wakes the lines again that have more to send or something to wait for.
 * @param waits false: a conversation whose lock is held elsewhere is left for later
 */
export async function recordTogether(
  deps: RecordDeps,
  practiceId: string,
  done: readonly Done[],
  waits: boolean,
): Promise<readonly BatchResult<undefined>[]> {
  const held = await deps.db.tx(practiceId, async (tx) => {
    const held = new Set(
      await holdMailboxes(
        tx,
        done.map(({ conversationId }) => conversationId),
        waits,
      ),
    );
    await record(
      tx,
      deps,
      done.filter(({ conversationId }) => held.has(conversationId)),
    );
    return held;
  });
  return done.map(({ conversationId }) =>
    held.has(conversationId) || waits ? { value: undefined } : 'alone',
  );
}

async function record(tx: Tx, deps: RecordDeps, done: readonly Done[]): Promise<void> {
  const at = isoNow(deps.clock);
  await handleMessages(
    tx,
    deps.store,
    done.map(({ messageId, outcome, attempt }) => ({
      messageId,
      command: { type: 'RecordOutcome', outcome, attempt, at },
    })),
  );
  const next = await headsOfLines(
    tx,
    done.map(({ conversationId }) => conversationId),
  );
  await deps.queues.enqueue(
    tx,
    next.map((head) =>
      sendJob(tx.practiceId, head.conversationId, {
        purpose: head.purpose,
        afterSeconds: Math.ceil(waitOf(head, at)),
      }),
    ),
  );
}

function waitOf({ state, notBefore }: MessageRow, at: string): number {
  if (state === 'unknown') return unknownWaitSeconds;
  return Math.max(0, (Date.parse(notBefore ?? at) - Date.parse(at)) / 1000);
}
