import type { OpenAppointment } from '#scheduling/appointment.ts';
import { dayAsked, lookFor, lookOn, lost } from './booking.ts';
import type { IgnoreReason } from './conversation.ts';
import { handOver } from './hand-over.ts';
import { advance, repeat } from './next-question.ts';
import { otherAppointment, turnTo } from './reminder-answer.ts';
import type { AppointmentNews, Mail } from './turn.ts';
import {
  ask,
  idOf,
  isIntakeOpen,
  languageOf,
  note,
  record,
  settle,
  type Turn,
  visitQuestions,
} from './turn-in-progress.ts';
import { bookedVisit, takesBookings } from './visit.ts';
import { slotsOffered } from './visit-options.ts';
import { dayText, slotClass, slotParams } from './visit-words.ts';

type VisitNews = Extract<Mail, { kind: 'appointment-news' }>;

/**
 * Tells what became of an appointment, by its state as it is now: news that it has moved on from are not told, nor are those that
 * were told already. Not while a person has the conversation, or after a stop.
 */
export function tellVisitNews(turn: Turn, { appointmentId, news, version }: VisitNews): Turn {
  const { at } = turn.input;
  const about = { appointmentId, news, version, at };
  const there = standsAt(turn, appointmentId, news);
  const why = whyNotTold(turn, there, { appointmentId, news, version });
  if (why !== undefined || there === undefined) {
    const untold = record(turn, {
      type: 'AppointmentNewsNotTold',
      data: { ...about, why: why ?? 'outdated' },
    });
    // Nothing is said to a patient who stopped, but somebody must look at it all the same.
    const needsPerson = why === 'stopped' && news === 'refused' && turn.conversation.owner === 'bot';
    return needsPerson
      ? record(untold, { type: 'HandedOver', data: { reason: 'booking-refused', priority: 'normal', at } })
      : untold;
  }
  const said = tell(record(there, { type: 'AppointmentNewsTold', data: about }), news);
  return isCurrent(turn, appointmentId) || asks(news) ? said : backTo(turn, said);
}

function whyNotTold(
  turn: Turn,
  there: Turn | undefined,
  { appointmentId, news, version }: Pick<VisitNews, 'appointmentId' | 'news' | 'version'>,
): IgnoreReason | undefined {
  if (turn.consent.status === 'withdrawn') return 'stopped';
  if (turn.conversation.owner === 'staff') return 'with-staff';
  if (version <= (turn.conversation.newsTold?.[appointmentId] ?? 0)) return 'told-before';
  if (turn.open.what === 'stop-or-form?') return 'stop-asked';
  return there && stillHolds(there, news) ? undefined : 'outdated';
}

/** True for news that lead to a question. */
function asks(news: AppointmentNews): boolean {
  return ['slots', 'search-delayed', 'search-refused', 'held', 'lost', 'found-moved'].includes(news);
}

function isCurrent({ appointment }: Turn, appointmentId: string): boolean {
  return idOf(appointment) === appointmentId;
}

/** The turn as it stands at that appointment. For a question the conversation turns to it, where nothing else is under way. */
function standsAt(turn: Turn, appointmentId: string, news: AppointmentNews): Turn | undefined {
  if (isCurrent(turn, appointmentId)) return turn;
  const other = otherAppointment(turn, appointmentId);
  if (other === undefined) return undefined;
  if (!asks(news)) return { ...turn, appointment: other };
  const isFree = turn.open.what === 'none' || turn.open.what === 'offer';
  return isFree ? turnTo(turn, appointmentId) : undefined;
}

/** The conversation stays about the appointment that it was about. */
function backTo({ appointment }: Turn, said: Turn): Turn {
  return { ...said, appointment };
}

function stillHolds(turn: Turn, news: AppointmentNews): boolean {
  const { appointment } = turn;
  if (appointment.status !== 'open') return false;
  const { found, choice, booked, changing, cancelled } = appointment;
  switch (news) {
    case 'slots':
      return typeof found !== 'string' && choice === undefined && !isIntakeOpen(turn);
    case 'search-delayed':
      return found === 'delayed' && !isIntakeOpen(turn);
    case 'search-refused':
      return found === 'refused';
    case 'held':
      return choice?.phase === 'held';
    case 'lost':
      return choice === undefined && found !== 'searching' && found !== 'delayed';
    case 'delayed':
      return (choice !== undefined && choice.phase !== 'held') || changing !== undefined;
    case 'cancelled':
      return booked === undefined && cancelled !== undefined;
    case 'confirmed':
      return booked?.confirmed === true;
    case 'refused':
      return true;
    default:
      return bookedVisit(turn) !== undefined;
  }
}

