import { z } from 'zod';

/** Messages that did not arrive, for staff. Nothing of what they say. */
export const failedMessage = z.object({
  messageId: z.string(),
  conversationId: z.string(),
  /** First name and initial, or a masked number. */
  name: z.string(),
  purpose: z.string(),
  /** `failed`, `rejected`, `blocked`, `unresolved`: nobody knows whether it arrived, or `expired`: it never did, as far as is known. */
  state: z.string(),
  code: z.string().nullable(),
  queuedAt: z.string(),
  changedAt: z.string(),
});
export const failedQuery = z.object({
  after: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
export const failedPage = z.object({
  messages: z.array(failedMessage),
  next: z.string().nullable(),
  /** How many messages have been on their way for more than `underwayHours`. */
  underway: z.number().int(),
});
/** Most messages arrive within seconds; what takes longer than this waits for a phone that is off. */
export const underwayHours = 24;
/** To send a message again of which nobody knows what became. */
export const sendAgainParams = z.object({ id: z.string().min(1).max(100) });
/** False: it is known by now what became of it. */
export const sendAgainAnswer = z.object({ asked: z.boolean() });
export type FailedPage = z.infer<typeof failedPage>;
