/** One practice's WhatsApp sender at Twilio, every reference resolved. Holds secrets: never log it. */
export type TwilioAccount = {
  readonly practiceId: string;
  /** The practice's own name for the account: the last segment of the webhook's URL. */
  readonly id: string;
  /** `AC…`. Of a subaccount, where the practice has one: its own tokens sign its webhooks. */
  readonly accountSid: string;
  /** `SK…` with its secret, or `accountSid` with the auth token. */
  readonly apiKey: string;
  readonly apiSecret: string;
  /** What signs the webhooks: the primary auth token, and the secondary while they are being rotated. */
  readonly authTokens: readonly string[];
  /** The number that patients write to: digits with country code. */
  readonly sender: string;
  /** `MG…`, where messages leave through a messaging service. */
  readonly messagingServiceSid?: string;
  /** `https://api.twilio.com`, or a simulator's. */
  readonly baseUrl: string;
  /** `https://messaging.twilio.com`, or a simulator's: the typing indicator has a host of its own. */
  readonly messagingUrl: string;
  /** The account's own public webhook URL. Statuses come to it, with our message's id in the query. */
  readonly statusCallbackUrl?: string;
  /** The practice's templates: what name and language are called at Twilio. */
  readonly templates: readonly TemplateContent[];
  /** Contents for questions: without one that fits, a question is asked as numbered text. */
  readonly questions: readonly QuestionContent[];
  /**
   * Whether to show that an answer is being written. A public beta, outside of Twilio's service levels, and by Twilio's own list not
   * eligible under HIPAA: off unless the practice says otherwise.
   */
  readonly typing: boolean;
  /** Hosts besides the known ones from which files may be fetched, without credentials. */
  readonly mediaHosts?: readonly string[];
};

/** A template that WhatsApp has approved. Its body's variables are `{{1}}`, `{{2}}` … */
export type TemplateContent = {
  readonly name: string;
  /** As the practice names it in its templates: `pt_BR`. */
  readonly language: string;
  /** `HX…` */
  readonly contentSid: string;
  /**
   * `variables`: the ids of its quick replies are variables, numbered on after the body's; our payloads come back in the tap.
   * `fixed`: they are part of the template, and the tap brings what stands there.
   */
  readonly payloads: 'variables' | 'fixed';
};

/**
 * A content made for questions within the service window, every part a variable, so that one serves all questions of its shape.
 *
 * - `buttons` (`twilio/quick-reply`): body `{{1}}`, then title and id of each button: `{{2}}` `{{3}}`, `{{4}}` `{{5}}` …
 * - `list` (`twilio/list-picker`): body `{{1}}`, label `{{2}}`, then item and id of each row, and its description where
 *   `descriptions` is true: `{{3}}` `{{4}}` (`{{5}}`) …
 */
export type QuestionContent = {
  readonly shape: 'buttons' | 'list';
  /** How many buttons or rows it has: no more and no fewer can be shown. */
  readonly choices: number;
  /** Of a list: whether its rows have a second line. */
  readonly descriptions?: boolean;
  /** `HX…` */
  readonly contentSid: string;
};
