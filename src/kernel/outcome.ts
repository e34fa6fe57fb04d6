/**
 * What came of a call to the outside. Only `retry` may be repeated; `unknown` is looked up first.
 *
 * - `accepted`: the other side did it.
 * - `rejected`: permanent; repeating cannot help.
 * - `retry`: provably not done; may be sent again after `afterMs` (milliseconds), or after the queue's own backoff. With `scope`
 *   `account` it is no trouble of this one: whatever else is sent for the account meets the same, until somebody mends it. Where
 *   `atMost` is given, the answer is final once it has come so many times.
 * - `unknown`: may have been done (a time-out, a connection lost after the bytes left).
 *
 * `code` is short, stable and free of patient data: it may be logged.
 */
export type Outcome<T> =
  | { readonly kind: 'accepted'; readonly value: T }
  | { readonly kind: 'rejected'; readonly code: string }
  | {
      readonly kind: 'retry';
      readonly code: string;
      readonly afterMs?: number;
      readonly scope?: 'account';
      readonly atMost?: number;
    }
  | { readonly kind: 'unknown'; readonly code: string };

export function accepted<T>(value: T): Outcome<T> {
  return { kind: 'accepted', value };
}

export function rejected(code: string): Outcome<never> {
  return { kind: 'rejected', code };
}

export function retry(code: string, afterMs?: number): Outcome<never> {
  return afterMs === undefined ? { kind: 'retry', code } : { kind: 'retry', code, afterMs };
}

/** As `retry`, until the same answer has come `atMost` times. */
export function retryAtMost(code: string, atMost: number): Outcome<never> {
  return { kind: 'retry', code, atMost };
}

/** As `retry`, for the account as a whole. */
export function accountRetry(code: string, afterMs: number): Outcome<never> {
  return { kind: 'retry', code, afterMs, scope: 'account' };
}

export function unknown(code: string): Outcome<never> {
  return { kind: 'unknown', code };
}
