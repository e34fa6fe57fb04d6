import { z } from 'zod';

/** Channel accounts and their health, as the staff app sees them. Nothing about patients. */

/** Words and numbers that are filled into a text. */
const words = z.record(z.string(), z.union([z.string(), z.number()]));

/**
 * - `stop`: nothing can be sent or received.
 * - `warn`: something does not work, or soon will not, and a person has to act.
 * - `note`: worth knowing.
 */
export const problemLevels = ['stop', 'warn', 'note'] as const;

export const channelProblem = z.object({
  /** What it is called and what to do about it stands in the app's texts. */
  code: z.string(),
  level: z.enum(problemLevels),
  since: z.string(),
  /** When it ends, or begins where it is announced. */
  until: z.string().nullable(),
  about: words,
});
export type ChannelProblem = z.infer<typeof channelProblem>;

/** One piece of news of the account's history. */
export const channelNews = z.object({
  key: z.string(),
  kind: z.string(),
  /** The provider's time. */
  at: z.string(),
  about: words,
});
export type ChannelNews = z.infer<typeof channelNews>;

/** `new`: nothing has come or gone yet. */
export const channelStates = ['stopped', 'attention', 'fine', 'new'] as const;

export const channelAccount = z.object({
  accountId: z.string(),
  channel: z.string(),
  /** The number in digits, where the configuration has it; else the provider's own id of it. */
  number: z.string().nullable(),
  providerId: z.string(),
  state: z.enum(channelStates),
  problems: z.array(channelProblem),
  /** Null: never told. */
  quality: z.enum(['high', 'medium', 'low']).nullable(),
  /** People per rolling day that the account may write to first. */
  dailyRecipients: z.union([z.number().int(), z.literal('none')]).nullable(),
  /** How many of them are used; null where it is not counted. */
  usedRecipients: z.number().int().nullable(),
  displayName: z.string().nullable(),
  lastInboundAt: z.string().nullable(),
  lastAcceptedAt: z.string().nullable(),
  lastDeliveredAt: z.string().nullable(),
  /** The latest first. */
  history: z.array(channelNews),
});
export type ChannelAccount = z.infer<typeof channelAccount>;

export const channelsAnswer = z.object({
  accounts: z.array(channelAccount),
  /** The product's time: what stands here is told as so long ago. */
  now: z.string(),
});
export type ChannelsAnswer = z.infer<typeof channelsAnswer>;
