import { plain } from '#kernel/words.ts';
import type { AppointmentState } from '#scheduling/appointment.ts';
import { type ReminderTap, readReminderTap } from '#scheduling/reminder-tap.ts';
import { moveVisit } from './answer-visit.ts';
import { askCancellation, busy, confirmVisit } from './booking.ts';
import type { ReminderAnswer } from './conversation.ts';
import { repeat } from './next-question.ts';
import {
  ask,
  idOf,
  ignore,
  note,
  type PatientMessage,
  record,
  type Turn,
  visitQuestions,
} from './turn-in-progress.ts';
import { bookedVisit, changing, visitMark } from './visit.ts';
import { comingWords, notComingWords, noWords, yesWords } from './vocabulary.ts';

/** A button of a reminder. Undefined where the id is none of one. */
export function readReminder(turn: Turn, message: PatientMessage, id: string): Turn | undefined {
  const tap = readReminderTap(id);
  return tap && answerReminder(turn, message, tap);
}

/** The one answer that changes nothing but a mark in the calendar: it counts although a person has the conversation. */
export function confirmQuietly(turn: Turn, id: string): Turn | undefined {
  const tap = readReminderTap(id);
  const there = tap?.action === 'confirm' ? turnTo(turn, tap.appointmentId) : undefined;
  const booked = there && bookedVisit(there);
  if (!tap || !there || !booked || visitMark(booked) !== String(tap.startEpochSeconds)) return undefined;
  const confirmed = confirmVisit(answered(there, tap.appointmentId, booked.confirmed ? 'again' : 'confirm'));
  return { ...confirmed, notes: turn.notes, reply: turn.reply };
}

function answerReminder(turn: Turn, message: PatientMessage, tap: ReminderTap): Turn {
  const there = turnTo(turn, tap.appointmentId);
  const booked = there && bookedVisit(there);
  // A visit that nobody knows is not written down by an id that only the tap gives.
  if (there === undefined)
    return tellWhatStands(note(ignore(turn, message, 'older-question'), 'reminder.no-visit'));
  // The button speaks of a visit at a certain time: what has changed since is told, and nothing is done.
  if (booked === undefined || visitMark(booked) !== String(tap.startEpochSeconds))
    return tellWhatStands(
      note(
        answered(there, tap.appointmentId, 'outdated'),
        booked === undefined ? 'reminder.no-visit' : 'reminder.outdated',
      ),
    );
  switch (tap.action) {
    case 'confirm':
      return confirm(there, tap.appointmentId);
    case 'move':
      return moveVisit(answered(there, tap.appointmentId, 'move'));
    default:
      if (changing(there) === 'cancel') return busy(answered(there, tap.appointmentId, 'again'));
      return askCancellation(answered(there, tap.appointmentId, 'cancel'), 'confirm-first');
  }
}

/** "Yes", "I'll be there", "I can't come", said after a reminder. Undefined where the words are something else. */
export function readReminderWords(turn: Turn, text: string): Turn | undefined {
  const { reminded } = turn.conversation;
  if (reminded === undefined) return undefined;
  const typed = plain(text) || text.trim();
  // A bare "yes" belongs to the question that stands, if one does: a reminder may come while "Cancel your visit?" is open.
  const isFree = turn.open.what === 'none' || turn.open.what === 'offer';
  const isComing = comingWords.has(typed) || (isFree && yesWords.has(typed));
  const isNotComing = notComingWords.has(typed) || (isFree && noWords.has(typed));
  if (!isComing && !isNotComing) return undefined;
  const there = turnTo(turn, reminded);
  if (there === undefined || bookedVisit(there) === undefined) return undefined;
  if (isComing) return confirm(there, reminded);
  return ask(answered(there, reminded, 'cannot-come'), { what: 'visit?' }, 'next');
}

function confirm(turn: Turn, appointmentId: string): Turn {
  const isAgain = bookedVisit(turn)?.confirmed === true || changing(turn) === 'confirm';
  const said = confirmVisit(answered(turn, appointmentId, isAgain ? 'again' : 'confirm'));
  return said.notes.length > turn.notes.length ? above(said) : said;
}

/** With its choices, where a visit stands. */
function tellWhatStands(told: Turn): Turn {
  return bookedVisit(told) ? ask(told, { what: 'offer' }, 'again') : repeat(told, 'again');
}

/** The question that stands is not lost above what is said. */
function above(turn: Turn): Turn {
  const { what } = turn.open;
  return what === 'none' || what === 'offer' ? turn : repeat(turn, 'again');
}

function answered(turn: Turn, appointmentId: string, answer: ReminderAnswer): Turn {
  return record(turn, { type: 'ReminderAnswered', data: { appointmentId, answer, at: turn.input.at } });
}

/**
 * The turn, about that appointment: a family's other visit, whose reminder was answered. Undefined where nobody knows it, or this
 * turn has decided on another one.
 */
export function turnTo(turn: Turn, appointmentId: string): Turn | undefined {
  if (idOf(turn.appointment) === appointmentId) return turn;
  const other = otherAppointment(turn, appointmentId);
  if (other === undefined || turn.result.appointment !== undefined) return undefined;
  const turned = record(turn, {
    type: 'AppointmentTurnedTo',
    data: { appointmentId, at: turn.input.at },
  });
  const isVoid = visitQuestions.includes(turn.open.what);
  return { ...turned, appointment: other, open: isVoid ? { what: 'none' } : turned.open };
}

/** Another appointment of this conversation; it must say so itself, for an id in a tap proves nothing. */
export function otherAppointment({ input }: Turn, appointmentId: string): AppointmentState | undefined {
  const other = input.otherAppointments?.[appointmentId];
  return other?.status === 'open' && other.conversationId === input.conversationId ? other : undefined;
}
