import type { Fact } from '#kernel/event.ts';

/**
 * The facts of one conversation, stream `conversation/<id>`, and the state they lead to. The timeline page shows
 * them, so `data` says what happened *and why*, in codes, and never what the patient wrote.
 */

/** What the patient was last asked. `none`: nothing is open. */
export type Asked =
  | { readonly what: 'none' }
  | { readonly what: 'language' }
  | { readonly what: 'opt-in' }
  | { readonly what: 'step'; readonly linkId: string }
  | { readonly what: 'summary' }
  | { readonly what: 'change-which' }
  | { readonly what: 'start-over?' }
  | { readonly what: 'stop-or-form?' }
  /** What to do next, once an intake is with the clinic. */
  | { readonly what: 'offer' }
  /** Which of the free times. */
  | { readonly what: 'slots' }
  /** On which day to look for free times. */
  | { readonly what: 'slot-day' }
  /** With whom. */
  | { readonly what: 'slot-clinician' }
  /** Whether the slot that is held is to be booked. */
  | { readonly what: 'book?' }
  /** Whether the visit is to be cancelled for certain. */
  | { readonly what: 'cancel-visit?' }
  /** Move it, cancel it, or leave it as it is. */
  | { readonly what: 'visit?' };

export type AskedWhat = Asked['what'];

export const handoverReasons = [
  'asked',
  'three-misunderstandings',
  'red-flag',
  'declined',
  'minimal-mode',
  'no-form',
  'change-after-sending',
  'intake-refused',
  'search-refused',
  'booking-refused',
  'gate-failed',
  /** The provider says that this is another number, or another device: who writes must be verified again. */
  'identity-changed',
  /** Staff wrote to the patient in the messenger's own app. */
  'answered-elsewhere',
  /** Another app that shares the number has the chat. */
  'another-app',
] as const;

export type HandoverReason = (typeof handoverReasons)[number];

export const commands = [
  'back',
  'change',
  'change-field',
  'help',
  'person',
  'start-over',
  'skip',
  'cancel',
  'language',
  'assistant',
  'start',
  'greeting',
  'new-intake',
  'book-visit',
  'move-visit',
  'cancel-visit',
] as const;

export type CommandName = (typeof commands)[number];

/** Why a message changed nothing. */
export type IgnoreReason =
  | 'with-staff'
  | 'stopped'
  | 'after-stop'
  | 'nothing-to-answer'
  | 'older-question'
  | 'before-its-question'
  | 'told-before'
  /** It was asked what "cancel" means, and nothing is said until that is known. */
  | 'stop-asked'
  /** The appointment has moved on since. */
  | 'outdated';

export type IntakeOutcome = 'filed' | 'delayed' | 'refused';

/** What became of an appointment, in the words that the conversation tells. */
export const appointmentNews = [
  'slots',
  'search-delayed',
  'search-refused',
  'held',
  'lost',
  'booked',
  'moved',
  'confirmed',
  'cancelled',
  'delayed',
  'refused',
  'found-moved',
] as const;

export type AppointmentNews = (typeof appointmentNews)[number];

type At = { readonly at: string };

