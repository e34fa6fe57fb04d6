import { useSyncExternalStore } from 'react';

/**
 * Whether the session that this page had has ended. The page stays as it is, with all that was typed; acts that were under way
 * wait here until the same person has signed in again.
 */
let hadSession = false;
let isEnded = false;
const listeners = new Set<() => void>();
let waiting: (() => void)[] = [];

function change(ended: boolean): void {
  if (isEnded === ended) return;
  isEnded = ended;
  for (const listener of [...listeners]) listener();
}

/** The server knows no session any more. Before the first sign-in that is no news. */
export function sessionEnded(): void {
  if (hadSession) change(true);
}

/** Somebody is signed in on this page. */
export function sessionKnown(): void {
  hadSession = true;
}

/** The same person has signed in again: what waited goes on. */
export function sessionReturned(): void {
  change(false);
  const released = waiting;
  waiting = [];
  for (const release of released) release();
}

/** Resolves when the session is back; never, where nobody comes back: the page is then left or loaded anew. */
export function sessionReturns(): Promise<void> {
  if (!isEnded) return Promise.resolve();
  return new Promise((resolve) => waiting.push(resolve));
}

export function useSessionEnded(): boolean {
  return useSyncExternalStore(
    (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    () => isEnded,
  );
}
