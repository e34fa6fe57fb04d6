import { type ConsentCommand, type ConsentState, consent } from '#consent/consent.ts';
import { type IntakeCommand, type IntakeRefusal, type IntakeState, intake } from '#intake/intake.ts';
import { isRefusal } from '#kernel/decider.ts';
import type { DataClass } from '#kernel/phi.ts';
import {
  type Asked,
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
    result: { conversation: [], intake: undefined, consent: [] },
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

/** A form may change between two turns: a question that it no longer has is no longer open. */
function stillAskable({ form, conversation: { asked } }: TurnInput): boolean {
  return asked.what !== 'step' || form?.steps.some(({ linkId }) => linkId === asked.linkId) === true;
}

export function messagesOf(input: TurnInput): readonly PatientMessage[] {
  return input.mail.filter((mail) => mail.kind === 'message');
}

/** What was written: a text, a caption, the title of a tapped choice. */
export function textOf({ content }: PatientMessage): string {
  switch (content.kind) {
    case 'text':
      return content.text;
    case 'choice':
      return content.title;
    case 'media':
      return content.caption ?? '';
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

/** Puts a question: it stands until another does, and is said at the end of the turn. */
export function ask(turn: Turn, open: Asked, why: AskReason): Turn {
  return { ...turn, open, why, trouble: undefined, reply: 'question' };
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
