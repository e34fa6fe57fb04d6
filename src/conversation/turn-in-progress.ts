import type { ChannelUser } from '#channels/channel.ts';
import { e164Of } from '#channels/phone-variants.ts';
import { type ConsentCommand, type ConsentState, consent } from '#consent/consent.ts';
import { type IntakeCommand, type IntakeRefusal, type IntakeState, intake } from '#intake/intake.ts';
import { isRefusal } from '#kernel/decider.ts';
import type { DataClass } from '#kernel/phi.ts';
import {
  type AppointmentCommand,
  type AppointmentRefusal,
  type AppointmentState,
  appointment,
} from '#scheduling/appointment.ts';
import {
  type Asked,
  type AskedWhat,
  type AskReason,
  type ConversationEvent,
  type ConversationState,
  conversation,
  type IgnoreReason,
  sameQuestion,
} from './conversation.ts';
import { type Guess, guessLanguage } from './guess-language.ts';
import { shipped, type TextKey, type TextParams } from './texts.ts';
import type { Mail, Say, TurnInput, TurnResult } from './turn.ts';

export type PatientMessage = Extract<Mail, { kind: 'message' }>;

/** A line that stands before the question. It becomes text at the end, in the language that then holds. */
export type Note = { readonly key: TextKey; readonly params: TextParams; readonly dataClass?: DataClass };

/** How the open question was answered in a way that is no answer to it. */
export type Trouble =
  | { readonly kind: 'not-understood'; readonly problem: string; readonly params: TextParams }
  /** A photo or the like; `came` is its kind. */
  | { readonly kind: 'not-readable'; readonly came: string };

/**
 * A turn while it is being taken: what was decided so far, and what is to be said at its end. Every step returns a
 * new one.
 */
export type Turn = {
  readonly input: TurnInput;
  readonly conversation: ConversationState;
  readonly intake: IntakeState;
  readonly consent: ConsentState;
  /** The appointment that the conversation is about. */
  readonly appointment: AppointmentState;
  readonly result: Omit<TurnResult, 'say'>;
  /** The question that stands. It is recorded once, at the end: the patient sees no other. */
  readonly open: Asked;
  readonly why: AskReason;
  readonly trouble: Trouble | undefined;
  readonly notes: readonly Note[];
  readonly reply: 'nothing' | 'notes' | 'question';
  /** Said instead of all else, and nothing after it. */
  readonly last: Say | undefined;
  /** A text answered in this turn: what follows at once may belong to it. */
  readonly joinable: { readonly linkId: string; readonly text: string } | undefined;
  readonly guess: Guess;
};

export function begin(input: TurnInput): Turn {
  const messages = messagesOf(input);
  return {
    input,
    conversation: input.conversation,
    intake: input.intake,
    consent: input.consent,
    appointment: input.appointment,
    result: { conversation: [], intake: undefined, appointment: undefined, consent: [] },
    open: stillAskable(input) ? input.conversation.asked : { what: 'none' },
    why: 'next',
    trouble: undefined,
    notes: [],
    reply: 'nothing',
    last: undefined,
    joinable: undefined,
    guess: guessOf(input, messages),
  };
}

/** Guessed only while it matters: a language that was chosen stands, unless it is being asked for again. */
function guessOf(input: TurnInput, messages: readonly PatientMessage[]): Guess {
  const { language, asked } = input.conversation;
  if (language !== undefined && asked.what !== 'language') return { language, sure: false };
  const phone = messages.find(({ from }) => from.phone !== undefined)?.from.phone;
  return guessLanguage(messages.map(textOf).join('\n'), phone, offeredLanguages(input));
}

/** A form may change between two turns, and so may a visit: a question that has lost its matter is no longer open. */
function stillAskable({ form, appointment: visit, conversation: { asked } }: TurnInput): boolean {
  if (asked.what === 'step') return form?.steps.some(({ linkId }) => linkId === asked.linkId) === true;
  if (!visitQuestions.includes(asked.what)) return true;
  if (visit.status !== 'open') return false;
  const { choice, found, booked } = visit;
  switch (asked.what) {
    case 'slots':
      return typeof found !== 'string' && (choice === undefined || choice.phase === 'held');
    case 'slot-day':
    case 'slot-clinician':
      return choice?.phase !== 'booking';
    case 'book?':
      return choice?.phase === 'held';
    default:
      return booked !== undefined;
  }
}

/** The questions about an appointment; without one they are void. */
export const visitQuestions: readonly AskedWhat[] = [
  'slots',
  'slot-day',
  'slot-clinician',
  'book?',
  'cancel-visit?',
  'visit?',
];

export function messagesOf(input: TurnInput): readonly PatientMessage[] {
  return input.mail.filter((mail) => mail.kind === 'message');
}

/** The number that the patient writes from, as one dials it: as this message has it, else as the channel knows it. */
export function ownPhoneOf(
  { mail, ownPhone }: TurnInput,
  from: ChannelUser | undefined = mail.flatMap((each) =>
    each.kind === 'message' && each.from.phone !== undefined ? each.from : [],
  )[0],
): string | undefined {
  return from?.phone === undefined ? ownPhone : e164Of(from.phone);
}

/** What was written: a text, a caption, the title of a tapped choice, what a text was changed to. */
export function textOf({ content }: PatientMessage): string {
  switch (content.kind) {
    case 'text':
      return content.text;
    case 'choice':
      return content.title;
    case 'media':
      return content.caption ?? '';
    case 'edit':
      return content.text ?? '';
    default:
      return '';
  }
}

