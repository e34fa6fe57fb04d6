import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';

/**
 * Whether anything of a request was written to a connection: the difference between "provably not sent" and "nobody knows". A
 * failure's code alone does not always say it: time runs out while connecting as well as while the answer is awaited.
 *
 * `fetch` announces each request when it is made, and again just before its head is written (undici, "Diagnostics Channel
 * Support"). What was announced once and not twice has not left.
 */
export type Departure = {
  /** It was announced, so that we should have heard of its leaving. */
  seen: boolean;
  left: boolean;
};

const current = new AsyncLocalStorage<Departure>();
const byRequest = new WeakMap<object, Departure>();

/** Set when an answer came to a request that never seemed to leave: this runtime does not announce it, so silence proves nothing. */
let isUnheard = false;

function requestOf(message: unknown): object | undefined {
  const request: unknown =
    typeof message === 'object' && message !== null ? Reflect.get(message, 'request') : undefined;
  return typeof request === 'object' && request !== null ? request : undefined;
}

subscribe('undici:request:create', (message) => {
  const departure = current.getStore();
  const request = requestOf(message);
  if (departure === undefined || request === undefined) return;
  departure.seen = true;
  byRequest.set(request, departure);
});

subscribe('undici:client:sendHeaders', (message) => {
  const request = requestOf(message);
  const departure = request === undefined ? undefined : byRequest.get(request);
  if (departure !== undefined) departure.left = true;
});

/** Makes one call, and follows whether it leaves. */
export async function departing<T>(departure: Departure, call: () => Promise<T>): Promise<T> {
  const result = await current.run(departure, call);
  if (departure.seen && !departure.left) isUnheard = true;
  return result;
}

/** True only where it is certain: nothing of the request was written. */
export function stayedHere(departure: Departure): boolean {
  return departure.seen && !departure.left && !isUnheard;
}
