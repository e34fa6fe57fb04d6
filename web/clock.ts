import { useSyncExternalStore } from 'react';

/**
 * What time it is for the product. The browser's clock may be wrong, and the sandbox moves its own ahead: so the difference is
 * taken from what the server says, and an instant of the server that lies ahead of us moves us on.
 */
let offsetMs = 0;

export const now = (): number => Date.now() + offsetMs;

let isSet = false;

/** What the server's machine says (its `Date` header). The first time it sets our clock, then it can only move us on. */
export function serverSays(date: string): void {
  const at = Date.parse(date);
  if (Number.isNaN(at)) return;
  if (isSet) happenedAt(date);
  else offsetMs = at - Date.now();
  isSet = true;
}

/** Something happened at this instant (ISO 8601), so it cannot be earlier. */
export function happenedAt(instant: string): void {
  const at = Date.parse(instant);
  if (at > now()) offsetMs = at - Date.now();
}

/** Milliseconds between two looks at the clock: the smallest step that is shown is a minute. */
const tickMs = 15_000;

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;
let tick = now();

function subscribe(changed: () => void): () => void {
  listeners.add(changed);
  tick = now();
  timer ??= setInterval(() => {
    tick = now();
    for (const listener of [...listeners]) listener();
  }, tickMs);
  return () => {
    listeners.delete(changed);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time in milliseconds, renewed every few seconds; one timer for the whole app. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => tick);
}
