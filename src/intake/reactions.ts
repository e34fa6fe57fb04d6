import type { StoredEvent } from '#kernel/event.ts';
import type { OwedJob } from '#kernel/owed.ts';

/** The queue whose jobs call practice systems. */
export const practiceSystemQueue = 'practice-system';

/**
 * The steps of filing an intake. Each is a job of its own: a write is one outside call, and its outcome is recorded before the
 * next is made.
 *
 * - `find`: is the patient there? By our identifier, then by name and birth date. Reads only.
 * - `register`: create the patient.
 * - `file`: Coverage, QuestionnaireResponse and Consent.
 * - `look-up`: after an unknown outcome of `file`: what is there, and what is missing? Reads only.
 * - `read-back`: does what was filed stand as it was sent? Reads only.
 */
export const filingSteps = ['find', 'register', 'file', 'look-up', 'read-back'] as const;

export type FilingStep = (typeof filingSteps)[number];

/** Seconds before try number `tries` of a step, and at most. A practice system that is down for hours is asked every five minutes. */
const firstWaitSeconds = 2;
const longestWaitSeconds = 300;

export function waitBeforeTry(tries: number): number {
  return tries === 0 ? 0 : Math.min(longestWaitSeconds, firstWaitSeconds * 2 ** Math.min(tries - 1, 10));
}

/** The job that makes one step. `tries` counts how often this step was tried before. */
export function filingJob(
  practiceId: string,
  intakeId: string,
  step: FilingStep,
  tries = 0,
  afterSeconds = waitBeforeTry(tries),
): OwedJob {
  return {
    queue: practiceSystemQueue,
    data: { practiceId, intakeId, step, tries },
    ...(afterSeconds === 0 ? {} : { afterSeconds }),
  };
}

/** A confirmed intake is owed to the practice system. */
export function intakeReactions(event: StoredEvent): readonly OwedJob[] {
  if (event.type !== 'IntakeConfirmed') return [];
  return [filingJob(event.practiceId, event.stream.slice('intake/'.length), 'find')];
}
