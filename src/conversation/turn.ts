import type { ChannelUser, EchoedBy, InboundContent, OutboundContent } from '#channels/channel.ts';
import type { ConsentEvent, ConsentState } from '#consent/consent.ts';
import type { Form } from '#intake/form.ts';
import type { IntakeEvent, IntakeState } from '#intake/intake.ts';
import type { DataClass } from '#kernel/phi.ts';
import type { PracticeSettings, SchedulingSettings } from '#practice/practice.ts';
import type { AppointmentState } from '#scheduling/appointment.ts';
import type { AppointmentEvent } from '#scheduling/events.ts';
import { readReminderTap } from '#scheduling/reminder-tap.ts';
import type { AppointmentNews, ConversationEvent, ConversationState } from './conversation.ts';

/**
 * Glossary of the conversation words.
 *
 * - **conversation**: all that is said between one channel user and one account of a practice.
 * - **mail**: what waits in the conversation's mailbox: the patient's messages, and news from inside (an intake filed).
 * - **turn**: taking all waiting mail, in order, and deciding on it once. Turns of one conversation never overlap.
 * - **say**: a message that a turn wants to send; whether it leaves is decided by the door in `messages/`.
 */

export type Mail =
  | {
      readonly kind: 'message';
      /** The provider's id: evidence for consent, target of a reply. */
      readonly externalId: string;
      /** The provider's timestamp, ISO 8601. */
      readonly at: string;
      readonly from: ChannelUser;
      readonly content: InboundContent;
      /** Another app has the chat: read, and not answered. */
      readonly standby?: true;
    }
  /** The practice's side said this to the patient, from the same number and not through us. */
  | {
      readonly kind: 'echo';
      readonly externalId: string;
      readonly at: string;
      readonly by: EchoedBy;
      readonly content: InboundContent;
    }
  | { readonly kind: 'intake-filed'; readonly intakeId: string }
  /** The practice system did not take the intake yet; we keep trying. */
  | { readonly kind: 'intake-delayed'; readonly intakeId: string }
  /** The practice system refused it for good: a person must look. */
  | { readonly kind: 'intake-refused'; readonly intakeId: string }
  /** Something happened to the appointment; its own state says what holds now. */
  | {
      readonly kind: 'appointment-news';
      readonly appointmentId: string;
      readonly news: AppointmentNews;
      /** The appointment's version: each piece of news is told once. */
      readonly version: number;
    }
  /** A reminder was handed to the door: the next "yes" or "move" may be about it. */
  | { readonly kind: 'reminded'; readonly appointmentId: string }
  /** Staff are done. `resume`: the assistant goes on at once; else it waits for the patient. */
  | { readonly kind: 'staff-done'; readonly resume: boolean };

export { type AppointmentNews, appointmentNews } from './conversation.ts';

/** Why a message is sent; the door treats them differently. */
export type Purpose = 'reply' | 'consent' | 'stop-confirmation' | 'emergency';

export type Say = {
  readonly content: Exclude<OutboundContent, { kind: 'read' }>;
  readonly purpose: Purpose;
  /** The highest class of data that the text holds. */
  readonly dataClass: DataClass;
};

export type TurnInput = {
  readonly conversationId: string;
  /** Unique; ids of what this turn makes are derived from it. */
  readonly turnId: string;
  /** Now: ISO 8601, UTC. */
  readonly at: string;
  /** In the order in which it is to be read. Never empty. */
  readonly mail: readonly Mail[];
  readonly practice: PracticeSettings;
  /** Undefined where the practice has no intake form, or its content mode keeps it off the channel. */
  readonly form: Form | undefined;
  readonly conversation: ConversationState;
  readonly intake: IntakeState;
  readonly consent: ConsentState;
  /** Undefined where the practice does not book by chat. */
  readonly scheduling: SchedulingSettings | undefined;
  /** The appointment that the conversation is about now: `conversation.appointmentId`. */
  readonly appointment: AppointmentState;
  /**
   * Other appointments of this conversation that its mail is about, by id (`appointmentsNamed`): a family's second visit, a
   * reminder of an earlier one. One that is missing is treated as one that nobody knows any more.
   */
  readonly otherAppointments?: Readonly<Record<string, AppointmentState>>;
  /** The number that the patient writes from, as one dials it, where the channel tells it: `+5531996550101`. */
  readonly ownPhone?: string;
  /** Where the calendar entry of a visit is fetched. It holds no patient data, and always shows the visit as it stands. */
  readonly calendarUrl: (appointmentId: string) => string;
};

export type TurnResult = {
  readonly conversation: readonly ConversationEvent[];
  /** Facts about the intake named by `intakeId`; a fresh one's id is `${turnId}-intake`. */
  readonly intake: { readonly intakeId: string; readonly events: readonly IntakeEvent[] } | undefined;
  /** Facts about the appointment named by `appointmentId`; a fresh one's id is `${turnId}-visit`. */
  readonly appointment:
    | { readonly appointmentId: string; readonly events: readonly AppointmentEvent[] }
    | undefined;
  readonly consent: readonly ConsentEvent[];
  readonly say: readonly Say[];
};

/** The appointments that a turn must know besides the current one: `otherAppointments` of its input. */
export function appointmentsNamed(
  conversation: Pick<ConversationState, 'appointmentId' | 'reminded'>,
  mail: readonly Mail[],
): readonly string[] {
  const named = mail.flatMap((letter) => {
    if (letter.kind === 'appointment-news' || letter.kind === 'reminded') return [letter.appointmentId];
    if (letter.kind !== 'message' || letter.content.kind !== 'choice') return [];
    return readReminderTap(letter.content.id)?.appointmentId ?? [];
  });
  const reminded = conversation.reminded === undefined ? [] : [conversation.reminded];
  return [...new Set([...named, ...reminded])].filter((id) => id !== conversation.appointmentId);
}

export type TakeTurn = (input: TurnInput) => TurnResult;
