import type { ConsentState } from '#consent/consent.ts';
import type { DataClass } from '#kernel/phi.ts';
import type { BlockReason, Purpose } from './events.ts';

/** What the door knows at the moment of sending, read in the transaction that claims the message. */
export type DoorQuestion = {
  readonly purpose: Purpose;
  readonly dataClass: DataClass;
  /** A text that the provider has approved. */
  readonly isTemplate: boolean;
  /** From the policy: may this class of data go out on this channel, for this practice? */
  readonly mayCarry: boolean;
  readonly consent: ConsentState;
  /** False when the visit that it speaks of has changed since. */
  readonly isCurrent: boolean;
  /** The patient was asked whether what they said was a stop, and has not answered. */
  readonly maybeStopped: boolean;
  /** The provider's time of the patient's last message. */
  readonly lastInboundAt: string | undefined;
  readonly now: string;
};

export type DoorAnswer =
  | { readonly verdict: 'send' }
  | { readonly verdict: 'block'; readonly reason: BlockReason };

/** Milliseconds. Free text may be sent for 24 hours after the patient's last message (Meta: customer service window). */
export const serviceWindowMs = 24 * 60 * 60 * 1000;

/** Milliseconds. One confirmation of a stop may follow it within five minutes (47 CFR 64.1200(a)(12)). */
export const stopConfirmationMs = 5 * 60 * 1000;

const block = (reason: BlockReason): DoorAnswer => ({ verdict: 'block', reason });

/** The one door out: may this message leave now? In doubt it may not. */
export function askDoor(question: DoorQuestion): DoorAnswer {
  const isOpen = windowOpen(question);
  if (!consentAllows(question)) return block('OPTED_OUT');
  if (isUnasked(question, isOpen) && question.consent.status !== 'given') return block('NO_CONSENT');
  if (question.purpose === 'reminder' && question.maybeStopped) return block('MAYBE_STOPPED');
  if (!question.mayCarry) return block('CONTENT_MODE');
  if (!question.isCurrent) return block('OUT_OF_DATE');
  if (!isOpen && !question.isTemplate) return block('OUTSIDE_WINDOW');
  return { verdict: 'send' };
}

/** What answers nothing that the patient wrote lately needs a yes; not to have said no is not enough. */
function isUnasked({ purpose, isTemplate }: DoorQuestion, isOpen: boolean): boolean {
  return purpose === 'reminder' || (isTemplate && !isOpen);
}

export function windowOpen({ lastInboundAt, now }: Pick<DoorQuestion, 'lastInboundAt' | 'now'>): boolean {
  return lastInboundAt !== undefined && Date.parse(now) - Date.parse(lastInboundAt) < serviceWindowMs;
}

/**
 * After a stop only three things pass: its one confirmation, an answer to a message that the patient wrote after it, and the
 * emergency text.
 */
function consentAllows({ consent, purpose, lastInboundAt, now }: DoorQuestion): boolean {
  if (consent.status !== 'withdrawn' || purpose === 'emergency') return true;
  if (purpose === 'stop-confirmation')
    return Date.parse(now) - Date.parse(consent.since) < stopConfirmationMs;
  return purpose === 'consent' && lastInboundAt !== undefined && lastInboundAt > consent.since;
}
