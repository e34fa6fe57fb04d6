import type { HttpRequest, HttpResponse, RawWebhook } from '#kernel/http.ts';
import type { Outcome } from '#kernel/outcome.ts';
import type { Capabilities } from './capabilities.ts';
import type { MediaCodec } from './media.ts';
import type { AccountNews } from './news.ts';

/**
 * Glossary of the channel words.
 *
 * - **channel**: a messaging provider's folder, URL segment and registry key: one and the same string (`meta`).
 * - **account**: one practice's sending identity at a provider (a phone number), with its credentials.
 * - **delivery**: one webhook request as it arrived. It holds any number of channel events.
 * - **channel event**: one message, status or notice, in our words.
 * - **external id**: the provider's id of a message (`wamid…`). It may contain a phone number: never log it.
 */

/** Who wrote, as the provider knows them. At least one of `userId` and `phone` is present. */
export type ChannelUser = {
  /** The provider's own id of the user (Meta: business-scoped user id, `BR.1349…`). */
  readonly userId?: string;
  /** The same user's id in all portfolios of one business, where it has several (Meta: `BR.ENT.1181…`). */
  readonly parentUserId?: string;
  /** Digits with country code and no `+`, as the provider gives it. */
  readonly phone?: string;
  readonly username?: string;
  /** The name the user gave themselves in the messenger. Anything may stand here. */
  readonly profileName?: string;
};

export type SharedContact = {
  readonly name: string;
  readonly phones: readonly string[];
  /** True when it answers our own request for the number, so that it is the sender's own. */
  readonly requested: boolean;
};

export type InboundContent =
  | { readonly kind: 'text'; readonly text: string }
  /** A tap. `id` is the id that we gave the choice. */
  | {
      readonly kind: 'choice';
      readonly via: 'button' | 'list' | 'template';
      readonly id: string;
      readonly title: string;
    }
  /** A reference only; the bytes are fetched later, under the account's credentials. */
  | {
      readonly kind: 'media';
      readonly media: 'image' | 'audio' | 'video' | 'document' | 'sticker';
      readonly mediaId: string;
      readonly mimeType?: string;
      /** As the provider gives it. */
      readonly sha256?: string;
      readonly url?: string;
      readonly caption?: string;
      readonly fileName?: string;
      readonly voice?: boolean;
    }
  | {
      readonly kind: 'location';
      readonly latitude: number;
      readonly longitude: number;
      readonly name?: string;
      readonly address?: string;
    }
  | { readonly kind: 'contacts'; readonly contacts: readonly SharedContact[] }
  /** The answers of a form filled in inside the messenger (Meta: a Flow). `response` is parsed JSON, or the raw string. */
  | { readonly kind: 'form'; readonly name: string; readonly response: unknown }
  | { readonly kind: 'reaction'; readonly targetId: string; readonly emoji?: string }
  /** `text` is what the message says now, where it is words. */
  | { readonly kind: 'edit'; readonly targetId: string; readonly text?: string }
  | { readonly kind: 'revoke'; readonly targetId: string }
  | {
      readonly kind: 'identity-change';
      readonly userId?: string;
      readonly previousUserId?: string;
      readonly phone?: string;
    }
  /** The provider says that it cannot show us this message. */
  | { readonly kind: 'unsupported'; readonly what: string; readonly code?: number }
  /** We do not know this kind (yet). Stored, acknowledged, counted. */
  | { readonly kind: 'unknown'; readonly what: string };

export type EchoedBy = 'staff' | 'another-app';

export const messageStatuses = ['sent', 'delivered', 'read', 'played', 'failed'] as const;

export type MessageStatus = (typeof messageStatuses)[number];

