/** What the simulator knows beforehand. Made-up people and numbers only. */

export type Content = {
  /** `HX…` */
  readonly sid: string;
  /** With its variables' places: `{{1}}`. What the message's `body` says in the end. */
  readonly body: string;
  /** How many variables it has, `{{1}}` to that number; each must be given. */
  readonly variables: number;
  /** Approved by WhatsApp: may also be sent outside of the window. */
  readonly approved: boolean;
};

export type Sender = {
  /** Digits with country code. */
  readonly number: string;
  /** Where messages to it go. May end in connection overrides: `#rc=5&rp=ct,rt,5xx`. */
  readonly webhookUrl: string;
};

export type User = {
  /** Digits with country code. */
  readonly phone: string;
  readonly userId: string;
  readonly name: string;
  /** Has a username: neither `WaId` nor a number in `From`. */
  readonly hidesPhone?: boolean;
};

export type TwilioAccount = {
  readonly accountSid: string;
  /** The primary: it signs. */
  readonly authToken: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly senders: readonly Sender[];
  readonly contents: readonly Content[];
  readonly users: readonly User[];
};
