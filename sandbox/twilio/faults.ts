/**
 * Faults on demand. Each is armed for a number of occasions and disarms itself.
 *
 * On a send:
 * - `timeout-before`: not done and never answered;
 * - `timeout-after`: done, and never answered: the caller cannot know;
 * - `http-500`: not done, error 20500;
 * - `http-500-after`: done, and error 20500 all the same;
 * - `throttled`: not done, HTTP 429 and error 20429, with `Retry-After: 1`;
 * - `html`: not done, a gateway's page instead of JSON.
 *
 * On the status of a sent message:
 * - `failed-after-sent`: `failed` follows `sent`, with `code` (63024 when none is given);
 * - `undelivered`: `undelivered` in place of `delivered`, with `code` (63003 when none is given).
 *
 * On a webhook:
 * - `duplicate`: the same POST twice;
 * - `wrong-signature`: signed with a wrong token;
 * - `lost`: never sent. The message is in the list.
 */
export const twilioFaults = [
  'timeout-before',
  'timeout-after',
  'http-500',
  'http-500-after',
  'throttled',
  'html',
  'failed-after-sent',
  'undelivered',
  'duplicate',
  'wrong-signature',
  'lost',
] as const;

export type TwilioFault = (typeof twilioFaults)[number];

export type Armed = { readonly count: number; readonly code?: number };

export type Faults = {
  readonly set: (fault: TwilioFault, options?: { count?: number; code?: number }) => void;
  readonly clear: () => void;
  /** Uses up one occasion, if there is one. */
  readonly take: (fault: TwilioFault) => Armed | undefined;
};

export function createFaults(): Faults {
  const armed = new Map<TwilioFault, Armed>();
  return {
    set: (fault, { count = 1, code } = {}) => {
      armed.set(fault, code === undefined ? { count } : { count, code });
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
