/**
 * Faults on demand. Each is armed for a number of occasions and disarms itself.
 *
 * On a send: `timeout-before` (not done, never answered), `timeout-after` (done, never answered), `http-500`, `throttled` (429, not
 * done, with `Retry-After` in seconds), `html` (a gateway's page in place of JSON).
 *
 * On the status of a sent message: `failed-after-sent`, with Meta's `code` (131026 when none is given); `lost-status`: no status comes.
 *
 * On a webhook: `duplicate` (the same POST twice), `wrong-signature` (the first attempt only).
 */
export const birdFaults = [
  'timeout-before',
  'timeout-after',
  'http-500',
  'throttled',
  'html',
  'failed-after-sent',
  'lost-status',
  'duplicate',
  'wrong-signature',
] as const;

export type BirdFault = (typeof birdFaults)[number];

export type Armed = { readonly count: number; readonly code?: number; readonly retryAfter?: number };

export type Faults = {
  readonly set: (fault: BirdFault, options?: Partial<Armed>) => void;
  readonly clear: () => void;
  /** Uses up one occasion and says what was armed. */
  readonly take: (fault: BirdFault) => Armed | undefined;
};

export function createFaults(): Faults {
  const armed = new Map<BirdFault, Armed>();
  return {
    set: (fault, options = {}) => {
      armed.set(fault, { count: 1, ...options });
    },
    clear: () => armed.clear(),
    take: (fault) => {
      const found = armed.get(fault);
      if (found === undefined) return undefined;
      if (found.count <= 1) armed.delete(fault);
      else armed.set(fault, { ...found, count: found.count - 1 });
      return found;
    },
  };
}
