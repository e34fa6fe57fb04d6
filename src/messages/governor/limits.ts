import type { AccountLimits, SpendLimit } from '#channels/account-limits.ts';
import type { ChannelName } from '#channels/registry.ts';

/**
 * What may leave, how fast.
 *
 * - **number**: an account's own sender. So many messages a second.
 * - **pair**: a number and one patient. One message every some seconds, after a burst that is paid back.
 * - **portfolio**: the business at WhatsApp that owns the numbers. So many different people a day to whom the business writes first.
 * - **bulk**: reminders. It yields to what answers a patient.
 * - **allowance**: how many more people may be written to first.
 */

export type Limits = {
  /** Messages of the number in a second. */
  readonly perSecond: number;
  readonly pair: PairLimit;
  /** The accounts that share the allowance of people a day share this name. */
  readonly portfolio: string;
  /** People in 24 hours to whom the business writes first. */
  readonly dailyRecipients: Recipients;
  readonly spend: SpendLimit | undefined;
};

export type Recipients = number | 'unlimited';

export type PairLimit = { readonly everyMs: number; readonly burst: number };

/**
 * WhatsApp's own limit of a number that was not raised. Every provider hands what it takes on to WhatsApp, so it holds for all of them.
 * https://developers.facebook.com/documentation/business-messaging/whatsapp/throughput
 */
const whatsappPerSecond = 80;

/**
 * Twilio: 80 a second and sender. Of the others no page states a limit of their own for WhatsApp below WhatsApp's: an account whose
 * contract says otherwise sets `limits.perSecond`.
 */
const perSecondOf: Readonly<Record<ChannelName, number>> = {
  meta: whatsappPerSecond,
  twilio: whatsappPerSecond,
  vonage: whatsappPerSecond,
  messagebird: whatsappPerSecond,
  bird: whatsappPerSecond,
};

/** WhatsApp: one message in six seconds to the same person, with a burst of 45 that has to be paid back. */
const whatsappPair: PairLimit = { everyMs: 6_000, burst: 45 };

/** WhatsApp: where a business portfolio begins. The steps after it are 2,000, 10,000, 100,000 and none. */
const firstTier = 250;

/** An account's limits: what its file says, and what its provider grants where the file says nothing. */
export function limitsOf(account: {
  readonly channel: ChannelName;
  readonly id: string;
  readonly limits?: AccountLimits;
}): Limits {
  const { channel, id, limits = {} } = account;
  return {
    perSecond: limits.perSecond ?? perSecondOf[channel],
    pair: {
      everyMs: limits.pairEveryMs ?? whatsappPair.everyMs,
      burst: limits.pairBurst ?? whatsappPair.burst,
    },
    portfolio: limits.portfolio ?? `${channel}/${id}`,
    dailyRecipients: limits.dailyRecipients ?? firstTier,
    spend: limits.spend,
  };
}
