/** One practice's WhatsApp channel at MessageBird (Conversations API v1), every reference resolved. Holds secrets: never log it. */
export type MessageBirdAccount = {
  readonly practiceId: string;
  /** The practice's own name for the account: the last segment of the webhook's URL. */
  readonly id: string;
  /** MessageBird's id of the WhatsApp channel: sends from it, and receives for it. */
  readonly channelId: string;
  /** `https://conversations.messagebird.com`, or a simulator's. */
  readonly baseUrl: string;
  readonly accessKey: string;
  /** The first is current; a second is still accepted while the key is being rotated. Not the access key. */
  readonly signingKeys: readonly string[];
  /** The WhatsApp namespace of the account's templates, as the dashboard shows it. Needed for templates alone. */
  readonly templateNamespace: string;
  /**
   * Our own public webhook URL, `https` only. Where it is given, the statuses of a message go there as well, with our id in the query
   * (`ref`): whether MessageBird repeats `source` in `message.updated` is not confirmed, that it calls this URL is.
   */
  readonly reportUrl?: string;
  /** How far MessageBird's clock and ours may differ; 5 seconds, as in its own SDK, where it is absent. */
  readonly clockToleranceSeconds?: number;
  /** Hosts besides the known ones from which files may be fetched, without credentials. */
  readonly mediaHosts?: readonly string[];
};
