import type { Db } from '#platform/db/db.ts';
import type { Log } from '#platform/log.ts';
import type { Sealer } from './sealing.ts';

/** What sign-in by a practice's identity provider needs to know; `staff.yaml`, with its references resolved. */
export type OidcSettings = {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The claim whose values `roles` maps. */
  readonly roleClaim: string;
  readonly roles: Readonly<Record<string, string>>;
  /** Values of `acr` or `amr` that prove a second factor; any where the list is empty. */
  readonly acr: readonly string[];
  /** Asked for besides `openid`; default `profile`. */
  readonly scopes?: readonly string[] | undefined;
};

/** What signing in knows of a practice. */
export type StaffPractice = {
  readonly id: string;
  readonly name: string;
  readonly timeZone: string;
  readonly languages: readonly string[];
  readonly oidc?: OidcSettings | undefined;
};

export type StaffDeps = {
  readonly db: Db;
  /** Blinds the addresses that attempts come from. */
  readonly sealer: Pick<Sealer, 'blind'>;
  readonly log: Log;
  /** Where browsers reach us: decides the cookie's name, the passkeys' domain and what counts as our own site. */
  readonly publicUrl: string;
  /** Opens the door of the personas. */
  readonly sandbox: boolean;
  readonly practices: readonly StaffPractice[];
};

export const practiceOf = (deps: Pick<StaffDeps, 'practices'>, id: string): StaffPractice | undefined =>
  deps.practices.find((practice) => practice.id === id);
