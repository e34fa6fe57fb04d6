import type { AppointmentCommand, AppointmentState } from '#scheduling/appointment.ts';
import type { DropReason, SlotSearch } from '#scheduling/events.ts';
import { closedGate } from '#scheduling/gates.ts';
import {
  dayOf,
  type SlotWindow,
  type SlotWish,
  searchFor,
  visitTypeById,
  visitTypeFor,
} from '#scheduling/slots.ts';
import type { AskReason } from './conversation.ts';
import { handOver } from './hand-over.ts';
import { appointmentDecides, ask, languageOf, note, record, settle, type Turn } from './turn-in-progress.ts';
import { bookedVisit, choiceOf } from './visit.ts';
import { slotsOffered } from './visit-options.ts';
import { dayText, slotClass, slotParams } from './visit-words.ts';

/**
 * What the patient does on the way to a visit. Each asks the practice system for one thing and then waits for its news, so
 * nothing is said until that is there, except where it cannot be done.
 */

type Wanted = Pick<
  Extract<AppointmentCommand, { type: 'RequestSlots' }>,
  'appointmentId' | 'intakeId' | 'patientId' | 'visitType'
>;

/** Looks for free times. Undefined where there is nothing to book for: no details were sent. */
export function lookFor(turn: Turn, wish: SlotWish, scheduleId?: string): Turn | undefined {
  return look(
    turn,
    wish,
    scheduleId,
    isSameVisit(turn, turn.appointment) ? sameVisit(turn) : freshVisit(turn),
  );
}

/** Looks for a visit of its own for the details that arrived, whatever else is booked. */
export function lookAnew(turn: Turn): Turn | undefined {
  return look(turn, { asked: 'first' }, undefined, freshVisit(turn));
}

function look(
  turn: Turn,
  wish: SlotWish,
  scheduleId: string | undefined,
  wanted: Wanted | undefined,
): Turn | undefined {
  const window = windowOf(turn, scheduleId);
  if (wanted === undefined || window === undefined) return undefined;
  const stopped = stopAtGate(turn, wanted);
  if (stopped !== undefined) return stopped;
  const search = wideSearch(wish, window);
  if (search === undefined) return nothingThere(turn, wish, window);
  const { conversationId, at } = turn.input;
  const decided = appointmentDecides(turn, { type: 'RequestSlots', ...wanted, conversationId, search, at });
  if ('refused' in decided) return busy(turn);
  const isFresh = turn.conversation.appointmentId !== wanted.appointmentId;
  const opened = isFresh
    ? record(decided.turn, { type: 'AppointmentOpened', data: { appointmentId: wanted.appointmentId, at } })
    : decided.turn;
  return settle(opened);
}

/** Before the first look: who does not pass a gate of the visit's type is booked by a person. */
function stopAtGate(turn: Turn, { appointmentId, visitType }: Wanted): Turn | undefined {
  const { input, intake, conversation } = turn;
  if (appointmentId === conversation.appointmentId || input.scheduling === undefined) return undefined;
  const gates = visitTypeById(input.scheduling, visitType)?.gates ?? [];
  const answers = intake.status === 'none' ? {} : intake.answers;
  const birth = input.form?.steps.find(({ kind }) => kind === 'birth-date');
  const birthDate = birth === undefined ? undefined : answers[birth.linkId];
  const gate = closedGate(gates, {
    codes: Object.fromEntries(
      Object.entries(answers).flatMap(([linkId, answer]) =>
        answer.kind === 'coding' ? [[linkId, answer.code]] : [],
      ),
    ),
    birthDate: birthDate?.kind === 'date' ? birthDate.date : undefined,
    today: dayOf(input.at, input.practice.timeZone),
  });
  if (gate === undefined) return undefined;
  const closed = record(turn, { type: 'GateClosed', data: { visitType, gate: gate.kind, at: input.at } });
  return handOver(closed, 'gate-failed');
}

