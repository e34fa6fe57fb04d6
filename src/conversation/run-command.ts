import { readChoice } from '#intake/read-choice.ts';
import { plain, withinOneTypo } from '#kernel/words.ts';
import { openStep, skip, takesAnyWords } from './answer-step.ts';
import { answerVisit, moveVisit, startBooking } from './answer-visit.ts';
import { askCancellation, busy, lookOn, otherTimes } from './booking.ts';
import type { TypedCommand } from './commands-in-text.ts';
import type { CommandName } from './conversation.ts';
import { handOver } from './hand-over.ts';
import { advance, repeat, startForm } from './next-question.ts';
import { fieldsOf, optionsOf } from './options.ts';
import { shipped, text } from './texts.ts';
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
import { bookedVisit, changing, isLooking } from './visit.ts';
import { slotsOffered } from './visit-options.ts';

/** Does what a command says. Undefined where, at this point, the words are no command but an answer. */
export function runCommand(turn: Turn, typed: TypedCommand): Turn | undefined {
  switch (typed.command) {
    case 'change-field':
      return changeField(turn, typed.field);
    case 'new-intake':
      return isIntakeOpen(turn) ? undefined : newIntake(understood(turn, 'new-intake'));
    case 'language':
      return chooseLanguage(understood(turn, 'language'), typed.language, 'typed');
    case 'back':
      return goBack(understood(turn, 'back'));
    case 'change':
      return changeWhich(understood(turn, 'change'));
    case 'skip':
      return skipStep(understood(turn, 'skip'));
    case 'help':
      return repeat(
        note(understood(turn, 'help'), 'note.help', { phone: turn.input.practice.phone }),
        'help',
      );
    case 'person':
      return handOver(understood(turn, 'person'), 'asked');
    case 'start-over':
      return startOver(understood(turn, 'start-over'));
    case 'assistant':
      return advance(understood(turn, 'assistant'), 'again');
    case 'greeting':
      return repeat(understood(turn, 'greeting'), 'greeting');
    case 'book-visit':
    case 'move-visit':
    case 'cancel-visit':
      return runVisitCommand(turn, typed.command);
    default:
      return undefined;
  }
}

/** Undefined where there is no visit and no way to one: then the words are part of an answer. */
function runVisitCommand(
  turn: Turn,
  command: 'book-visit' | 'move-visit' | 'cancel-visit',
): Turn | undefined {
  const isBooked = bookedVisit(turn) !== undefined;
  const known = () => understood(turn, command);
  if (command === 'cancel-visit') {
    if (isBooked)
      return changing(turn) === 'cancel' ? busy(known()) : askCancellation(known(), 'confirm-first');
    if (isLooking(turn)) return answerVisit(known(), 'not-now');
    return isSettledWithClinic(turn) ? repeat(note(known(), 'visit.none'), 'again') : undefined;
  }
  if (command === 'move-visit') {
    if (isBooked) return moveVisit(known());
    if (isLooking(turn)) return otherTimes(known());
    return isSettledWithClinic(turn) ? startBooking(known()) : undefined;
  }
  return isSettledWithClinic(turn) ? startBooking(known()) : undefined;
}

/** Details were sent and none are being asked for. */
function isSettledWithClinic(turn: Turn): boolean {
  return isSent(turn) && !isIntakeOpen(turn) && turn.consent.status === 'given';
}

export function understood(turn: Turn, command: CommandName): Turn {
  const { open, input } = turn;
  const data =
    open.what === 'step' ? { command, linkId: open.linkId, at: input.at } : { command, at: input.at };
  return record(turn, { type: 'CommandUnderstood', data });
}

/** Takes a language up, at whatever step; what stands open is then asked in it. `language` may be `pt` or `pt-BR`. */
export function chooseLanguage(turn: Turn, language: string, how: 'tapped' | 'typed' | 'guessed'): Turn {
  const offered = offeredLanguages(turn.input);
  const chosen =
    offered.find((each) => each === language) ?? offered.find((each) => shipped(each) === shipped(language));
  if (chosen === undefined) {
    const languages = offered.map((each) => text(`word.language.${shipped(each) ?? 'en'}`, each)).join(', ');
    return repeat(note(turn, 'language.not-offered', { languages }), 'again');
  }
  const told = record(turn, { type: 'LanguageChosen', data: { language: chosen, how, at: turn.input.at } });
  const { what } = turn.open;
  return what === 'language' || what === 'none' ? advance(told, 'next') : ask(told, turn.open, 'language');
}

