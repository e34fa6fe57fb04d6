/** A WhatsApp number at the simulated Bird Channels API. */
export type BirdChannel = {
  readonly workspaceId: string;
  readonly channelId: string;
  readonly accessKey: string;
  readonly signingKey: string;
  /** Where its webhook subscription points; it is signed as it stands here. */
  readonly webhookUrl: string;
  /** `+12025550100`. */
  readonly number: string;
  readonly templates?: readonly BirdTemplateProject[];
};

/** A template project in one locale, with the names of its variables. */
export type BirdTemplateProject = {
  readonly projectId: string;
  readonly locale: string;
  readonly variables: readonly string[];
};

/** A patient as WhatsApp knows them. Without a phone number only the user id and the username are told. */
export type BirdUser = {
  readonly phone?: string;
  readonly userId?: string;
  readonly username?: string;
  readonly name?: string;
};
