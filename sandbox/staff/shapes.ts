import { z } from 'zod';

/** What a member of staff's browser reads of the product's answers: only what the persona needs. */

export const signInOptions = z.object({
  personas: z.array(
    z.object({ practiceId: z.string(), staffId: z.string(), name: z.string(), role: z.string() }),
  ),
});

export const inboxPage = z.object({
  rows: z.array(
    z.object({
      conversationId: z.string(),
      name: z.string(),
      language: z.string().nullable(),
      waitingSince: z.string().nullable(),
    }),
  ),
});

export type InboxRow = z.infer<typeof inboxPage>['rows'][number];

export const conversationDetail = z.object({
  /** Null where free text may not be sent any more. */
  window: z.object({ closesAt: z.string().nullable() }),
  templates: z.array(z.object({ id: z.string(), text: z.string() })),
});

export type ConversationDetail = z.infer<typeof conversationDetail>;

export const takeAnswer = z.object({ token: z.number() });

export const cannedReplies = z.object({ replies: z.array(z.object({ id: z.string(), text: z.string() })) });

export const routingAnswer = z.object({ resolutionCodes: z.array(z.object({ id: z.string() })) });

export const refusal = z.object({ error: z.object({ code: z.string() }) });