/** The practice's languages in which the bot can speak, the default one first. */
export function offeredLanguages({ practice }: Pick<TurnInput, 'practice'>): readonly string[] {
  const offered = practice.languages.filter((language) => shipped(language) !== undefined);
  return offered.length > 0 ? offered : ['en'];
}

export function languageOf(turn: Turn): string {
  return turn.conversation.language ?? turn.guess.language;
}

/** True when the patient has seen the question that stands: it was not put in this turn. */
export function isSeen(turn: Turn): boolean {
  return sameQuestion(turn.open, turn.input.conversation.asked);
}

export function record(turn: Turn, ...events: readonly ConversationEvent[]): Turn {
  return {
    ...turn,
    conversation: events.reduce(conversation.evolve, turn.conversation),
    result: { ...turn.result, conversation: [...turn.result.conversation, ...events] },
  };
}

/** The turn with what the consent ledger decides, or undefined where it refuses. */
export function consentDecides(turn: Turn, command: ConsentCommand): Turn | undefined {
  const decision = consent.decide(command, turn.consent);
  if (isRefusal(decision)) return undefined;
  return {
    ...turn,
    consent: decision.reduce(consent.evolve, turn.consent),
    result: { ...turn.result, consent: [...turn.result.consent, ...decision] },
  };
}

/** The turn with what the intake decides, or its refusal. */
export function intakeDecides(
  turn: Turn,
  command: IntakeCommand,
): { readonly turn: Turn } | { readonly refused: IntakeRefusal } {
  const starts = command.type === 'StartIntake';
  const decision = intake.decide(command, starts ? { status: 'none' } : turn.intake);
  if (isRefusal(decision)) return decision;
  const before: IntakeState = starts ? { status: 'none' } : turn.intake;
  const state = decision.reduce(intake.evolve, before);
  if (decision.length === 0 || state.status === 'none') return { turn };
  const events = [...(turn.result.intake?.events ?? []), ...decision];
  const result = { ...turn.result, intake: { intakeId: state.intakeId, events } };
  return { turn: { ...turn, intake: state, result } };
}

/**
 * The turn with what the appointment decides, or its refusal. A turn decides on one appointment only, as on one intake: another
 * one's command is refused with `ANOTHER`.
 */
export function appointmentDecides(
  turn: Turn,
  command: AppointmentCommand,
): { readonly turn: Turn } | { readonly refused: AppointmentRefusal | 'ANOTHER' } {
  const id = command.type === 'RequestSlots' ? command.appointmentId : idOf(turn.appointment);
  const decidedOn = turn.result.appointment?.appointmentId;
  if (id === undefined) return { refused: 'NOT_OPEN' };
  if (decidedOn !== undefined && decidedOn !== id) return { refused: 'ANOTHER' };
  const before = idOf(turn.appointment) === id ? turn.appointment : appointment.initial;
  const decision = appointment.decide(command, before);
  if (isRefusal(decision)) return decision;
  if (decision.length === 0) return { turn };
  const events = [...(turn.result.appointment?.events ?? []), ...decision];
  return {
    turn: {
      ...turn,
      appointment: decision.reduce(appointment.evolve, before),
      result: { ...turn.result, appointment: { appointmentId: id, events } },
    },
  };
}

export function idOf(state: AppointmentState): string | undefined {
  return state.status === 'open' ? state.appointmentId : undefined;
}

/** Nothing is asked any more. */
export function settle(turn: Turn): Turn {
  const { open, input } = turn;
  if (open.what === 'none') return turn;
  const settled = record(turn, { type: 'QuestionSettled', data: { asked: open, at: input.at } });
  return { ...settled, open: { what: 'none' }, trouble: undefined, reply: saidSoFar(turn) };
}

/** Puts a question: it stands until another does, and is said at the end of the turn. */
export function ask(turn: Turn, open: Asked, why: AskReason): Turn {
  return { ...turn, open, why, trouble: undefined, reply: 'question' };
}

/** Without a question, what was noted is all there is to say; "good to have you back" alone says nothing. */
function saidSoFar({ notes }: Turn): Turn['reply'] {
  return notes.some(({ key }) => key !== 'note.resumed') ? 'notes' : 'nothing';
}

export function note(turn: Turn, key: TextKey, params: TextParams = {}, dataClass?: DataClass): Turn {
  if (turn.notes.some((each) => each.key === key)) return turn;
  const added = dataClass === undefined ? { key, params } : { key, params, dataClass };
  return { ...turn, notes: [...turn.notes, added], reply: turn.reply === 'nothing' ? 'notes' : turn.reply };
}

export function ignore(turn: Turn, message: PatientMessage, why: IgnoreReason): Turn {
  return record(turn, {
    type: 'MessageIgnored',
    data: { why, kind: message.content.kind, at: turn.input.at },
  });
}

/** The answer cannot be read: the question stays, and is put in other words. */
export function notUnderstood(turn: Turn, problem: string, params: TextParams = {}): Turn {
  return {
    ...turn,
    trouble: { kind: 'not-understood', problem, params },
    why: 'not-understood',
    reply: 'question',
  };
}

export function notReadable(turn: Turn, came: string): Turn {
  return { ...turn, trouble: { kind: 'not-readable', came }, why: 'not-readable', reply: 'question' };
}

export function isIntakeOpen(turn: Turn): boolean {
  return turn.intake.status === 'asking' || turn.intake.status === 'reviewing';
}

/** True when details were sent, whatever came of it. */
export function isSent(turn: Turn): boolean {
  const { status } = turn.intake;
  return status === 'confirmed' || status === 'filed' || status === 'refused';
}
