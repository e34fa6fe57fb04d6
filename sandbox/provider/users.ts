import { createHash } from 'node:crypto';
import { type Kept, keep } from './kept.ts';
import type { Store } from './store.ts';

/**
 * What a business learns of a user:
 * - `phone`: only the phone number, as before April 2026;
 * - `phone+bsuid`: phone number and business-scoped user id;
 * - `bsuid`: only the business-scoped user id, because the user has taken a username.
 */
export type IdentityMode = 'phone' | 'phone+bsuid' | 'bsuid';

/** A person on WhatsApp, as Meta knows them, whichever provider stands between. */
export type WhatsAppUser = {
  readonly id: string;
  readonly profileName: string;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  /** Digits with country code. Every user has one; whether a business sees it is the mode's matter. */
  readonly phone: string;
  readonly username?: string;
  readonly identity: IdentityMode;
};

/**
 * The business-scoped user id of a user towards one business portfolio: country code, dot, digits. The same pair
 * always gets the same id; another portfolio gets another one.
 */
export function bsuidOf(user: { id: string; country: string }, portfolioId: string): string {
  const digest = createHash('sha256').update(`${portfolioId}/${user.id}`).digest();
  const digits = BigInt(`0x${digest.subarray(0, 8).toString('hex')}`)
    .toString()
    .padStart(20, '1');
  return `${user.country}.${digits}`;
}

/** Who is on WhatsApp: kept, so that a restart knows them before their phones are switched on. */
export type Users = Pick<Kept<WhatsAppUser>, 'get' | 'values'> & {
  /** Adds a user, or updates the one with this id. */
  readonly put: (user: WhatsAppUser) => void;
};

export function usersOf(store: Store): Users {
  const users = keep<WhatsAppUser>(store, 'users');
  return { get: users.get, values: users.values, put: (user) => users.set(user.id, user) };
}
