/**
 * Faults on demand: each is armed for a number of occasions and disarms itself; a restart disarms all. These are
 * what every provider can do; each has others besides.
 *
 * On a send:
 * - `timeout-before`: the request is not done and never answered;
 * - `timeout-after`: it is done, and never answered: the caller cannot know;
 * - `http-500`: not done, an error of the provider's own, or the `code` that is given with its own HTTP status;
 * - `throttled`: not done, the provider's own word for "too many";
 * - `html`: not done, a proxy's HTML page instead of the provider's encoding.
 *
 * On the status of a sent message:
 * - `read-without-delivered`: the `delivered` notice is missing;
 * - `failed-after-sent`: a failure follows `sent`, with `code` or the provider's own for "nobody there".
 *
 * On a webhook:
 * - `duplicate`: the same POST twice;
 * - `delay`: `delayMs` later than it should be (5 s when none is given);
 * - `wrong-signature`: the first attempt is signed with a wrong secret.
 */
export const commonFaults = [
  'timeout-before',
  'timeout-after',
  'http-500',
  'throttled',
  'html',
  'read-without-delivered',
  'failed-after-sent',
  'duplicate',
  'delay',
  'wrong-signature',
] as const;

export type CommonFault = (typeof commonFaults)[number];

/** Milliseconds, where the fault `delay` names none. */
export const defaultDelayMs = 5_000;

export type FaultOptions = { readonly count?: number; readonly code?: number; readonly delayMs?: number };

export type Armed<Name extends string = string> = {
  readonly fault: Name;
  /** Occasions left. */
  readonly count: number;
  readonly code?: number;
  readonly delayMs?: number;
};

export type Faults<Name extends string> = {
  readonly set: (fault: Name, options?: FaultOptions) => void;
  readonly clear: (fault?: Name) => void;
  readonly list: () => readonly Armed<Name>[];
  readonly armed: (fault: Name) => Armed<Name> | undefined;
  /** Uses up one occasion and says what was armed. */
  readonly take: (fault: Name) => Armed<Name> | undefined;
};

/** `onChange` hears when a fault is set or cleared, so that what a fault held back can leave. */
export function createFaults<Name extends string>(
  onChange: (fault: Name | undefined) => void = () => {},
): Faults<Name> {
  const armed = new Map<Name, Armed<Name>>();
  return {
    set: (fault, { count = 1, ...more } = {}) => {
      armed.set(fault, { fault, count, ...more });
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

/** A provider's faults for whoever knows them by name only. */
export type NamedFaults = {
  readonly names: readonly string[];
  /** @throws Error where the provider has no such fault */
  readonly set: (fault: string, options?: FaultOptions) => void;
  readonly clear: (fault?: string) => void;
  readonly list: () => readonly Armed[];
};

export function namedFaults<Name extends string>(
  names: readonly Name[],
  faults: Pick<Faults<Name>, 'set' | 'clear' | 'list'>,
): NamedFaults {
  const known = (given: string): Name => {
    const found = names.find((name) => name === given);
    if (found === undefined) throw new Error(`the provider has no fault "${given}"`);
    return found;
  };
  return {
    names,
    set: (fault, options) => faults.set(known(fault), options),
    clear: (fault) => faults.clear(fault === undefined ? undefined : known(fault)),
    list: faults.list,
  };
}