export type ConversationEvent =
  /** The patient's messages of one turn, in order. `at` is when the turn was taken. */
  | Fact<'MessagesRead', At & { readonly kinds: readonly string[] }>
  | Fact<'Greeted', At & { readonly language: string }>
  | Fact<
      'LanguageChosen',
      At & { readonly language: string; readonly how: 'tapped' | 'typed' | 'guessed' | 'only-one' }
    >
  | Fact<'QuestionAsked', At & { readonly asked: Asked; readonly why: AskReason }>
  /** Answered for good: nothing stands open. */
  | Fact<'QuestionSettled', At & { readonly asked: Asked }>
  | Fact<'CommandUnderstood', At & { readonly command: CommandName; readonly linkId?: string }>
  /** `problem` is a code of the intake's list, or `NOT_A_CHOICE`; `times` in a row for this question. */
  | Fact<
      'AnswerNotUnderstood',
      At & { readonly asked: Asked; readonly problem: string; readonly times: number }
    >
  /** A photo, voice note or the like: thanked for, kept in the thread, not read as an answer. */
  | Fact<'ContentNotRead', At & { readonly asked: Asked; readonly kind: string }>
  | Fact<'IntakeOpened', At & { readonly intakeId: string }>
  | Fact<'IntakeOutcomeTold', At & { readonly intakeId: string; readonly outcome: IntakeOutcome }>
  | Fact<
      'IntakeOutcomeNotTold',
      At & { readonly intakeId: string; readonly outcome: IntakeOutcome; readonly why: IgnoreReason }
    >
  | Fact<'Resumed', At & { readonly silentHours: number }>
  /** The kind of emergency is patient data: it says what may be wrong with them. */
  | Fact<'RedFlagSeen', At, { readonly flag: string }>
  /** The provider says so. Until staff hand the conversation back, who writes is not known to be the patient. */
  | Fact<'IdentityChanged', At>
  | Fact<'HandedOver', At & { readonly reason: HandoverReason; readonly priority: 'top' | 'normal' }>
  /** The visit is of a kind that this patient does not book by chat. `gate`: the kind of rule. */
  | Fact<'GateClosed', At & { readonly visitType: string; readonly gate: 'age' | 'answer' | 'person' }>
  | Fact<'HandedBack', At & { readonly by: 'patient' | 'staff' }>
  | Fact<'MessageIgnored', At & { readonly why: IgnoreReason; readonly kind: string }>
  /** Told that messages are stopped, and how to start again. */
  | Fact<'StopReminded', At>
  /** "Cancel" may mean several things, and it was asked which. */
  | Fact<'StopMeaningAsked', At>
  /** The conversation is about this appointment from now on; the first search for slots opens it. */
  | Fact<'AppointmentOpened', At & { readonly appointmentId: string }>
  /** The conversation is about an earlier appointment of its own again: the patient answered a reminder of it. */
  | Fact<'AppointmentTurnedTo', At & { readonly appointmentId: string }>
  | Fact<'AppointmentNewsTold', At & NewsOfAppointment>
  | Fact<'AppointmentNewsNotTold', At & NewsOfAppointment & { readonly why: IgnoreReason }>
  /** A reminder left: the next "yes" or "no" may be about it. */
  | Fact<'Reminded', At & { readonly appointmentId: string }>
  | Fact<'ReminderAnswered', At & { readonly appointmentId: string; readonly answer: ReminderAnswer }>;

export type NewsOfAppointment = {
  readonly appointmentId: string;
  readonly news: AppointmentNews;
  /** The appointment's version at the news. */
  readonly version: number;
};

/** `outdated`: a button of a visit that has moved or been cancelled since; nothing was changed. */
export type ReminderAnswer = 'confirm' | 'move' | 'cancel' | 'cannot-come' | 'outdated' | 'again';

/** Why a question was put (again). */
export type AskReason =
  | 'next'
  | 'again'
  | 'not-understood'
  | 'not-readable'
  | 'back'
  | 'change'
  | 'help'
  | 'language'
  | 'greeting'
  | 'resumed'
  | 'confirm-first';

export type ConversationState = {
  readonly greeted: boolean;
  readonly language?: string;
  readonly owner: 'bot' | 'staff';
  /** The last handover; stands while `owner` is `staff`. */
  readonly handover?: {
    readonly reason: HandoverReason;
    readonly priority: 'top' | 'normal';
    readonly at: string;
  };
  readonly asked: Asked;
  /** How often the open question was answered in a way that could not be read. */
  readonly misunderstood: number;
  /** How many photos and the like came while the open question waited for words. */
  readonly notRead: number;
  /** The intake last opened; its own state says how far it is. */
  readonly intakeId?: string;
  /** The outcome of which the patient knows. */
  readonly told?: { readonly intakeId: string; readonly outcome: IntakeOutcome };
  /** When the patient last wrote. */
  readonly lastAt?: string;
  readonly stopRemindedAt?: string;
  /** The appointment that the conversation is about now; its own state says how far it is. */
  readonly appointmentId?: string;
  /** Per appointment, the version of the last news that was told. */
  readonly newsTold?: Readonly<Record<string, number>>;
  /** The appointment of the reminder that was said last, until it is answered or something else is asked. */
  readonly reminded?: string;
  /** The identity behind the conversation has changed, and no person has looked at it since: nothing is told or reminded. */
  readonly unverified?: true;
  /** "Cancel" was said and may mean several things: until that is answered nothing else is sent, reminders neither. */
  readonly stopAsked: boolean;
};

