/** What an account may send, where its file says so. What it says nothing of is as its provider grants it. */
export type AccountLimits = {
  /** The number's digits, by which a provider's notices tell it from others of the same business. */
  readonly number?: string;
  /** Messages of the number in a second. */
  readonly perSecond?: number;
  /** Milliseconds between two messages to the same person, and how many may come at once before that. */
  readonly pairEveryMs?: number;
  readonly pairBurst?: number;
  /** Accounts with the same name here belong to one business at WhatsApp. */
  readonly portfolio?: string;
  /** People in 24 hours to whom the business writes first. */
  readonly dailyRecipients?: number | 'unlimited';
  /** The practice's, for all of its accounts. */
  readonly spend?: SpendLimit;
};

export type SpendLimit = {
  /** In the practice's own currency, in any 24 hours. */
  readonly perDay: number;
  /** What one message costs, by the template's name at the provider. */
  readonly costs: Readonly<Record<string, number>>;
};
