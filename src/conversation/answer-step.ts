import type { InboundContent } from '#channels/channel.ts';
import { enabledSteps, type FormStep, stepByLinkId } from '#intake/form.ts';
import { type ReadProblem, readAnswer } from '#intake/read-answer.ts';
import type { AnswerValue } from '#intake/step.ts';
import { advance, openIntake, repeat } from './next-question.ts';
import {
  ignore,
  intakeDecides,
  isIntakeOpen,
  isSeen,
  isSent,
  languageOf,
  note,
  notReadable,
  notUnderstood,
  ownPhoneOf,
  type PatientMessage,
  type Turn,
} from './turn-in-progress.ts';

type Way = 'tap' | 'typed' | 'shared';

/** The step that stands open, if one does. */
export function openStep({ input, open }: Turn): FormStep | undefined {
  return open.what === 'step' && input.form ? stepByLinkId(input.form, open.linkId) : undefined;
}

/** True where any words are an answer, so that only a command's exact words are taken for one. */
export function takesAnyWords(step: FormStep | undefined): boolean {
  return step !== undefined && (step.open || ['text', 'person-name', 'address'].includes(step.kind));
}

/**
 * Reads a message as the answer to the step that stands open. Undefined where it is none, with the problem for the
 * caller to weigh: the words may still be a misspelt command.
 */
export function tryAnswer(
  turn: Turn,
  message: PatientMessage,
  step: FormStep,
): { readonly turn: Turn } | ReadProblem {
  const { content } = message;
  if (isBeforeItsForm(turn)) return { turn: ignore(turn, message, 'before-its-question') };
  if (isSkipNumber(step, content)) return { turn: skip(turn, step, 'typed') };
  const read = readWith(turn, message, step, content);
  if ('problem' in read) return read;
  const text = content.kind === 'text' && step.kind === 'text' ? content.text : undefined;
  return { turn: give(turn, step, read.answer, wayOf(content), text) };
}

/** The form was begun anew in this very turn: what comes along was written before its first question was seen. */
function isBeforeItsForm(turn: Turn): boolean {
  return !isIntakeOpen(turn) && turn.result.intake !== undefined;
}

function readWith(turn: Turn, { from }: PatientMessage, step: FormStep, content: InboundContent) {
  const { at, practice } = turn.input;
  const today = Temporal.Instant.from(at).toZonedDateTimeISO(practice.timeZone).toPlainDate().toString();
  const context = { language: languageOf(turn), today, jurisdiction: practice.jurisdiction };
  const ownPhone = ownPhoneOf(turn.input, from);
  return readAnswer(step, content, ownPhone === undefined ? context : { ...context, ownPhone });
}

function wayOf({ kind }: InboundContent): Way {
  return kind === 'choice' ? 'tap' : kind === 'text' ? 'typed' : 'shared';
}

/** An optional choice shows "Skip" after its options; where the list is typed by number, that is one more. */
function isSkipNumber(step: FormStep, content: InboundContent): boolean {
  if (step.required || step.options.length === 0 || content.kind !== 'text') return false;
  return content.text.trim() === String(step.options.length + 1);
}

/** Records an answer and goes on. `text` is what was typed, where more of it may follow in the same turn. */
export function give(turn: Turn, step: FormStep, answer: AnswerValue, way: Way, text?: string): Turn {
  const { form, at } = turn.input;
  const ready = isIntakeOpen(turn) ? turn : openIntake(turn);
  if (form === undefined || ready === undefined) return repeat(turn, 'again');
  const decided = intakeDecides(ready, { type: 'GiveAnswer', form, linkId: step.linkId, answer, way, at });
  if ('refused' in decided) {
    return decided.refused === 'REQUIRED'
      ? repeat(note(turn, 'note.required'), 'again')
      : advance(turn, 'again');
  }
  const given = advance(decided.turn, 'next');
  return { ...given, joinable: text === undefined ? undefined : { linkId: step.linkId, text } };
}

export function skip(turn: Turn, step: FormStep, way: Way): Turn {
  return give(turn, step, { kind: 'skipped' }, way);
}

/**
 * "Knee pain", and at once "since Monday": the second message of a burst belongs to the text before it, not to a
 * question that nobody has seen yet. Undefined where there is nothing to join, or no room.
 */
export function joinToText(turn: Turn, text: string): Turn | undefined {
  const { joinable } = turn;
  const { form } = turn.input;
  const step = joinable && form ? stepByLinkId(form, joinable.linkId) : undefined;
  if (!joinable || !step) return undefined;
  const joined = `${joinable.text}\n${text}`;
  const { language, jurisdiction } = {
    language: languageOf(turn),
    jurisdiction: turn.input.practice.jurisdiction,
  };
  const content = { kind: 'text', text: joined } as const;
  const read = readAnswer(step, content, { language, jurisdiction, today: turn.input.at.slice(0, 10) });
  return 'answer' in read ? give(turn, step, read.answer, 'typed', joined) : undefined;
}

/** Says what kept the message from being an answer; a photo or the like is thanked for first. */
export function problemWith(turn: Turn, { content }: PatientMessage, read: ReadProblem): Turn {
  if (read.problem === 'NEEDS_TEXT') return notReadable(turn, kindOf(content));
  return notUnderstood(turn, read.problem, read.limit === undefined ? {} : { limit: read.limit });
}

export function kindOf(content: InboundContent): string {
  return content.kind === 'media' ? content.media : content.kind;
}

/** A tap on a choice of any step: of the one that stands, of one answered before, or of a form that was sent. */
export function answerTapped(turn: Turn, message: PatientMessage, linkId: string): Turn {
  const { form } = turn.input;
  const step = form && stepByLinkId(form, linkId);
  const isOpen = turn.open.what === 'step' && turn.open.linkId === linkId;
  if (step === undefined || form === undefined) return staleTap(turn, message);
  if (!isOpen && isSent(turn)) return repeat(note(turn, 'note.with-clinic'), 'again');
  const answers = isIntakeOpen(turn) && turn.intake.status !== 'none' ? turn.intake.answers : {};
  const applies = isOpen || (isIntakeOpen(turn) && enabledSteps(form, answers).includes(step));
  if (!applies) return staleTap(turn, message);
  const tried = tryAnswer(turn, message, step);
  return 'turn' in tried ? tried.turn : staleTap(turn, message);
}

/** A tap on a question that is no longer open changes nothing; the one that is open is put again. */
export function staleTap(turn: Turn, message: PatientMessage): Turn {
  const ignored = ignore(turn, message, 'older-question');
  return repeat(isSeen(turn) ? note(ignored, 'note.older-question') : ignored, 'again');
}
