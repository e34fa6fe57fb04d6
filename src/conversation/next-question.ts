import { currentStep } from '#intake/intake.ts';
import { lookOn } from './booking.ts';
import type { AskReason } from './conversation.ts';
import { handOver } from './hand-over.ts';
import { askOptIn } from './opt-in.ts';
import {
  ask,
  intakeDecides,
  isIntakeOpen,
  isSent,
  languageOf,
  note,
  offeredLanguages,
  record,
  type Turn,
} from './turn-in-progress.ts';
import { bookedVisit } from './visit.ts';
import { visitNext } from './visit-question.ts';

/**
 * Asks for what is missing next: a language, the opt-in, the form's next answer, the confirmation. Where nothing is, it
 * offers what else can be done; where the chat takes no form, a person takes over.
 */
export function advance(turn: Turn, why: AskReason): Turn {
  const { practice, form } = turn.input;
  if (turn.conversation.language === undefined) return askLanguage(turn, why);
  if (turn.consent.status !== 'given') {
    const asked = askOptIn(turn, turn.consent.status === 'declined' ? 'changed-mind' : 'first');
    return ask(asked ?? turn, { what: 'opt-in' }, why);
  }
  if (practice.contentMode === 'minimal') return handOver(turn, 'minimal-mode');
  if (form === undefined || !practice.phases.intake) return handOver(turn, 'no-form');
  if (isIntakeOpen(turn)) {
    const step = currentStep(form, turn.intake);
    return ask(turn, step ? { what: 'step', linkId: step.linkId } : { what: 'summary' }, why);
  }
  const next = visitNext(turn, why);
  if (next) return next;
  return isSent(turn) || bookedVisit(turn) ? offer(turn, why) : startForm(turn, why);
}

/** Puts the question that stands once more. */
export function repeat(turn: Turn, why: AskReason): Turn {
  // After hours away, what was free is no longer what is.
  const isStale = turn.open.what === 'slots' && isBack(turn);
  const looked = isStale ? lookOn(note(turn, 'slots.looking'), { asked: 'first' }) : undefined;
  if (looked) return looked;
  return turn.open.what === 'none' ? advance(turn, why) : ask(turn, turn.open, why);
}

/** True in the turn in which a patient comes back after hours. */
function isBack({ result }: Turn): boolean {
  return result.conversation.some(({ type }) => type === 'Resumed');
}

function askLanguage(turn: Turn, why: AskReason): Turn {
  const [only, another] = offeredLanguages(turn.input);
  if (only === undefined || another !== undefined) return ask(turn, { what: 'language' }, why);
  const { at } = turn.input;
  const chosen = record(turn, { type: 'LanguageChosen', data: { language: only, how: 'only-one', at } });
  return advance(chosen, why);
}

function offer(turn: Turn, why: AskReason): Turn {
  const isNew = turn.input.conversation.asked.what !== 'offer';
  const isGreeted = turn.notes.some(({ key }) => key === 'note.handed-back');
  return ask(isNew && !isGreeted ? note(turn, 'offer.welcome-back') : turn, { what: 'offer' }, why);
}

/** Asks the form's first question; the intake that takes the answers is opened with it. */
export function startForm(turn: Turn, why: AskReason): Turn {
  const { form } = turn.input;
  const first = form?.steps[0];
  if (form === undefined || first === undefined) return handOver(turn, 'no-form');
  const opened = openIntake(turn);
  const step = (opened && currentStep(form, opened.intake)) ?? first;
  return ask(opened ?? turn, { what: 'step', linkId: step.linkId }, why);
}

/**
 * Opens a fresh intake. Undefined where this turn already decided on another one: a turn adds to one intake only, so
 * the fresh one is opened with its first answer, in a turn to come.
 */
export function openIntake(turn: Turn): Turn | undefined {
  const { form, turnId, at } = turn.input;
  if (form === undefined || turn.result.intake !== undefined) return undefined;
  const intakeId = `${turnId}-intake`;
  const decided = intakeDecides(turn, {
    type: 'StartIntake',
    intakeId,
    patientId: `${turnId}-patient`,
    formId: form.id,
    formVersion: form.version,
    language: languageOf(turn),
    at,
  });
  return 'turn' in decided
    ? record(decided.turn, { type: 'IntakeOpened', data: { intakeId, at } })
    : undefined;
}