export type ChannelEvent =
  | {
      readonly type: 'message';
      /** Idempotency: the provider's id. */
      readonly externalId: string;
      /** The provider's timestamp: ISO 8601, UTC. */
      readonly at: string;
      readonly from: ChannelUser;
      readonly content: InboundContent;
      /** External id of the message that this one answers. */
      readonly replyTo?: string;
      readonly forwarded?: boolean;
      /**
       * The provider's id of the number that this was sent to (Meta: `phone_number_id`). One webhook may carry what
       * belongs to several numbers; an event of another number than the account's is not the account's.
       */
      readonly receiver?: string;
      /** Another app has the chat and answers there. It is told to us all the same; it is not ours to answer. */
      readonly standby?: boolean;
    }
  /** Said to the user from the account's own number, and not by us. */
  | {
      readonly type: 'echo';
      readonly externalId: string;
      readonly at: string;
      readonly to: ChannelUser;
      /** `staff`: a person, in the messenger's own app for businesses. `another-app`: one that shares the number. */
      readonly by: EchoedBy;
      readonly content: InboundContent;
      /** As in a message. */
      readonly receiver?: string;
    }
  | {
      readonly type: 'status';
      readonly externalId: string;
      readonly status: MessageStatus;
      readonly at: string;
      readonly recipient: ChannelUser;
      /** The id of ours that the provider echoes (Meta: `biz_opaque_callback_data`). */
      readonly ourId?: string;
      /** Why it `failed`: the codec's name for it, as in `interpret`. */
      readonly code?: string;
      /** As in a message. */
      readonly receiver?: string;
    }
  /** A notice about the account, or anything else we do not act on (yet). `key` makes a repeat harmless. */
  | {
      readonly type: 'notice';
      readonly what: string;
      readonly key: string;
      readonly known: boolean;
      /** What it means for the account, where we understand it. The fields below come only with it. */
      readonly about?: AccountNews;
      /** The provider's time, where it gives one. */
      readonly at?: string;
      /** The number that it is of, as in a message. */
      readonly receiver?: string;
      /** The provider's id of the business account (Meta: WABA): it is of all its numbers, where it names none. */
      readonly business?: string;
    };

export type Choice = {
  /** Comes back in the tap. No patient data beyond what the title says. */
  readonly id: string;
  readonly title: string;
  readonly description?: string;
};

export type OutboundContent =
  | { readonly kind: 'text'; readonly text: string }
  /**
   * A question with choices. The codec shows buttons, a list or numbered text, whatever the provider and the
   * limits allow; so the reader of the answer must accept taps, numbers and words alike.
   */
  | {
      readonly kind: 'choices';
      readonly text: string;
      readonly choices: readonly Choice[];
      /** The label of the control that opens a list ("Choose"). */
      readonly listLabel: string;
    }
  /**
   * Asks for the user's own number by the messenger's own message, whose button shares it: the answer comes as `contacts`, with
   * `requested`. Where the provider has no such message, or the text is too long for it, `otherwise` is said instead.
   */
  | {
      readonly kind: 'contact-request';
      readonly text: string;
      readonly otherwise: Extract<OutboundContent, { kind: 'text' | 'choices' }>;
    }
  /**
   * A message whose text the provider has approved beforehand: all that may be sent once the service window has closed. The
   * variables are set into its places in order; the buttons' payloads come back in the tap.
   */
  | {
      readonly kind: 'template';
      readonly name: string;
      /** The provider's language code: `pt_BR`, `en_US`. */
      readonly language: string;
      /** `{{1}}`, `{{2}}` … of the body. */
      readonly variables: readonly string[];
      /** One payload per quick-reply button of the template, in its order. */
      readonly payloads: readonly string[];
      /** The text with its variables set: what staff and the timeline see. Not sent. */
      readonly text: string;
      /** The buttons' labels, as the template has them. Not sent. */
      readonly labels: readonly string[];
    }
  /** Marks the message as read; `typing` also shows that an answer is being written. */
  | { readonly kind: 'read'; readonly externalId: string; readonly typing: boolean };

export type OutboundMessage = {
  /** Our id. The provider echoes it where it can. */
  readonly id: string;
  readonly to: ChannelUser;
  readonly content: OutboundContent;
};

/**
 * The message cannot be said on this channel. Nothing was sent; the text itself is not repeated here. `NOT_OFFERED`: the provider has
 * no such thing, or the account none under this name.
 */
export type RenderRefusal = {
  readonly refused: 'TOO_LONG' | 'EMPTY' | 'TOO_MANY' | 'NO_RECIPIENT' | 'DUPLICATE_ID' | 'NOT_OFFERED';
  /** Dotted path in the message: `text`, `choices.2.title`. */
  readonly field: string;
  readonly limit?: number;
  readonly actual?: number;
};

/** A verified delivery, as it was stored. */
export type Delivery = {
  readonly body: Uint8Array;
  /** The query of the webhook's URL, without `?`, where the provider signs it; empty elsewhere. */
  readonly query: string;
  /** ISO 8601, UTC: serves where the provider tells no time. */
  readonly receivedAt: string;
};

