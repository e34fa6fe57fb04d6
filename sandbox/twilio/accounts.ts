import { bsuidOf, type WhatsAppUser } from '../provider/users.ts';

/** What the simulator knows beforehand. Made-up people and numbers only. */

/** A content of the Content API. Every text in it may hold variables' places: `{{1}}`. */
export type Content = {
  /** `HX…` */
  readonly sid: string;
  /** What the message's `body` says in the end. */
  readonly body: string;
  /** How many variables it has, `{{1}}` to that number; each must be given. */
  readonly variables: number;
  /** Approved by WhatsApp: may also be sent outside of the window. */
  readonly approved: boolean;
  /** `twilio/quick-reply`; a button without an id comes back as its title. */
  readonly buttons?: readonly { readonly title: string; readonly id?: string }[];
  /** `twilio/list-picker` */
  readonly list?: {
    readonly button: string;
    readonly items: readonly { readonly item: string; readonly id: string; readonly description?: string }[];
  };
};

export type Sender = {
  /** Digits with country code. */
  readonly number: string;
  /** Where messages to it go. May end in connection overrides: `#rc=5&rp=ct,rt,5xx`. */
  readonly webhookUrl: string;
};

export type User = {
  /** As the sandbox knows them; the user id where it is absent. */
  readonly id?: string;
  /** Digits with country code. */
  readonly phone: string;
  /** Business-scoped; absent where WhatsApp tells of none. */
  readonly userId?: string;
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

/** A user as the account learns of them: the user ids are scoped to the account. */
export function userFor(user: WhatsAppUser, account: Pick<TwilioAccount, 'accountSid'>): User {
  return {
    id: user.id,
    phone: user.phone,
    name: user.profileName,
    ...(user.identity === 'phone' ? {} : { userId: bsuidOf(user, account.accountSid) }),
    ...(user.identity === 'bsuid' && { hidesPhone: true }),
  };
}

export function keyOf(user: User): string {
  return user.id ?? user.userId ?? user.phone;
}
