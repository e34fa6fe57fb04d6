/**
 * How one of our templates is called at Bird: there, a template is a project, each of its versions is sent by its id, and its
 * variables have names of their own.
 */
export type BirdTemplate = {
  /** Ours: the template's name and language code (`pt_BR`), as a message names it. */
  readonly name: string;
  readonly language: string;
  /** UUID of the template project. */
  readonly projectId: string;
  /** UUID of a version, or `latest`. */
  readonly version: string;
  /** Bird's language code of this variant (`pt-BR`). */
  readonly locale: string;
  /** Bird's names of the variables, in the order of ours. */
  readonly variables: readonly string[];
  /**
   * Bird's names of the variables that stand in the quick-reply buttons' payloads, in the order of the buttons. Empty where the
   * project's buttons have none: then a tap says no more than the button's label.
   */
  readonly payloads: readonly string[];
};

/**
 * One practice's WhatsApp number at the Bird Channels API (api.bird.com, workspaces and channels), every reference resolved. Not the
 * platform API of `@messagebird/sdk`, and not MessageBird's older Conversations API: their keys do not work here. Holds secrets:
 * never log it.
 */
export type BirdAccount = {
  readonly practiceId: string;
  /** The practice's own name for the account: the last segment of the webhook's URL. */
  readonly id: string;
  /** UUID. */
  readonly workspaceId: string;
  /** UUID of the WhatsApp channel: one number. */
  readonly channelId: string;
  /** `https://api.bird.com`, or a simulator's. */
  readonly baseUrl: string;
  readonly accessKey: string;
  /** Of the webhook subscription. The first is current; a second is still accepted while the key is being rotated. */
  readonly signingKeys: readonly string[];
  /**
   * How old a signed request may be, in milliseconds; 25 hours where absent. Never less than 24 hours: Bird's retries keep the
   * first attempt's timestamp for about that long, and a shorter window would refuse them.
   */
  readonly maxSignatureAgeMs?: number;
  readonly templates: readonly BirdTemplate[];
  /**
   * How a template's values travel: as a list of `parameters`, as integrations send them (taken where absent), or as an object of
   * `variables`, as the API reference has them.
   */
  readonly templateValues?: 'parameters' | 'variables';
  /** `numbered` asks every question as numbered text, should the number's buttons or lists not come through. */
  readonly choices?: 'interactive' | 'numbered';
  /** Hosts besides the known ones from which files may be fetched, without credentials. */
  readonly mediaHosts?: readonly string[];
};
