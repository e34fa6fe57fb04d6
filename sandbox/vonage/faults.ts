/**
 * Faults on demand. Each is armed for a number of occasions and disarms itself.
 *
 * On a send:
 * - `timeout-before`: the request is not done and never answered;
 * - `timeout-after`: it is done, and never answered: the caller cannot know;
 * - `refused`: not done, with `code` and its own HTTP status (1030 when none is given);
 * - `throttled`: not done, 429 and 1000, with `retry-after` where `delayMs` is given;
 * - `html`: not done, a gateway's HTML page instead of JSON.
 *
 * On the status of a message:
 * - `read-without-delivered`: the `delivered` status is missing;
 * - `failed-after-submitted`: `rejected` follows `submitted`, with `code` (1300 when none is given).
 *
 * On a webhook:
 * - `duplicate`: the same one twice;
 * - `delay`: `delayMs` later than it should be (5 s when none is given);
 * - `wrong-signature`, `wrong-hash`: the first attempt is signed with a wrong secret, or over another body; the repeat is right;
 * - `unsigned`: the first attempt has no token at all, as Vonage says may happen.
 */
export const vonageFaults = [
  'timeout-before',
  'timeout-after',
  'refused',
  'throttled',
  'html',
  'read-without-delivered',
  'failed-after-submitted',
  'duplicate',
  'delay',
  'wrong-signature',
  'wrong-hash',
  'unsigned',
] as const;

export type VonageFault = (typeof vonageFaults)[number];

export type Armed = { readonly count: number; readonly code?: string; readonly delayMs?: number };

export type Faults = {
  readonly set: (fault: VonageFault, options?: Partial<Armed>) => void;
  readonly clear: (fault?: VonageFault) => void;
  readonly list: () => readonly (Armed & { readonly fault: VonageFault })[];
  /** Uses up one occasion and says what was armed. */
  readonly take: (fault: VonageFault) => Armed | undefined;
};

export function isVonageFault(name: string): name is VonageFault {
  return vonageFaults.some((fault) => fault === name);
}

export function createFaults(): Faults {
  const armed = new Map<VonageFault, Armed>();
  return {
    set: (fault, { count = 1, ...more } = {}) => void armed.set(fault, { count, ...more }),
    clear: (fault) => {
      if (fault === undefined) armed.clear();
      else armed.delete(fault);
    },
    list: () => [...armed].map(([fault, options]) => ({ fault, ...options })),
    take: (fault) => {
      const found = armed.get(fault);
      if (found === undefined) return undefined;
      if (found.count <= 1) armed.delete(fault);
      else armed.set(fault, { ...found, count: found.count - 1 });
      return found;
    },
  };
}
