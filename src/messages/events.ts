import type { MessageStatus, OutboundContent } from '#channels/channel.ts';
import type { Fact } from '#kernel/event.ts';
import type { DataClass } from '#kernel/phi.ts';

/** Why a message is sent; the door treats them differently. */
export const purposes = ['reply', 'consent', 'stop-confirmation', 'emergency', 'reminder', 'staff'] as const;

export type Purpose = (typeof purposes)[number];

/** Why the door let a message not pass. */
export const blockReasons = [
  'OPTED_OUT',
  'OUTSIDE_WINDOW',
  'CONTENT_MODE',
  'CANNOT_BE_SAID',
  'NO_ADDRESS',
  'UNKNOWN_ACCOUNT',
  /** Not a reply: the patient must have said yes, and not merely not have said no. */
  'NO_CONSENT',
  /** What it speaks of has changed since it was written: a reminder of a visit that was moved or cancelled. */
  'OUT_OF_DATE',
  /** The patient said what may be a stop, and was asked whether it is. */
  'MAYBE_STOPPED',
  /** The business may not write first to so many people in a day, and this patient could not be written to before the visit. */
  'DAY_LIMIT',
  /** What the practice wants to spend in a day is spent. */
  'SPEND_LIMIT',
] as const;

export type BlockReason = (typeof blockReasons)[number];

/** The visit that a message speaks of, as it was when the message was written. */
export type About = {
  readonly appointmentId: string;
  /** Instant, ISO 8601 in UTC. */
  readonly start: string;
};

/** The facts of one outbound message, stream `message/<messageId>`. Frozen by `testdata/events.json`. */
export type MessageEvent =
  | Fact<
      'MessageQueued',
      {
        readonly conversationId: string;
        readonly purpose: Purpose;
        readonly dataClass: DataClass;
        readonly kind: OutboundContent['kind'];
        /** It is not sent once this is no more so. */
        readonly about?: About;
        readonly at: string;
      },
      {
        readonly content: OutboundContent;
        /** The provider's id of the patient's message that this one answers: it is marked as read. */
        readonly answers?: string;
      }
    >
  /** About to be sent. Between this and its outcome the message may have left. */
  | Fact<
      'MessageClaimed',
      {
        readonly attempt: number;
        /** When the provider gives up delivering it. Absent in facts of older releases: 30 days after the claim. */
        readonly until?: string;
        readonly at: string;
      }
    >
  | Fact<
      'MessageBlocked',
      { readonly reason: BlockReason; readonly field?: string; readonly limit?: number; readonly at: string }
    >
  /** The provider took it. */
  | Fact<'MessageAccepted', { readonly at: string }, { readonly externalId: string }>
  | Fact<'MessageRejected', { readonly code: string; readonly at: string }>
  /** Provably not sent; it may be tried again at `notBefore`. */
  | Fact<
      'MessageDeferred',
      {
        readonly code: string;
        readonly notBefore: string;
        /** The account as a whole may not send: no fault of this message. */
        readonly paused?: true;
        /** A limit of the day leaves no place for it yet: no call was made, and none counts. */
        readonly held?: true;
        readonly at: string;
      }
    >
  /** It may have left. A status that carries our id settles it. */
  | Fact<'MessageOutcomeUnknown', { readonly code: string; readonly at: string }>
  /** No sign of it came in time. Nobody knows whether it left; it is reported, and sent again only when a person says so. */
  | Fact<'MessageUnresolved', { readonly waitedSeconds: number; readonly at: string }>
  /** Taken, and its life went by without a word of its arrival: providers drop such a message and tell nobody. */
  | Fact<'MessageExpired', { readonly at: string }>
  /** A member of staff decided that a message of which nobody knows what became is sent again. */
  | Fact<'MessageSendAgainAsked', { readonly by: string; readonly at: string }>
  /** Of an older release, which sent again by itself after the wait. */
  | Fact<'MessageGivenUpWaiting', { readonly waitedSeconds: number; readonly at: string }>
  | Fact<
      'MessageStatusChanged',
      { readonly status: MessageStatus; readonly code?: string; readonly at: string }
    >;
