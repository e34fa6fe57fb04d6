import { lookAnew, lookOn, lost } from './booking.ts';
import type { AskReason } from './conversation.ts';
import { ask, note, record, settle, type Turn } from './turn-in-progress.ts';
import { bookedVisit, choiceOf, isUnderWay, takesBookings } from './visit.ts';
import { slotsOffered } from './visit-options.ts';

/**
 * What is next on the way to a visit, by the state as it is now: the details that were filed are told, the slot that is held is
 * confirmed, free times are offered. Undefined where nothing is: then it is for the patient to say what they wish.
 */
export function visitNext(turn: Turn, why: AskReason): Turn | undefined {
  const { appointment } = turn;
  if (appointment.status !== 'open' || isOfEarlierIntake(turn)) return tellFiled(turn);
  const choice = choiceOf(turn);
  if (choice?.phase === 'held')
    return isOver(turn, choice.expiresAt) ? lost(turn) : ask(turn, { what: 'book?' }, why);
  if (isUnderWay(turn)) return settle(note(turn, 'visit.busy'));
  if (bookedVisit(turn) || appointment.booked || appointment.cancelled || !takesBookings(turn))
    return undefined;
  switch (appointment.found) {
    case 'refused':
      return undefined;
    case 'searching':
      return settle(note(turn, 'slots.looking'));
    case 'delayed':
      return settle(note(turn, 'slots.delayed', { phone: turn.input.practice.phone }));
    default:
      // After a while away, what was free is no longer what is.
      if (why === 'resumed' || slotsOffered(turn).length === 0)
        return lookOn(note(turn, 'slots.looking'), { asked: 'first' });
      return ask(turn, { what: 'slots' }, why);
  }
}

function isOver({ input }: Turn, expiresAt: string | undefined): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) <= Date.parse(input.at);
}

/** True when details were sent since: the appointment at hand is of another form, and its own way is over or apart. */
function isOfEarlierIntake({ appointment, intake }: Turn): boolean {
  return (
    appointment.status === 'open' &&
    intake.status !== 'none' &&
    intake.status !== 'discarded' &&
    appointment.intakeId !== intake.intakeId &&
    appointment.choice === undefined
  );
}

/** The details arrived and nobody said so: a person had the conversation. */
function tellFiled(turn: Turn): Turn | undefined {
  const { intake, conversation } = turn;
  if (intake.status !== 'filed' || !takesBookings(turn)) return undefined;
  if (conversation.told?.intakeId === intake.intakeId && conversation.told.outcome === 'filed')
    return undefined;
  return sayFiled(turn, intake.intakeId);
}

/** The details are with the clinic; where visits are booked by chat, free times are looked for at once. */
export function sayFiled(turn: Turn, intakeId: string): Turn {
  const { at } = turn.input;
  const told = record(turn, { type: 'IntakeOutcomeTold', data: { intakeId, outcome: 'filed', at } });
  const isCurrent = told.intake.status === 'filed' && told.intake.intakeId === intakeId;
  const looking = isCurrent && takesBookings(told) ? lookAnew(note(told, 'filed.looking')) : undefined;
  return looking ?? note(told, 'filed', { phone: turn.input.practice.phone });
}
