import { type Faults as AllFaults, commonFaults, createFaults as createAll } from '../provider/faults.ts';

/**
 * Besides the faults of every provider (`http-500` is 1030, or the `code` with its own HTTP status; `throttled` is 429 and 1000, with
 * `retry-after` where `delayMs` is given; `failed-after-sent`: `rejected` follows `submitted`, with `code` or 1300):
 *
 * On a webhook:
 * - `wrong-hash`: the first attempt is signed over another body; the repeat is right;
 * - `unsigned`: the first attempt has no token at all, as Vonage says may happen.
 */
export const vonageFaults = [...commonFaults, 'wrong-hash', 'unsigned'] as const;

export type VonageFault = (typeof vonageFaults)[number];

export type Faults = AllFaults<VonageFault>;

export const createFaults = createAll<VonageFault>;
