import type { Fact } from '#kernel/event.ts';

/**
 * Glossary of the reminder words.
 *
 * - **plan**: which reminders a visit gets at the time at which it stands, and when. A moved visit has a plan of its own.
 * - **due**: the instant from which a reminder is to be sent.
 * - **put off**: not sent yet for a reason that passes; looked at again later.
 */

/** Why a reminder was not sent. */
export const skipReasons = [
  'cancelled',
  'moved',
  'no-consent',
  /** The patient said what may be a stop and did not answer what they meant. */
  'maybe-stopped',
  'too-late',
  /** There is no text in the patient's language, or a variable has no value. */
  'no-template',
  /** A later reminder of the same visit was due as well. */
  'superseded',
  /** The practice system did not say in time whether the visit still stands. */
  'unverified',
  /** The practice reminds of visits no more, or otherwise. */
  'not-planned',
] as const;

export type SkipReason = (typeof skipReasons)[number];

/** Why a reminder that is due waits. */
export type PutOffReason = 'maybe-stopped' | 'practice-system' | 'quiet-hours' | 'changing';

type At = { readonly at: string };
/** Which reminder: a visit that was moved has its reminders anew. */
type Which = { readonly appointmentId: string; readonly reminderId: string; readonly start: string };

/** The facts about the reminders of one appointment, stream `reminders/<appointmentId>`. Frozen by `testdata/events.json`. */
export type ReminderEvent =
  | Fact<
      'RemindersPlanned',
      At & {
        readonly appointmentId: string;
        readonly conversationId: string;
        readonly start: string;
        /** Those that are still to be sent, the nearest to the visit last. */
        readonly reminders: readonly {
          readonly reminderId: string;
          readonly template: string;
          readonly due: string;
          readonly last: string;
        }[];
      }
    >
  | Fact<'ReminderPutOff', At & Which & { readonly why: PutOffReason; readonly until: string }>
  /** Handed to the door, which may still refuse it. */
  | Fact<'ReminderSent', At & Which & { readonly messageId: string }>
  | Fact<'ReminderSkipped', At & Which & { readonly why: SkipReason }>;
