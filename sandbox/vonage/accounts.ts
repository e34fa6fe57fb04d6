import type { NewTemplate } from '../meta/templates.ts';
import { bsuidOf, type WhatsAppUser } from '../provider/users.ts';

export type { IdentityMode, WhatsAppUser } from '../provider/users.ts';

/**
 * Glossary of the simulator's words.
 *
 * - **account**: an application of Vonage's with one WhatsApp number, and the API key that it belongs to.
 * - **user**: a person on WhatsApp.
 */
export type VonageAccount = {
  readonly apiKey: string;
  readonly applicationId: string;
  /** The application's public key: SPKI, PEM. What its requests are signed with must fit. */
  readonly publicKey: string;
  /** The first signs webhooks; a second one is the secret that is being rotated out. */
  readonly signatureSecrets: readonly [string, ...string[]];
  /** Digits with country code. */
  readonly number: string;
  /** Takes both inbound messages and statuses. */
  readonly webhookUrl: string;
  /** Approved from the start. */
  readonly templates?: readonly NewTemplate[];
  /** Before 429. Default 80, as Meta starts a number. */
  readonly messagesPerSecond?: number;
};

/** Business-scoped user ids are scoped to a portfolio: here, one per API key. */
export function userIdFor(user: WhatsAppUser, account: VonageAccount): string {
  return bsuidOf(user, account.apiKey);
}

/** What a business learns of a user: the address, and the fields beside it. */
export type Known = {
  readonly address: string;
  readonly ids?: { readonly user_id: string; readonly wa_id?: string };
  readonly profile: { readonly name: string; readonly username?: string };
};

export function knownOf(user: WhatsAppUser, account: VonageAccount): Known {
  const userId = userIdFor(user, account);
  const name = user.profileName;
  switch (user.identity) {
    case 'phone':
      return { address: user.phone, profile: { name } };
    case 'phone+bsuid':
      return { address: user.phone, ids: { user_id: userId, wa_id: user.phone }, profile: { name } };
    case 'bsuid':
      return {
        address: userId,
        ids: { user_id: userId },
        profile: user.username === undefined ? { name } : { name, username: user.username },
      };
  }
}
