/** One practice's WhatsApp number at Vonage, every reference resolved. Holds secrets: never log it. */
export type VonageAccount = {
  readonly practiceId: string;
  /** The practice's own name for the account: the last segment of the webhook's URL. */
  readonly id: string;
  /** The WhatsApp number: digits with country code and no `+`, as Vonage writes it. */
  readonly number: string;
  /** The API key, which every webhook's token names. No secret. */
  readonly apiKey: string;
  /** The application that the number is linked to. Its webhooks and its private key are used. */
  readonly applicationId: string;
  /** The application's private key: RSA, PEM. */
  readonly privateKey: string;
  /** The signature secrets of the API key. The first is current; a second is still accepted while it is being rotated. */
  readonly signatureSecrets: readonly string[];
  /** Where messages are sent: `https://api.nexmo.com`, a region's host, or a simulator's. */
  readonly baseUrl: string;
  /**
   * Where inbound messages are marked as read, if not at `baseUrl`: a message is known only in the region that took it, whose host
   * its `_self.href` names (`https://api-eu.vonage.com`).
   */
  readonly updateBaseUrl?: string;
  /** Of the message templates; Meta's own API has none, so it is left out where it is not set. */
  readonly templateNamespace?: string;
  /** A webhook's token may be so old, in seconds. By default as long as Vonage repeats a delivery, and five minutes. */
  readonly tokenMaxAgeSeconds?: number;
  /** True: a token without `application_id` is accepted too. One that names another application never is. */
  readonly acceptsUnnamedApplication?: boolean;
  /** Hosts besides the known ones from which files may be fetched, without credentials. */
  readonly mediaHosts?: readonly string[];
};
