import type { DataClass } from '#kernel/phi.ts';
import type { SlotOffer } from '#scheduling/events.ts';
import { dayOf } from '#scheduling/slots.ts';
import { dayAsked, noneParams } from './booking.ts';
import { highest, isolated } from './review.ts';
import { type TextKey, type TextParams, text } from './texts.ts';
import { languageOf, type Turn } from './turn-in-progress.ts';
import { bookedVisit, choiceOf } from './visit.ts';
import { slotsOffered } from './visit-options.ts';
import {
  clinicianClass,
  clinicianOf,
  dayText,
  slotClass,
  slotParams,
  timeText,
  whenText,
} from './visit-words.ts';

/** The questions about a visit, in the patient's language. */

type Asking = { readonly lines: readonly string[]; readonly dataClass: DataClass };

export function visitQuestionText(turn: Turn): Asking {
  const booked = bookedVisit(turn);
  switch (turn.open.what) {
    case 'slots':
      return slotsText(turn);
    case 'slot-day':
      return asks(turn, 'slot-day.ask', {}, 'none');
    case 'slot-clinician':
      return asks(turn, 'slot-clinician.ask', {}, clinicianClass(turn));
    case 'book?':
      return holdText(turn);
    case 'cancel-visit?':
      return booked ? aboutVisit(turn, 'visit.cancel-ask', booked.offer) : none;
    case 'visit?':
      return booked ? aboutVisit(turn, 'visit.which', booked.offer) : none;
    case 'offer':
      return offerText(turn);
    default:
      return none;
  }
}

/** What stands beside a row: by whom, where the rows differ in it. */
export function rowDescription(turn: Turn, code: string): string | undefined {
  if (turn.open.what !== 'slots' || !code.startsWith('slot/')) return undefined;
  const slots = slotsOffered(turn);
  if (onlyClinician(turn, slots) !== undefined) return undefined;
  const slot = slots.find(({ slotId }) => code === `slot/${slotId}`);
  return slot && clinicianOf(turn, slot);
}

const none: Asking = { lines: [], dataClass: 'none' };

function asks(turn: Turn, key: TextKey, params: TextParams, dataClass: DataClass): Asking {
  return { lines: [text(key, languageOf(turn), params)], dataClass };
}

function aboutVisit(turn: Turn, key: TextKey, offer: SlotOffer, params: TextParams = {}): Asking {
  return asks(turn, key, { ...slotParams(turn, offer), ...params }, slotClass(turn, offer));
}

function slotsText(turn: Turn): Asking {
  const { appointment } = turn;
  if (appointment.status !== 'open') return none;
  const slots = slotsOffered(turn);
  const booked = bookedVisit(turn);
  const stands = booked ? aboutVisit(turn, 'visit.stands', booked.offer) : none;
  const listed =
    slots.length === 0 ? asks(turn, 'slots.none', noneParams(turn), 'none') : listText(turn, slots);
  return {
    lines: [...stands.lines, ...listed.lines],
    dataClass: highest([stands.dataClass, listed.dataClass]),
  };
}

function listText(turn: Turn, slots: readonly SlotOffer[]): Asking {
  const { appointment, input } = turn;
  if (appointment.status !== 'open') return none;
  const only = onlyClinician(turn, slots);
  const day = dayAsked(turn);
  const isOnDay = slots.some(({ start }) => dayOf(start, input.practice.timeZone) === day);
  const params = {
    asked: appointment.search.asked,
    clinician: only === undefined ? 'none' : isolated(only),
    day: day === undefined ? '' : dayText(appointment.search.from, input.practice, languageOf(turn)),
  };
  const names = slots.some((slot) => clinicianOf(turn, slot) !== undefined);
  const key = day !== undefined && !isOnDay ? 'slots.ask-after' : 'slots.ask';
  return asks(turn, key, params, names ? highest(['logistics', clinicianClass(turn)]) : 'logistics');
}

/** The one clinician of all slots, whose name then stands in the sentence and not beside every row. */
function onlyClinician(turn: Turn, slots: readonly SlotOffer[]): string | undefined {
  const [first] = slots;
  const isOne = slots.every(({ scheduleId }) => scheduleId === first?.scheduleId);
  return first && isOne ? clinicianOf(turn, first) : undefined;
}

function holdText(turn: Turn): Asking {
  const choice = choiceOf(turn);
  if (choice?.expiresAt === undefined) return none;
  const { practice, at } = turn.input;
  const language = languageOf(turn);
  const isSameDay = dayText(choice.expiresAt, practice, language) === dayText(at, practice, language);
  const until = (isSameDay ? timeText : whenText)(choice.expiresAt, practice, language);
  const booked = bookedVisit(turn);
  return booked
    ? aboutVisit(turn, 'hold.ask-move', choice.offer, {
        until,
        old: whenText(booked.offer.start, practice, language),
      })
    : aboutVisit(turn, 'hold.ask', choice.offer, { until });
}

function offerText(turn: Turn): Asking {
  const booked = bookedVisit(turn);
  const asked = asks(turn, 'offer.ask', { status: booked ? 'other' : turn.intake.status }, 'none');
  if (booked === undefined) return asked;
  const stands = aboutVisit(turn, 'visit.stands', booked.offer);
  return { lines: [...stands.lines, ...asked.lines], dataClass: stands.dataClass };
}

/** What "cancel" may mean. */
export function stopText(turn: Turn, formIsOpen: boolean): Asking {
  const { practice } = turn.input;
  const booked = bookedVisit(turn);
  if (booked === undefined)
    return asks(turn, formIsOpen ? 'stop.which' : 'stop.which-booking', { practice: practice.name }, 'none');
  const when = whenText(booked.offer.start, practice, languageOf(turn));
  const key = formIsOpen ? 'stop.which-all' : 'stop.which-visit';
  return asks(turn, key, { practice: practice.name, when }, 'logistics');
}
