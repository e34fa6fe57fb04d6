import { z } from 'zod';

/** Jobs that failed for good. Payloads hold ids only, and are shown as they are. */
export const deadLetter = z.object({
  queue: z.string(),
  jobId: z.string(),
  practiceId: z.string(),
  data: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  code: z.string().nullable(),
  failedAt: z.string(),
});
export const deadLetterPage = z.object({ letters: z.array(deadLetter) });
export type DeadLetterPage = z.infer<typeof deadLetterPage>;
export const redriveBody = z.object({ queue: z.string().max(60), jobIds: z.array(z.uuid()).min(1).max(100) });
export const redriveAnswer = z.object({ redriven: z.number().int() });

/**
 * What `/api/events` sends, one JSON object per server-sent event: what has changed, by id; the app asks again for what it shows.
 */
export const liveEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('conversation'), conversationId: z.string() }),
  z.object({ type: z.literal('appointment'), appointmentId: z.string() }),
  z.object({ type: z.literal('failures') }),
  z.object({ type: z.literal('figures') }),
  /** Something was heard of a channel account. */
  z.object({ type: z.literal('channels') }),
  /** The session has ended: nothing more comes. */
  z.object({ type: z.literal('signed-out') }),
]);
export type LiveEvent = z.infer<typeof liveEvent>;
