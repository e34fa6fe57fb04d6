import type { Fact } from '#kernel/event.ts';

/** Whether a practice's system answers, stream `practice-system/<practiceId>`: so that every process, and staff, know of it. */
export type PracticeSystemEvent =
  /** Calls are kept away from it. `code`: what the last one met. */
  | Fact<'PracticeSystemAway', { readonly code: string; readonly at: string }>
  /** Calls pass again, or a process began that has yet to see for itself. */
  | Fact<'PracticeSystemBack', { readonly at: string }>;

export function practiceSystemStream(practiceId: string): string {
  return `practice-system/${practiceId}`;
}
