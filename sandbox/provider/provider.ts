import type { EventEmitter } from 'node:events';
import type { Clock } from './clock.ts';
import type { NamedFaults } from './faults.ts';
import type { WhatsAppUser } from './users.ts';

/**
 * Glossary of what all simulated providers have in common.
 *
 * - **provider**: who carries WhatsApp between patients and the product: Meta itself, or one of its partners.
 * - **line**: one business number at a provider, by the id that the provider gives it (Meta: `phone_number_id`).
 * - **user**: a person on WhatsApp.
 * - **entry**: a message of either side, as it lies in the chat on the user's phone.
 */
export const providerNames = ['meta', 'twilio', 'vonage', 'messagebird', 'bird'] as const;

export type ProviderName = (typeof providerNames)[number];

/** What a message looks like on a phone. */
export type Body = {
  /** `text`, `buttons`, `list`, `contact-request` (its one button shares the number), `template` (a text that the provider approved, with `buttons` or none), `image`, `audio`, `document`, `sticker`, `location`, or the provider's own word. */
  readonly kind: string;
  readonly text?: string;
  readonly caption?: string;
  readonly fileName?: string;
  readonly location?: { readonly latitude: number; readonly longitude: number; readonly name?: string };
  readonly buttons?: readonly { readonly id: string; readonly title: string }[];
  readonly list?: { readonly label: string; readonly sections: readonly Section[] };
};

export type Row = { readonly id: string; readonly title: string; readonly description?: string };

export type Section = { readonly title?: string; readonly rows: readonly Row[] };

export type EntryStatus = 'sending' | 'sent' | 'delivered' | 'read' | 'failed';

export type Entry = {
  /** The message's id at the provider. */
  readonly id: string;
  readonly line: string;
  readonly userId: string;
  /** Seen from the business: `in` is what the user wrote. */
  readonly direction: 'in' | 'out';
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly body: Body;
  /** Id of the message that it quotes. */
  readonly replyTo?: string;
  /** The product's own id of it, where the provider was told. */
  readonly ourId?: string;
  readonly status: EntryStatus;
  /** Why it failed, in words. */
  readonly error?: string;
};

export type SaidFile = { readonly name: string; readonly mimeType: string; readonly bytes: Uint8Array };

export const mediaKinds = ['image', 'audio', 'document', 'sticker'] as const;

export type MediaKind = (typeof mediaKinds)[number];

/** What a user says. `to` is the entry of the business's that was tapped. */
export type Said =
  | { readonly kind: 'text'; readonly text: string; readonly replyTo?: string }
  | {
      readonly kind: 'tap';
      readonly to: string;
      readonly via: 'button' | 'list' | 'template';
      readonly choice: Row;
    }
  | { readonly kind: MediaKind; readonly caption?: string; readonly file: SaidFile }
  | {
      readonly kind: 'location';
      readonly latitude: number;
      readonly longitude: number;
      readonly name?: string;
      readonly address?: string;
    }
  /** `requested`: their own, shared by the button under a request for it. */
  | {
      readonly kind: 'contacts';
      readonly contacts: readonly { name: string; phone: string }[];
      readonly requested?: true;
    }
  /** An empty emoji takes the reaction back. */
  | { readonly kind: 'reaction'; readonly messageId: string; readonly emoji: string }
  /** Something the API does not show to businesses: a poll, an edit. */
  | { readonly kind: 'unsupported'; readonly what: string }
  /** The provider's own fields of an inbound message. */
  | { readonly kind: 'raw'; readonly fields: Readonly<Record<string, unknown>> };

export type ChatState = {
  /** In order. */
  readonly entries: readonly Entry[];
  /** When the user last wrote: milliseconds since the epoch. */
  readonly lastInboundAt?: number;
  /** The business shows that it is writing until then. */
  readonly typingUntil?: number;
};

export type ChatEvent = {
  readonly line: string;
  readonly userId: string;
};

/** `chat`: something in a chat has changed. */
export type ProviderEvents = EventEmitter<{ chat: [ChatEvent] }>;

/** A simulated provider, as the world and the phones of the patients know it. */
export type Provider = {
  readonly name: ProviderName;
  /** The base URL to use in place of the provider's own. */
  readonly url: string;
  readonly clock: Clock;
  readonly faults: NamedFaults;
  readonly events: ProviderEvents;
  /** This user is on WhatsApp. */
  readonly put: (user: WhatsAppUser) => void;
  /** The user writes to a line. The id is the provider's. */
  readonly say: (userId: string, line: string, said: Said) => { readonly id: string };
  /** The user has the chat open: what lies in it is read. */
  readonly seen: (userId: string, line: string) => void;
  readonly chat: (userId: string, line: string) => ChatState;
  /** Every entry of the business's to a user, or of all. */
  readonly sent: (userId?: string) => readonly Entry[];
  /** Resolves once the product can be reached; until then no webhook leaves. */
  readonly ready: () => Promise<void>;
  /** Call it after the clock was moved. */
  readonly wake: () => void;
  /** Webhooks that nobody has taken yet. */
  readonly waiting: () => number;
  readonly stop: () => Promise<void>;
};

/** WhatsApp: the customer service window, from the user's last message. */
export const serviceWindowMs = 24 * 3_600_000;

/** WhatsApp: a typing indicator goes after 25 seconds, or with the answer. */
export const typingMs = 25_000;
