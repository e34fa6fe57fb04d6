import type { StoredEvent } from '#kernel/event.ts';
import type { OwedJob } from '#kernel/owed.ts';

/** The queue whose jobs tell the practice system of handoffs. */
export const handoffsQueue = 'handoffs';

/**
 * The steps of a handoff in the practice system, each a job with at most one write:
 *
 * - `file`: the Task and why it is there; where it stands already, a raised Task is brought up to date.
 * - `close`: the Task's end.
 * - `transcript`: what was said.
 */
export const handoffSteps = ['file', 'close', 'transcript'] as const;

export type HandoffStep = (typeof handoffSteps)[number];

/** Seconds before try number `tries` of a step, and at most. */
const firstWaitSeconds = 2;
const longestWaitSeconds = 300;

export function waitBeforeTry(tries: number): number {
  return tries === 0 ? 0 : Math.min(longestWaitSeconds, firstWaitSeconds * 2 ** Math.min(tries - 1, 10));
}

/** @param version of the fact that the step is about, in the handoffs' stream */
export function handoffJob(
  practiceId: string,
  conversationId: string,
  version: number,
  step: HandoffStep,
  tries = 0,
  afterSeconds = waitBeforeTry(tries),
): OwedJob {
  return {
    queue: handoffsQueue,
    data: { practiceId, conversationId, version, step, tries },
    ...(afterSeconds === 0 ? {} : { afterSeconds }),
  };
}

const steps: Readonly<Record<string, HandoffStep>> = {
  HandoffOpened: 'file',
  HandoffResolved: 'close',
  HandoffWithdrawn: 'close',
};

/** What the practice system is owed of a handoff. */
export function handoffReactions(event: StoredEvent): readonly OwedJob[] {
  const step = steps[event.type];
  if (step === undefined || !event.stream.startsWith('handoff/')) return [];
  const conversationId = event.stream.slice('handoff/'.length);
  return [handoffJob(event.practiceId, conversationId, event.version, step)];
}