/** As `lookFor`, among the times of the clinician whose times are looked at now. */
export function lookOn(turn: Turn, wish: SlotWish): Turn | undefined {
  const { appointment } = turn;
  return lookFor(turn, wish, appointment.status === 'open' ? appointment.search.scheduleId : undefined);
}

/** The visit that is being moved, or looked for. */
function sameVisit({ appointment, input, intake }: Turn): Wanted | undefined {
  const { scheduling } = input;
  if (scheduling === undefined || appointment.status !== 'open') return undefined;
  const { appointmentId, intakeId, patientId, visitType } = appointment;
  // The practice may have taken the type out since.
  const type = visitTypeById(scheduling, visitType) ?? visitTypeFor(scheduling, reasonOf(intake, input));
  return { appointmentId, intakeId, patientId, visitType: type.id };
}

function freshVisit({ intake, input }: Turn): Wanted | undefined {
  const { scheduling, turnId } = input;
  if (scheduling === undefined || intake.status !== 'filed') return undefined;
  return {
    appointmentId: `${turnId}-visit`,
    intakeId: intake.intakeId,
    patientId: intake.patientId,
    visitType: visitTypeFor(scheduling, reasonOf(intake, input)).id,
  };
}

/** A visit that is over, cancelled, or of another intake is not looked for again: the next is another appointment. */
function isSameVisit(turn: Turn, appointment: AppointmentState): boolean {
  if (appointment.status !== 'open') return false;
  if (bookedVisit(turn) !== undefined) return true;
  const { booked, cancelled, intakeId } = appointment;
  const isOpen = booked === undefined && cancelled === undefined;
  return isOpen && (turn.intake.status !== 'filed' || turn.intake.intakeId === intakeId);
}

function reasonOf(intake: Turn['intake'], input: Turn['input']): string {
  if (intake.status === 'none') return '';
  const answer = intake.answers[input.scheduling?.reasonLinkId ?? ''];
  return answer?.kind === 'text' ? answer.text : '';
}

function windowOf({ input }: Turn, scheduleId: string | undefined): SlotWindow | undefined {
  const { scheduling, practice, at } = input;
  if (scheduling === undefined) return undefined;
  const window = { settings: scheduling, timeZone: practice.timeZone, at };
  return scheduleId === undefined ? window : { ...window, scheduleId };
}

/** Asked for a day, what comes after it is looked at too: where the day is full, the next best is there at once. */
function wideSearch(wish: SlotWish, window: SlotWindow): SlotSearch | undefined {
  const search = searchFor(wish, window);
  if (search === undefined || wish.asked !== 'day') return search;
  return { ...search, to: searchFor({ asked: 'first' }, window)?.to ?? search.to };
}

/** The day for which was asked, `YYYY-MM-DD`. */
export function dayAsked(turn: Turn): string | undefined {
  const { appointment, input } = turn;
  if (appointment.status !== 'open' || appointment.search.asked !== 'day') return undefined;
  return dayOf(appointment.search.from, input.practice.timeZone);
}

/** Nobody needs to look: the times would lie before the first that can be booked, or after the last. */
function nothingThere(turn: Turn, wish: SlotWish, window: SlotWindow): Turn {
  if (wish.asked === 'day') return outOfReach(turn, wish.day, window);
  if (wish.asked === 'earlier' || wish.asked === 'later') {
    const none = note(turn, wish.asked === 'earlier' ? 'slots.none-earlier' : 'slots.none-later');
    return slotsOffered(turn).length > 0 ? ask(none, { what: 'slots' }, 'again') : settle(none);
  }
  return settle(note(turn, 'slots.none', noneParams(turn)));
}

function outOfReach(turn: Turn, day: string, { timeZone, at, settings }: SlotWindow): Turn {
  const last = Temporal.Instant.from(at)
    .add({ hours: 24 * settings.horizonDays })
    .toString();
  const isOver = day <= dayOf(at, timeZone);
  const told = isOver
    ? note(turn, 'slot-day.over')
    : note(
        turn,
        'slot-day.too-far',
        { day: dayText(last, turn.input.practice, languageOf(turn)) },
        'logistics',
      );
  return ask(told, { what: 'slot-day' }, 'again');
}