const initial: ConversationState = {
  greeted: false,
  owner: 'bot',
  asked: { what: 'none' },
  misunderstood: 0,
  notRead: 0,
  stopAsked: false,
};

export const conversation = { initial, evolve };

function evolve(state: ConversationState, event: ConversationEvent): ConversationState {
  switch (event.type) {
    case 'MessagesRead':
      return { ...state, lastAt: event.data.at };
    case 'Greeted':
      return { ...state, greeted: true };
    case 'LanguageChosen':
      return { ...state, language: event.data.language };
    case 'QuestionAsked':
      return asking(withoutReminder(state), event.data.asked);
    case 'QuestionSettled':
      return asking(state, { what: 'none' });
    case 'AnswerNotUnderstood':
      return { ...asking(state, event.data.asked), misunderstood: event.data.times };
    case 'ContentNotRead': {
      const open = asking(state, event.data.asked);
      return { ...open, notRead: open.notRead + 1 };
    }
    case 'IntakeOpened':
      return { ...state, intakeId: event.data.intakeId };
    case 'IntakeOutcomeTold': {
      const { intakeId, outcome } = event.data;
      return { ...state, told: { intakeId, outcome } };
    }
    case 'HandedOver': {
      const { reason, priority, at } = event.data;
      return { ...state, owner: 'staff', handover: { reason, priority, at }, stopAsked: false };
    }
    case 'HandedBack': {
      const { handover: _, unverified: __, ...rest } = state;
      // What stood open may have been settled meanwhile: the next turn asks for what is missing then.
      return {
        ...rest,
        owner: 'bot',
        asked: { what: 'none' },
        misunderstood: 0,
        notRead: 0,
        stopAsked: false,
      };
    }
    case 'IdentityChanged':
      return { ...state, unverified: true };
    case 'StopReminded':
      return { ...state, stopRemindedAt: event.data.at };
    default:
      return evolveVisit(state, event);
  }
}

function evolveVisit(state: ConversationState, event: ConversationEvent): ConversationState {
  switch (event.type) {
    case 'StopMeaningAsked':
      return { ...state, stopAsked: true };
    case 'AppointmentOpened':
    case 'AppointmentTurnedTo':
      return { ...state, appointmentId: event.data.appointmentId };
    case 'AppointmentNewsTold': {
      const { appointmentId, version } = event.data;
      return { ...state, newsTold: { ...state.newsTold, [appointmentId]: version } };
    }
    case 'Reminded':
      return { ...state, reminded: event.data.appointmentId };
    case 'ReminderAnswered':
      return withoutReminder(state);
    default:
      return state; // facts that only the timeline shows, and those of a newer release
  }
}

function withoutReminder(state: ConversationState): ConversationState {
  const { reminded: _, ...rest } = state;
  return rest;
}

/** The question now open; its count of misunderstandings starts anew unless it is the one that was open. */
function asking(state: ConversationState, asked: Asked): ConversationState {
  const stopAsked = asked.what === 'stop-or-form?';
  return sameQuestion(asked, state.asked)
    ? { ...state, stopAsked }
    : { ...state, asked, misunderstood: 0, notRead: 0, stopAsked };
}

/** True when both are the same question, so that asking again keeps the count of misunderstandings. */
export function sameQuestion(a: Asked, b: Asked): boolean {
  if (a.what !== b.what) return false;
  return a.what !== 'step' || (b.what === 'step' && a.linkId === b.linkId);
}
