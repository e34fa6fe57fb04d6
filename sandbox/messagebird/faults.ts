/**
 * Faults on demand. Each is armed for a number of occasions and disarms itself; a restart disarms all.
 *
 * On a send:
 * - `timeout-before`: the request is not done and never answered;
 * - `timeout-after`: it is done, and never answered: the caller cannot know;
 * - `error`: not done, with the documented `code` that is given (99 when none is);
 * - `throttled`: not done, HTTP 429 with `Retry-After`;
 * - `html`: not done, a proxy's HTML page instead of JSON.
 *
 * On the status of a sent message:
 * - `failed-after-sent`: `failed` with error 301 follows `sent`;
 * - `read-without-delivered`: the `delivered` notice is missing;
 * - `silent`: no status at all.
 *
 * On a webhook:
 * - `duplicate`: the same POST twice;
 * - `delay`: `delayMs` later than it should be (5 s when none is given);
 * - `wrong-signature`: the first attempt is signed with a wrong key; the retry is right;
 * - `wrong-url`: the first attempt is signed for another URL;
 * - `no-payload-hash`: the first attempt lacks `payload_hash`;
 * - `lost`: never delivered;
 * - `no-contact`: the envelope lacks `contact`.
 */
export const messageBirdFaults = [
  'timeout-before',
  'timeout-after',
  'error',
  'throttled',
  'html',
  'failed-after-sent',
  'read-without-delivered',
  'silent',
  'duplicate',
  'delay',
  'wrong-signature',
  'wrong-url',
  'no-payload-hash',
  'lost',
  'no-contact',
] as const;

export type MessageBirdFault = (typeof messageBirdFaults)[number];

export type Armed = {
  readonly fault: MessageBirdFault;
  /** Occasions left. */
  readonly count: number;
  readonly code?: number;
  readonly delayMs?: number;
};

export type Faults = {
  readonly set: (
    fault: MessageBirdFault,
    options?: { count?: number; code?: number; delayMs?: number },
  ) => void;
  readonly clear: (fault?: MessageBirdFault) => void;
  readonly list: () => readonly Armed[];
  /** Uses up one occasion and says what was armed. */
  readonly take: (fault: MessageBirdFault) => Armed | undefined;
};

export function isMessageBirdFault(name: string): name is MessageBirdFault {
  return messageBirdFaults.some((fault) => fault === name);
}

export function createFaults(): Faults {
  const armed = new Map<MessageBirdFault, Armed>();
  return {
    set: (fault, { count = 1, ...more } = {}) => {
      armed.set(fault, { fault, count, ...more });
    },
    clear: (fault) => {
      if (fault === undefined) armed.clear();
      else armed.delete(fault);
    },
    list: () => [...armed.values()],
    take: (fault) => {
      const found = armed.get(fault);
      if (found === undefined) return undefined;
      if (found.count <= 1) armed.delete(fault);
      else armed.set(fault, { ...found, count: found.count - 1 });
      return found;
    },
  };
}