/** What an account's requests carry besides what `render` wrote. */
export type Authorization = {
  readonly headers: Readonly<Record<string, string>>;
  /** For so many milliseconds from `nowMs` it may be used again, for any request of the account. */
  readonly validForMs: number;
};

/** A message of ours of which it is not known what became. */
export type Attempt = {
  readonly message: OutboundMessage;
  /** When its request began: milliseconds since 1970. */
  readonly atMs: number;
  /** The provider's id, where it is known: then only how far it came is asked. */
  readonly externalId?: string;
};

/** A message of ours as the provider holds it. */
export type Found = {
  readonly externalId: string;
  /** How far it came; absent while it is on its way to being sent. */
  readonly status?: MessageStatus;
  /** Why it `failed`, as in a status. */
  readonly code?: string;
};

/** A page of a provider's list. `next` asks for the following one; undefined on the last. */
export type Listed<Item> = { readonly items: readonly Item[]; readonly next: HttpRequest | undefined };

/** A channel is a codec: it owns no socket, no clock and no database, so every function is tested by a table. */
export type Channel<Account> = {
  readonly name: string;
  readonly capabilities: Capabilities;
  /**
   * Over the raw bytes, in constant time, length first. Never throws.
   * @param nowMs milliseconds since 1970
   */
  readonly verify: (webhook: RawWebhook, account: Account, nowMs: number) => boolean | Promise<boolean>;
  /** Every event of a verified delivery, in order; an unknown kind becomes `unknown` or `notice`, never an exception.
   *  Throws `SyntaxError` only when the body is not the provider's envelope at all. */
  readonly parse: (delivery: Delivery) => ChannelEvent[];
  readonly render: (message: OutboundMessage, account: Account) => HttpRequest | RenderRefusal;
  /** Reads the answer to a rendered message. */
  readonly interpret: (response: HttpResponse) => Outcome<{ externalId: string }>;
  /** Fetches the files that came in. */
  readonly media: MediaCodec<Account>;
  /**
   * For providers whose requests carry a token that is made for a while.
   * @throws Error where the account's key cannot be used; it says nothing of the key
   */
  readonly authorize?: (account: Account, nowMs: number) => Promise<Authorization>;
  /** Answers the provider's question, by GET, whether webhooks are expected here; undefined: it is another question, or not ours. */
  readonly subscribe?: (query: Readonly<Record<string, unknown>>, account: Account) => string | undefined;
  /** The provider signs the query of the webhook's URL, and `parse` reads it. Elsewhere anybody could put anything there. */
  readonly readsQuery?: true;
  /**
   * A delivery without any signature is answered as trouble of ours (503), for the provider may forget to sign and does so when it
   * repeats, which it does for such an answer alone. A wrong signature is refused as everywhere.
   */
  readonly mayForgetToSign?: (webhook: RawWebhook) => boolean;
  /** For providers that can be asked what became of a message. */
  readonly lookup?: {
    /** Undefined: of this one, nothing can be asked. */
    readonly request: (attempt: Attempt, account: Account) => HttpRequest | undefined;
    /**
     * - `accepted`: those of a page that could be the attempt's, going by what the provider tells of them. None: it is not there, which
     *   does not prove that it was never taken.
     * - anything else: the list could not be had, and this says nothing of the message.
     */
    readonly read: (response: HttpResponse, attempt: Attempt, account: Account) => Outcome<Listed<Found>>;
  };
  /** For providers that can lose what came in: their list of it. */
  readonly inbound?: {
    /** @param sinceMs milliseconds since 1970 */
    readonly request: (account: Account, sinceMs: number) => HttpRequest;
    /** What came since then, under the ids that a webhook would have had; of a page that reaches back further, no next. */
    readonly read: (
      response: HttpResponse,
      account: Account,
      sinceMs: number,
    ) => Outcome<Listed<ChannelEvent>>;
  };
  /** The provider's id of the account's number, as `receiver` in events has it. */
  readonly receiver: (account: Account) => string;
  /** The provider's id of the business account that the number belongs to, as `business` in notices has it. */
  readonly business?: (account: Account) => string;
  /** Whose signatures the account's webhooks carry; accounts with one of them in common are served by one app. */
  readonly signers: (account: Account) => readonly string[];
  /** Where its requests go. */
  readonly origins: (account: Account) => readonly string[];
};
