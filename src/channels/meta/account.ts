/** One practice's WhatsApp number at Meta, every reference resolved. Holds secrets: never log it. */
export type MetaAccount = {
  readonly practiceId: string;
  /** The practice's own name for the account: the last segment of the webhook's URL. */
  readonly id: string;
  readonly phoneNumberId: string;
  /** WhatsApp Business Account that the number belongs to. */
  readonly wabaId: string;
  /** `https://graph.facebook.com`, or a simulator's. */
  readonly baseUrl: string;
  /** Graph API version: `v26.0`. */
  readonly apiVersion: string;
  /** The first is current; a second is still accepted while the secret is being rotated. */
  readonly appSecrets: readonly string[];
  readonly verifyToken: string;
  readonly accessToken: string;
  /** Hosts besides the known ones from which files may be fetched, without credentials. */
  readonly mediaHosts?: readonly string[];
};
