import { randomInt } from 'node:crypto';

/**
 * Calls a callback with a challenge (Meta: verification requests): it has to come back as the whole body. Resolves to
 * undefined when it did, else to what went wrong, in words without the callback's own.
 */
export async function verifyCallback(
  callback: string,
  verifyToken: string,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const challenge = String(randomInt(100_000_000, 999_999_999));
  try {
    const url = new URL(callback);
    url.searchParams.set('hub.mode', 'subscribe');
    url.searchParams.set('hub.challenge', challenge);
    url.searchParams.set('hub.verify_token', verifyToken);
    const response = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
    });
    const body = await response.text();
    if (response.status !== 200) return `HTTP Status Code = ${response.status}`;
    return body === challenge ? undefined : 'the challenge was not echoed';
  } catch {
    return 'no answer';
  }
}

/** Milliseconds before the second attempt, and at most between two. */
const firstWaitMs = 100;
const longestWaitMs = 2_000;

/**
 * Repeats `attempt` with growing waits until it finds no problem; false when the signal ended it. Meta asks once, but here
 * the product may still be starting.
 */
export async function untilVerified(
  attempt: () => Promise<string | undefined>,
  signal: AbortSignal,
): Promise<boolean> {
  for (let wait = firstWaitMs; !signal.aborted; wait = Math.min(wait * 1.6, longestWaitMs)) {
    if ((await attempt()) === undefined) return !signal.aborted;
    await pause(wait, signal);
  }
  return false;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
