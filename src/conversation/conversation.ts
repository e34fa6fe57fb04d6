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
  | { readonly what: 'offer' };

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
  | 'told-before';

export type IntakeOutcome = 'filed' | 'delayed' | 'refused';

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
  | Fact<'HandedOver', At & { readonly reason: HandoverReason; readonly priority: 'top' | 'normal' }>
  | Fact<'HandedBack', At & { readonly by: 'patient' | 'staff' }>
  | Fact<'MessageIgnored', At & { readonly why: IgnoreReason; readonly kind: string }>
  /** Told that messages are stopped, and how to start again. */
  | Fact<'StopReminded', At>;

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
};

const initial: ConversationState = {
  greeted: false,
  owner: 'bot',
  asked: { what: 'none' },
  misunderstood: 0,
  notRead: 0,
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
      return asking(state, event.data.asked);
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
      return { ...state, owner: 'staff', handover: { reason, priority, at } };
    }
    case 'HandedBack': {
      const { handover: _, ...rest } = state;
      // What stood open may have been settled meanwhile: the next turn asks for what is missing then.
      return { ...rest, owner: 'bot', asked: { what: 'none' }, misunderstood: 0, notRead: 0 };
    }
    case 'StopReminded':
      return { ...state, stopRemindedAt: event.data.at };
    default:
      return state; // facts that only the timeline shows, and those of a newer release
  }
}

/** The question now open; its count of misunderstandings starts anew unless it is the one that was open. */
function asking(state: ConversationState, asked: Asked): ConversationState {
  return sameQuestion(asked, state.asked) ? state : { ...state, asked, misunderstood: 0, notRead: 0 };
}

/** True when both are the same question, so that asking again keeps the count of misunderstandings. */
export function sameQuestion(a: Asked, b: Asked): boolean {
  if (a.what !== b.what) return false;
  return a.what !== 'step' || (b.what === 'step' && a.linkId === b.linkId);
}
