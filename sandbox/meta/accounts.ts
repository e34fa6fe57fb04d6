import type { NewTemplate } from './templates.ts';

export type { IdentityMode, WhatsAppUser } from '../provider/users.ts';

/**
 * Glossary of the simulator's words.
 *
 * - **app**: signs webhooks with its secret and owns accounts.
 * - **account**: one business phone number, with the WhatsApp Business Account (WABA) it belongs to.
 * - **user**: a person on WhatsApp, as Meta knows them.
 */
export type MetaAccount = {
  readonly wabaId: string;
  readonly phoneNumberId: string;
  /** `+55 11 5550-0100` */
  readonly displayPhone: string;
  readonly verifiedName?: string;
  readonly accessToken: string;
  readonly webhookUrl: string;
  readonly verifyToken: string;
  /** Messages in and out per second before 130429. Meta starts a number at 80 and raises it to 1,000. */
  readonly messagesPerSecond?: number;
  /** Approved from the start. They belong to the WABA, and so to all its numbers. */
  readonly templates?: readonly NewTemplate[];
};

export type MetaApp = {
  readonly appId: string;
  /** The first signs; a second one is the secret that is being rotated out. */
  readonly appSecrets: readonly [string, ...string[]];
  readonly accounts: readonly MetaAccount[];
};

/** An account with the app it belongs to. */
export type Owned = { readonly app: MetaApp; readonly account: MetaAccount };

export type Accounts = {
  readonly all: readonly Owned[];
  readonly byPhoneNumberId: (id: string) => Owned | undefined;
  readonly byWabaId: (id: string) => readonly Owned[];
  readonly byToken: (token: string) => readonly Owned[];
};

export function accountsOf(apps: readonly MetaApp[]): Accounts {
  const all = apps.flatMap((app) => app.accounts.map((account) => ({ app, account })));
  const byId = new Map(all.map((owned) => [owned.account.phoneNumberId, owned]));
  return {
    all,
    byPhoneNumberId: (id) => byId.get(id),
    byWabaId: (id) => all.filter(({ account }) => account.wabaId === id),
    byToken: (token) => all.filter(({ account }) => account.accessToken === token),
  };
}

/** The portfolio that business-scoped user ids are scoped to: here, one per app. */
export function portfolioOf(owned: Owned): string {
  return owned.app.appId;
}
