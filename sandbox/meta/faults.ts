/**
 * Faults on demand. Each is armed for a number of occasions and disarms itself; a restart disarms all.
 *
 * On a send:
 * - `timeout-before`: the request is not done and never answered;
 * - `timeout-after`: it is done, and never answered: the caller cannot know;
 * - `http-500`: not done, error 131000, or the `code` that is given with its own HTTP status;
 * - `throttled`: not done, error 130429;
 * - `html`: not done, a proxy's HTML page instead of JSON.
 *
 * On a template that is created:
 * - `template-rejected`: Meta's review refuses it;
 * - `template-pending`: the review does not come to an end.
 *
 * On the status of a sent message:
 * - `read-without-delivered`: the `delivered` notice is missing;
 * - `failed-after-sent`: `failed` follows `sent`, with `code` (131026 when none is given).
 *
 * On a webhook:
 * - `duplicate`: the same POST twice;
 * - `delay`: `delayMs` later than it should be (5 s when none is given);
 * - `wrong-signature`: the first attempt is signed with a wrong secret; the retry is right;
 * - `reorder`: the next `count` updates come in reverse order;
 * - `batch`: the next `count` updates come in one POST.
 */
export const metaFaults = [
  'timeout-before',
  'timeout-after',
  'http-500',
  'throttled',
  'html',
  'template-rejected',
  'template-pending',
  'read-without-delivered',
  'failed-after-sent',
  'duplicate',
  'delay',
  'wrong-signature',
  'reorder',
  'batch',
] as const;

export type MetaFault = (typeof metaFaults)[number];

export type Armed = {
  readonly fault: MetaFault;
  /** Occasions left. */
  readonly count: number;
  readonly code?: number;
  readonly delayMs?: number;
};

/** Meta: webhooks, "up to 1,000 updates" in one delivery. */
export const maxBatch = 1000;

export type Faults = {
  readonly set: (fault: MetaFault, options?: { count?: number; code?: number; delayMs?: number }) => void;
  readonly clear: (fault?: MetaFault) => void;
  readonly list: () => readonly Armed[];
  readonly armed: (fault: MetaFault) => Armed | undefined;
  /** Uses up one occasion and says what was armed. */
  readonly take: (fault: MetaFault) => Armed | undefined;
};

export function isMetaFault(name: string): name is MetaFault {
  return metaFaults.some((fault) => fault === name);
}

/** `onChange` hears when a fault is set or cleared, so that what a fault held back can leave. */
export function createFaults(onChange: (fault: MetaFault | undefined) => void = () => {}): Faults {
  const armed = new Map<MetaFault, Armed>();
  return {
    set: (fault, { count = 1, ...more } = {}) => {
      armed.set(fault, { fault, count: fault === 'batch' ? Math.min(count, maxBatch) : count, ...more });
      onChange(fault);
    },
    clear: (fault) => {
      if (fault === undefined) armed.clear();
      else armed.delete(fault);
      onChange(fault);
    },
    list: () => [...armed.values()],
    armed: (fault) => armed.get(fault),
    take: (fault) => {
      const found = armed.get(fault);
      if (found === undefined) return undefined;
      if (found.count <= 1) armed.delete(fault);
      else armed.set(fault, { ...found, count: found.count - 1 });
      return found;
    },
  };
}