function tell(turn: Turn, news: AppointmentNews): Turn {
  const { phone, address } = turn.input.practice;
  const booked = bookedVisit(turn);
  switch (news) {
    case 'slots':
      return offerSlots(turn);
    case 'search-delayed':
      return settle(note(turn, 'slots.delayed', { phone }));
    case 'search-refused':
      return handOver(turn, 'search-refused');
    case 'refused':
      return handOver(turn, 'booking-refused');
    case 'held':
      return ask(turn, { what: 'book?' }, 'next');
    case 'lost':
      return isIntakeOpen(turn) ? above(note(turn, 'slots.lost')) : lost(turn);
    case 'delayed':
      return above(note(turn, 'visit.delayed', { phone }));
    case 'cancelled':
      return tellCancelled(turn);
    case 'found-moved':
      return ask(noteBooked(turn, 'visit.found-moved'), { what: 'visit?' }, 'next');
    case 'confirmed':
      return above(noteBooked(turn, 'confirmed'));
    default:
      if (booked === undefined) return turn;
      return above(
        noteBooked(turn, news === 'moved' ? 'moved' : 'booked', {
          address,
          calendarUrl: turn.input.calendarUrl(idOf(turn.appointment) ?? ''),
        }),
      );
  }
}

function noteBooked(
  turn: Turn,
  key: 'booked' | 'moved' | 'confirmed' | 'visit.found-moved',
  params: { readonly address?: string; readonly calendarUrl?: string } = {},
): Turn {
  const booked = bookedVisit(turn);
  if (booked === undefined) return turn;
  return note(turn, key, { ...slotParams(turn, booked.offer), ...params }, slotClass(turn, booked.offer));
}

/** A list of free times; where there are none, the next best thing. */
function offerSlots(turn: Turn): Turn {
  const { appointment, input } = turn;
  if (appointment.status !== 'open') return turn;
  if (slotsOffered(turn).length > 0) return ask(turn, { what: 'slots' }, 'next');
  const elsewhere = noneThere(appointment);
  if (elsewhere === undefined) return ask(turn, { what: 'slots' }, 'next');
  // The first times of all, by whomever: they are there unless nothing is.
  const day = dayAsked(turn);
  const params =
    day === undefined ? {} : { day: dayText(appointment.search.from, input.practice, languageOf(turn)) };
  const told = note(turn, elsewhere, params, day === undefined ? 'none' : 'logistics');
  const looked =
    appointment.search.asked === 'clinician'
      ? lookFor(told, { asked: 'first' })
      : lookOn(told, { asked: 'first' });
  return looked ?? told;
}

/** What to say before looking elsewhere; undefined where everything was looked at. */
function noneThere({ search }: OpenAppointment) {
  switch (search.asked) {
    case 'earlier':
      return 'slots.none-earlier' as const;
    case 'later':
      return 'slots.none-later' as const;
    case 'day':
      return 'slots.none-after' as const;
    case 'clinician':
      return 'slots.none-clinician' as const;
    default:
      return search.scheduleId === undefined ? undefined : ('slots.none-clinician' as const);
  }
}

function tellCancelled(turn: Turn): Turn {
  const { appointment } = turn;
  if (appointment.status !== 'open' || appointment.cancelled === undefined) return turn;
  const { offer, by } = appointment.cancelled;
  const key = by === 'practice' ? 'cancelled-by-practice' : 'cancelled';
  const told = note(turn, key, slotParams(turn, offer), slotClass(turn, offer));
  const free = visitQuestions.includes(told.open.what) ? settle(told) : told;
  const canBook = takesBookings(free) && !isIntakeOpen(free) && ['none', 'offer'].includes(free.open.what);
  // Bad news comes with the next best thing; who cancelled themselves is told how to book again, and left alone.
  return by === 'practice' && canBook ? ask(free, { what: 'offer' }, 'next') : above(free);
}

/** The question that stands must not be lost above the news. */
function above(turn: Turn): Turn {
  const { what } = turn.open;
  if (what !== 'none' && what !== 'offer') return repeat(turn, 'again');
  return isIntakeOpen(turn) ? advance(turn, 'again') : turn;
}