function goBack(turn: Turn): Turn {
  const { form, at } = turn.input;
  const { what } = turn.open;
  if (what === 'opt-in' && offeredLanguages(turn.input).length > 1)
    return ask(turn, { what: 'language' }, 'back');
  if (what === 'slot-day' || what === 'slot-clinician' || what === 'book?') return otherTimes(turn);
  if (what === 'slots')
    return lookOn(turn, { asked: 'earlier', shown: slotsOffered(turn) }) ?? repeat(turn, 'again');
  if (what === 'cancel-visit?' || what === 'visit?') return answerVisit(turn, 'keep');
  if (what !== 'step' && what !== 'summary')
    return what === 'offer' ? repeat(turn, 'again') : advance(turn, 'back');
  if (form === undefined) return advance(turn, 'again');
  const decided = intakeDecides(turn, { type: 'GoBack', form, at });
  if ('refused' in decided) return repeat(note(turn, 'note.first-question'), 'again');
  return advance(decided.turn, 'back');
}

function changeWhich(turn: Turn): Turn {
  // It may be the visit that is to change.
  if (bookedVisit(turn) && !isIntakeOpen(turn)) return ask(turn, { what: 'offer' }, 'change');
  if (isSent(turn)) return handOver(turn, 'change-after-sending');
  const nothing = optionsOf(turn, { what: 'change-which' }).length === 0;
  if (nothing || !isIntakeOpen(turn)) return repeat(note(turn, 'note.nothing-to-change'), 'again');
  return ask(turn, { what: 'change-which' }, 'change');
}

function changeField(turn: Turn, field: string): Turn | undefined {
  const { form } = turn.input;
  if (isSent(turn)) return handOver(understood(turn, 'change-field'), 'change-after-sending');
  if (form === undefined || !isIntakeOpen(turn) || turn.intake.status === 'none') return undefined;
  const fields = fieldsOf(form, turn.intake.answers);
  const named = fields.find((each) => namesOf(each).some((name) => withinOneTypo(name, field)));
  if (named) return reopen(understood(turn, 'change-field'), named.code);
  // "Change of medication" is a reason for a visit: where any words will do, only a field's own name is a command.
  if (takesAnyWords(openStep(turn))) return undefined;
  const read = readChoice(field, fields, languageOf(turn));
  if ('option' in read) return reopen(understood(turn, 'change-field'), read.option.code);
  return changeWhich(note(understood(turn, 'change-field'), 'note.no-such-field'));
}

function namesOf(field: ReturnType<typeof fieldsOf>[number]): readonly string[] {
  return [...Object.values(field.display), ...Object.values(field.synonyms).flat()].map(plain);
}

/** Asks for an answer once more; the one given stands until a new one comes. */
export function reopen(turn: Turn, linkId: string): Turn {
  const { form, at } = turn.input;
  const decided = form && intakeDecides(turn, { type: 'ChangeAnswer', form, linkId, at });
  return advance(decided && 'turn' in decided ? decided.turn : turn, 'change');
}

function skipStep(turn: Turn): Turn {
  const step = openStep(turn);
  if (step) return skip(turn, step, 'typed');
  // "Next", under a list of times.
  const next =
    turn.open.what === 'slots' ? lookOn(turn, { asked: 'later', shown: slotsOffered(turn) }) : undefined;
  return next ?? repeat(turn, 'again');
}

function startOver(turn: Turn): Turn {
  if (!isIntakeOpen(turn)) return repeat(turn, 'again');
  return ask(turn, { what: 'start-over?' }, 'confirm-first');
}

/** A form for another visit. One is open already: that one is gone on with. */
export function newIntake(turn: Turn): Turn {
  if (isIntakeOpen(turn)) return advance(turn, 'next');
  if (!isSent(turn) && bookedVisit(turn) === undefined) return advance(turn, 'next');
  return startForm(turn, 'next');
}

export function discard(turn: Turn, why: 'start-over' | 'stopped'): Turn {
  const decided = intakeDecides(turn, { type: 'DiscardIntake', why, at: turn.input.at });
  return 'turn' in decided ? decided.turn : turn;
}