export function noneParams({ input }: Turn) {
  return { days: input.scheduling?.horizonDays ?? 0, phone: input.practice.phone };
}

/** Keeps a slot for the patient; it is confirmed once it is held. */
export function chooseSlot(turn: Turn, slotId: string): Turn {
  // A burst may choose twice in one turn: each choice is held under its own id.
  const holdId = `${turn.input.turnId}-hold-${turn.result.appointment?.events.length ?? 0}`;
  const { at } = turn.input;
  const before = choiceOf(turn);
  const decided = appointmentDecides(turn, { type: 'ChooseSlot', slotId, holdId, at });
  if ('refused' in decided) {
    if (decided.refused !== 'NOT_OFFERED') return busy(turn);
    return lookOn(note(turn, 'slots.outdated'), { asked: 'first' }) ?? settle(turn);
  }
  if (decided.turn !== turn) return settle(decided.turn);
  // Nothing new: it is held already, or it is the very visit that stands.
  if (before?.phase === 'held') return ask(turn, { what: 'book?' }, 'again');
  return before === undefined ? settle(noteVisit(turn, 'visit.stands')) : settle(turn);
}

/** The patient says yes to the slot that is held. */
export function bookHeld(turn: Turn): Turn {
  const decided = appointmentDecides(turn, { type: 'RequestBooking', at: turn.input.at });
  if (!('refused' in decided)) return settle(decided.turn);
  return decided.refused === 'HOLD_EXPIRED' || decided.refused === 'NO_HOLD' ? lost(turn) : busy(turn);
}

export function dropHold(turn: Turn, why: DropReason): Turn {
  const decided = appointmentDecides(turn, { type: 'DropHold', why, at: turn.input.at });
  return 'refused' in decided ? turn : decided.turn;
}

/** The slot is not the patient's any more: said at once, and the next best ones are looked for. */
export function lost(turn: Turn): Turn {
  const told = note(turn, bookedVisit(turn) ? 'slots.lost-visit-stands' : 'slots.lost');
  return lookOn(told, { asked: 'first' }) ?? settle(told);
}

/** Other times than the one that is held: those of the last list. */
export function otherTimes(turn: Turn): Turn {
  const dropped = dropHold(turn, 'other-time');
  if (choiceOf(dropped)?.phase === 'booking') return busy(dropped);
  if (slotsOffered(dropped).length > 0) return ask(dropped, { what: 'slots' }, 'again');
  return lookOn(dropped, { asked: 'first' }) ?? settle(dropped);
}

/** Asks once for certain. */
export function askCancellation(turn: Turn, why: AskReason): Turn {
  return ask(turn, { what: 'cancel-visit?' }, why);
}

export function cancelVisit(turn: Turn): Turn {
  const { at } = turn.input;
  const decided = appointmentDecides(turn, { type: 'RequestCancellation', by: 'patient', at });
  return 'refused' in decided ? busy(turn) : settle(decided.turn);
}

export function confirmVisit(turn: Turn): Turn {
  const { at } = turn.input;
  const decided = appointmentDecides(turn, { type: 'RequestConfirmation', by: 'patient', at });
  if ('refused' in decided) return busy(turn);
  return bookedVisit(turn)?.confirmed ? noteVisit(decided.turn, 'visit.already-confirmed') : decided.turn;
}

/** Something is being written at the clinic at this moment; what comes of it is told. */
export function busy(turn: Turn): Turn {
  return settle(note(turn, 'visit.busy'));
}

/** Notes a text about the visit that stands. */
export function noteVisit(turn: Turn, key: 'visit.stands' | 'visit.kept' | 'visit.already-confirmed'): Turn {
  const booked = bookedVisit(turn);
  if (booked === undefined) return turn;
  return note(turn, key, slotParams(turn, booked.offer), slotClass(turn, booked.offer));
}
