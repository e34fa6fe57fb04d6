import { type Account, authorization } from './accounts.ts';
import type { Authorization } from './channel.ts';

/** The headers that an account's requests carry besides their own. @throws Error as `Channel.authorize` */
export type Authorizations = (account: Account, nowMs: number) => Promise<Authorization['headers']>;

type Made = { readonly made: Promise<Authorization | undefined>; readonly atMs: number; untilMs: number };

const none: Authorization['headers'] = {};

/** Makes each account's token once and hands it out while it is good. What failed is tried anew by whoever asks next. */
export function createAuthorizations(make: typeof authorization = authorization): Authorizations {
  const known = new Map<Account, Made>();

  async function remade(account: Account, nowMs: number): Promise<Authorization | undefined> {
    const entry: Made = { made: make(account, nowMs), atMs: nowMs, untilMs: Number.POSITIVE_INFINITY };
    known.set(account, entry);
    try {
      const made = await entry.made;
      if (made !== undefined) entry.untilMs = nowMs + made.validForMs;
      return made;
    } catch (error) {
      known.delete(account);
      throw error;
    }
  }

  return async (account, nowMs) => {
    const entry = known.get(account);
    // A clock that was set back says nothing of how long it holds.
    const isGood = entry !== undefined && nowMs >= entry.atMs && nowMs < entry.untilMs;
    const made = isGood ? await entry.made : await remade(account, nowMs);
    return made?.headers ?? none;
  };
}
