import { z } from 'zod';

/** The figures that are kept per day of the practice's zone. Counts unless said otherwise. */
export const figures = [
  'intakes-started',
  'intakes-finished',
  'bookings',
  'moves',
  'reminders',
  'confirmations',
  'cancellations',
  'handoffs',
  'handoffs-resolved',
  'messages-in',
  'messages-out',
  'messages-failed',
] as const;
export type Figure = (typeof figures)[number];

/** Durations: number and sum of seconds per day. */
export const durations = ['time-to-intake', 'time-to-booking', 'response-time'] as const;
export type Duration = (typeof durations)[number];

export const dayFigures = z.object({
  /** `YYYY-MM-DD` in the practice's zone. */
  day: z.string(),
  figures: z.record(z.enum(figures), z.number().int()),
  durations: z.record(z.enum(durations), z.object({ count: z.number().int(), seconds: z.number() })),
});
export type DayFigures = z.infer<typeof dayFigures>;

export const figuresQuery = z.object({ days: z.coerce.number().int().min(1).max(90).default(14) });

/** Oldest day first; the last is today. `waiting` and `failed` are of this moment. */
export const figuresAnswer = z.object({
  days: z.array(dayFigures),
  now: z.object({
    waiting: z.number().int(),
    failed: z.number().int(),
    deadLetters: z.number().int(),
    /** The practice system does not answer: why, and since when (ISO 8601). What is owed to it waits. */
    practiceSystem: z.object({ code: z.string(), since: z.string() }).nullable(),
    /** Patients of whom nobody knows whether a message reached them: staff decide. */
    unsure: z.number().int(),
    /** Patients to whom a message was sent within a week that never arrived, and who were reached by none since. */
    expired: z.number().int(),
    /** Messages that patients wrote and only the provider's list brought, where one of them came within a day. */
    gaps: z.object({ messages: z.number().int(), since: z.string() }).nullable(),
    /** Visits to come whose patients no reminder could be sent to, by day of the practice's zone (`YYYY-MM-DD`), nearest first. */
    toCall: z.array(z.object({ day: z.string(), count: z.number().int() })),
    /** Nothing can be sent from a number as a whole: why, since when (ISO 8601), and how many messages wait. */
    held: z.object({ code: z.string(), since: z.string(), messages: z.number().int() }).nullable(),
    /** What keeps a channel account from working as a whole. Words and numbers are filled into its text. */
    channels: z.array(
      z.object({
        accountId: z.string(),
        code: z.string(),
        since: z.string(),
        until: z.string().nullable(),
        about: z.record(z.string(), z.union([z.string(), z.number()])),
      }),
    ),
  }),
});
export type FiguresAnswer = z.infer<typeof figuresAnswer>;
