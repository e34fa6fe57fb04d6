import type { Outcome } from '#kernel/outcome.ts';

/**
 * Accounts that may not send as a whole: a token that was revoked, a number that was locked, a bill that was not paid. Their messages
 * wait where they are; one at a time is tried once the pause is over. Each process learns it for itself, by one call.
 */
export type Pauses = {
  /** Milliseconds that a message of this account waits; 0: it may try, and is then the only one to do so for a while. */
  readonly waitOf: (account: string, now: number) => number;
  /** What came of a call for the account. True where this begins a pause. */
  readonly learn: (account: string, outcome: Outcome<unknown>, now: number) => boolean;
};

export const accountName = ({ channel, id }: { readonly channel: string; readonly id: string }) =>
  `${channel}/${id}`;

/** Milliseconds in which a try that nobody heard of again keeps the others waiting: longer than a call may take. */
const tryMs = 15_000;

/** Milliseconds. No pause is longer, so that one from before the clock was set back ends. */
const longestMs = 3_600_000;

const defaultMs = 60_000;

export function createPauses(): Pauses {
  const until = new Map<string, number>();
  return {
    waitOf(account, now) {
      const end = until.get(account);
      if (end === undefined) return 0;
      const left = end - now;
      if (left > 0 && left <= longestMs) return left;
      until.set(account, now + tryMs);
      return 0;
    },
    learn(account, outcome, now) {
      if (outcome.kind === 'accepted' || outcome.kind === 'rejected') until.delete(account);
      if (outcome.kind !== 'retry' || outcome.scope !== 'account') return false;
      const isNew = !until.has(account);
      until.set(account, now + Math.min(outcome.afterMs ?? defaultMs, longestMs));
      return isNew;
    },
  };
}
