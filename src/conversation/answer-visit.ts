import { readChoice } from '#intake/read-choice.ts';
import { plain, withinOneTypo, words } from '#kernel/words.ts';
import type { SlotOffer } from '#scheduling/events.ts';
import { dayOf } from '#scheduling/slots.ts';
import { staleTap } from './answer-step.ts';
import {
  askCancellation,
  bookHeld,
  busy,
  cancelVisit,
  chooseSlot,
  dropHold,
  lookFor,
  lookOn,
  noteVisit,
  otherTimes,
} from './booking.ts';
import type { AskedWhat } from './conversation.ts';
import { handOver } from './hand-over.ts';
import { advance, repeat } from './next-question.ts';
import { optionsOf } from './options.ts';
import { readWhen, type When } from './read-when.ts';
import {
  ask,
  ignore,
  isIntakeOpen,
  isSeen,
  languageOf,
  note,
  type PatientMessage,
  settle,
  type Turn,
  visitQuestions,
} from './turn-in-progress.ts';
import { bookedVisit, choiceOf, takesBookings } from './visit.ts';
import { clinicianRows, slotsOffered } from './visit-options.ts';
import { timeText } from './visit-words.ts';
import { notNowWords } from './vocabulary.ts';

/** True while one of the questions about a visit stands, and the patient has seen it. */
export function isAboutVisit(turn: Turn): boolean {
  return visitQuestions.includes(turn.open.what) && isSeen(turn);
}

/** Does what a choice about a visit calls for. `code` is an option's of `visitOptions`. */
export function answerVisit(turn: Turn, code: string): Turn {
  const [what = '', ...rest] = code.split('/');
  const which = rest.join('/');
  switch (what) {
    case 'slot':
      return chooseSlot(turn, which);
    case 'earlier':
    case 'later':
      return orAdvance(turn, lookOn(turn, { asked: what, shown: slotsOffered(turn) }));
    case 'day':
      return which === ''
        ? ask(turn, { what: 'slot-day' }, 'next')
        : orAdvance(turn, lookOn(turn, { asked: 'day', day: which }));
    case 'clinician':
      return which === ''
        ? ask(turn, { what: 'slot-clinician' }, 'next')
        : orAdvance(turn, lookFor(turn, { asked: 'clinician' }, which));
    case 'anyone':
      return orAdvance(turn, lookFor(turn, { asked: 'first' }));
    case 'book':
      return which === '' ? startBooking(turn) : bookHeld(turn);
    case 'other':
      return otherTimes(turn);
    case 'not-now':
      return notNow(turn);
    case 'keep':
      return keep(turn);
    case 'move':
      return moveVisit(turn);
    case 'cancel':
      return which === '' ? askCancellation(turn, 'confirm-first') : cancelVisit(turn);
    case 'yes':
      return cancelVisit(turn);
    default:
      return handOver(turn, 'asked');
  }
}

function orAdvance(turn: Turn, looked: Turn | undefined): Turn {
  return looked ?? advance(turn, 'again');
}

/** Looks for the first free times; where a visit stands already, says so. */
export function startBooking(turn: Turn): Turn {
  if (bookedVisit(turn)) return ask(turn, { what: 'offer' }, 'again');
  if (choiceOf(turn) !== undefined) return advance(turn, 'again');
  return takesBookings(turn) ? orAdvance(turn, lookFor(turn, { asked: 'first' })) : advance(turn, 'next');
}

/** Free times that may replace the visit. It stands until the patient confirms another one. */
export function moveVisit(turn: Turn): Turn {
  if (turn.input.scheduling === undefined) return handOver(turn, 'change-after-sending');
  return orAdvance(turn, lookFor(turn, { asked: 'first' }));
}

function keep(turn: Turn): Turn {
  return settle(noteVisit(dropHold(turn, 'declined'), 'visit.kept'));
}

function notNow(turn: Turn): Turn {
  if (bookedVisit(turn)) return keep(turn);
  if (choiceOf(turn)?.phase === 'booking') return busy(turn);
  return ask(note(dropHold(turn, 'declined'), 'slots.declined'), { what: 'offer' }, 'next');
}

/**
 * Reads words under a question about a visit: a time, a day, a clinician's name, or one of the choices. Undefined where they are
 * none of these.
 */
export function readVisitWords(turn: Turn, text: string): Turn | undefined {
  const choosesTime = ['slots', 'slot-day', 'slot-clinician', 'book?'].includes(turn.open.what);
  const when = choosesTime ? readWhen(text, contextOf(turn)) : undefined;
  const timed = when && chooseWhen(turn, when);
  if (timed) return timed;
  if (canDecline(turn) && notNowWords.has(plain(text))) return notNow(turn);
  const read = readChoice(text, optionsOf(turn), languageOf(turn));
  if ('option' in read) return answerVisit(turn, read.option.code);
  const scheduleId = choosesTime ? clinicianIn(turn, text) : undefined;
  return scheduleId === undefined ? undefined : lookFor(turn, { asked: 'clinician' }, scheduleId);
}

/** Where a visit is being moved, "no" keeps it and is a choice of its own. */
function canDecline(turn: Turn): boolean {
  const { what } = turn.open;
  return (
    what === 'slots' ||
    what === 'slot-day' ||
    what === 'slot-clinician' ||
    (what === 'book?' && !bookedVisit(turn))
  );
}

function contextOf({ input: { practice, at, conversation } }: Turn) {
  const { timeZone, jurisdiction, languages } = practice;
  return { at, timeZone, jurisdiction, language: conversation.language ?? languages[0] ?? 'en' };
}

/** One of the slots that are shown, where the time fits one alone; else what is free on the day. */
function chooseWhen(turn: Turn, when: When): Turn | undefined {
  const { timeZone } = turn.input.practice;
  const slots = slotsOffered(turn);
  const isOnDay = ({ start }: SlotOffer) =>
    when.day === undefined ||
    dayOf(start, timeZone) === when.day ||
    weekdayOf(start, timeZone) === when.weekday;
  const [first, another] =
    when.time === undefined ? [] : slots.filter((slot) => isOnDay(slot) && isAt(turn, slot, when.time));
  if (first && another === undefined) return chooseSlot(turn, first.slotId);
  if (when.day === undefined) return undefined;
  // "Friday" is first of all the Friday that is shown.
  const shown = when.weekday === undefined ? undefined : slots.find(isOnDay);
  const day = shown === undefined ? when.day : dayOf(shown.start, timeZone);
  return lookOn(turn, { asked: 'day', day });
}

function weekdayOf(at: string, timeZone: string): number {
  return Temporal.PlainDate.from(dayOf(at, timeZone)).dayOfWeek;
}

/** Written for a country whose hours run to 24, so that it compares with what was read. */
function isAt({ input }: Turn, { start }: SlotOffer, time: string | undefined): boolean {
  return timeText(start, { timeZone: input.practice.timeZone, jurisdiction: '' }, 'en') === time;
}

/** Letters of a name from which on it is told by one word of it. */
const shortestName = 4;

function clinicianIn(turn: Turn, text: string): string | undefined {
  const typed = words(text).filter((word) => word.length >= shortestName);
  const named = clinicianRows(turn).filter(({ name }) =>
    words(name).some(
      (part) => part.length >= shortestName && typed.some((word) => withinOneTypo(word, part)),
    ),
  );
  return named.length === 1 ? named[0]?.scheduleId : undefined;
}

/** Questions whose choices say what is wanted wherever they stand in the chat. */
const standing: readonly AskedWhat[] = [
  'slots',
  'slot-day',
  'slot-clinician',
  'book?',
  'cancel-visit?',
  'visit?',
  'offer',
];

/** A tap on a choice about a visit. Undefined where the question is none about one. */
export function tapVisit(
  turn: Turn,
  message: PatientMessage,
  question: AskedWhat,
  code: string,
): Turn | undefined {
  if (!standing.includes(question)) return undefined;
  const isOpen = turn.open.what === question && isSeen(turn);
  if (isOpen && optionsOf(turn).some((each) => each.code === code)) return answerOrOffer(turn, code);
  return tapEarlier(turn, message, question, code);
}

function answerOrOffer(turn: Turn, code: string): Turn | undefined {
  // "New form" is no matter of a visit.
  return code === 'new' ? undefined : answerVisit(turn, code);
}

/** A choice of an earlier message: a time may be chosen anew, and a hold confirmed, while that is still what it was. */
function tapEarlier(turn: Turn, message: PatientMessage, question: AskedWhat, code: string): Turn {
  const choice = choiceOf(turn);
  const booked = bookedVisit(turn);
  const [what, which] = code.split(/\/(.*)/s);
  if (what === 'book' && which !== undefined) {
    if (choice?.holdId === which && choice.phase === 'held') return bookHeld(turn);
    if (choice?.holdId === which) return ignore(turn, message, 'nothing-to-answer');
    if (booked?.holdId === which)
      return settled(noteVisit(ignore(turn, message, 'older-question'), 'visit.stands'));
  }
  if (what === 'slot' && choice?.offer.slotId === which && choice?.phase !== 'held')
    return ignore(turn, message, 'nothing-to-answer');
  const canChoose = !isIntakeOpen(turn) && choice?.phase !== 'booking' && turn.appointment.status === 'open';
  if (question === 'slots' && what === 'slot' && canChoose && takesBookings(turn))
    return answerVisit(turn, code);
  if (question === 'offer' && booked && (what === 'move' || what === 'cancel') && !isIntakeOpen(turn))
    return answerVisit(turn, code);
  return staleTap(turn, message);
}

/** What was noted is said; a question that stands is put below it. */
function settled(turn: Turn): Turn {
  return turn.open.what === 'none' ? turn : repeat(turn, 'again');
}
