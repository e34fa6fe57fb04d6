import type { StepOption } from '#intake/step.ts';
import type { SlotOffer } from '#scheduling/events.ts';
import { cliniciansToOffer, dayBounds, dayOf, maxShown, searchFor } from '#scheduling/slots.ts';
import type { AskedWhat } from './conversation.ts';
import { commandOption, option, optionTitled } from './option.ts';
import { harmless } from './review.ts';
import { shippedLanguages } from './texts.ts';
import type { Turn } from './turn-in-progress.ts';
import { bookedVisit, choiceOf, takesBookings, visitMark } from './visit.ts';
import { dayText, whenText, zoneText } from './visit-words.ts';

/** Characters of a row's title (Meta: interactive lists). */
const rowChars = 24;

/** Days that are offered to choose from: a week, and a row for a person. */
const daysOffered = 7;

/** Clinicians that are offered: with "anyone" and a person they fill a list of ten. */
const cliniciansOffered = 8;

/** The choices under the questions about a visit. */
export function visitOptions(turn: Turn, asked: AskedWhat): readonly StepOption[] {
  const booked = bookedVisit(turn);
  switch (asked) {
    case 'slots':
      return [...slotOptions(turn), ...otherSlots(turn), person];
    case 'slot-day':
      return [...dayOptions(turn), person];
    case 'slot-clinician':
      return [...clinicianOptions(turn), person];
    case 'book?':
      return bookOptions(turn);
    case 'cancel-visit?':
      return booked ? [yesCancel(`yes/${visitMark(booked)}`), keep, move] : [];
    case 'visit?':
      return booked ? [move, cancelIt(`cancel/${visitMark(booked)}`), keep] : [];
    case 'offer':
      return [...offered(turn), commandOption('new', 'offer.new', 'new-intake'), person];
    default:
      return [];
  }
}

const person = commandOption('person', 'ask.person', 'person');
const keep = option('keep', 'visit.keep', 'keepIt');
const move = option('move', 'visit.move', 'moveIt');
const yesCancel = (code: string) => option(code, 'visit.yes-cancel', 'cancelIt');
const cancelIt = (code: string) => option(code, 'visit.cancel', 'cancelIt');

function offered(turn: Turn): readonly StepOption[] {
  if (bookedVisit(turn)) {
    return [
      commandOption('move', 'offer.move', 'move-visit'),
      commandOption('cancel', 'offer.cancel', 'cancel-visit'),
    ];
  }
  return takesBookings(turn) && turn.intake.status === 'filed'
    ? [commandOption('book', 'offer.book', 'book-visit')]
    : [];
}

function bookOptions(turn: Turn): readonly StepOption[] {
  const choice = choiceOf(turn);
  if (choice === undefined) return [];
  const other = option('other', 'hold.other', 'anotherTime');
  return bookedVisit(turn)
    ? [option(`book/${choice.holdId}`, 'hold.move', 'yes', 'bookIt'), other, keep]
    : [option(`book/${choice.holdId}`, 'hold.book', 'yes', 'bookIt'), other];
}

/** The slots that can still be chosen of those found last. */
export function slotsOffered({ appointment, input }: Turn): readonly SlotOffer[] {
  if (appointment.status !== 'open' || typeof appointment.found === 'string') return [];
  return appointment.found.filter(({ start }) => Date.parse(start) > Date.parse(input.at)).slice(0, maxShown);
}

function slotOptions(turn: Turn): readonly StepOption[] {
  const slots = slotsOffered(turn);
  return slots.map((slot) =>
    optionTitled(`slot/${slot.slotId}`, (language) => slotTitle(turn, slot, slots, language)),
  );
}

/** With the zone's name in the night when clocks go back, whose hour comes twice. */
function slotTitle(turn: Turn, slot: SlotOffer, all: readonly SlotOffer[], language: string): string {
  const { practice } = turn.input;
  const titleOf = ({ start }: SlotOffer) => whenText(start, practice, language);
  const title = titleOf(slot);
  const isTwice = all.some((other) => other !== slot && titleOf(other) === title);
  return isTwice ? `${title} ${zoneText(slot.start, practice)}`.slice(0, rowChars) : title;
}

/** Other times than those shown, as far as there can be any. */
function otherSlots(turn: Turn): readonly StepOption[] {
  const { appointment } = turn;
  if (appointment.status !== 'open') return [];
  const { search } = appointment;
  const shown = slotsOffered(turn);
  const isFull = shown.length === maxShown;
  const isFromTheFirst = search.asked === 'first' || search.asked === 'clinician';
  const earlier = search.backwards ? isFull : !isFromTheFirst && canLook(turn, 'earlier', shown);
  const later = (search.backwards || isFull) && canLook(turn, 'later', shown);
  return [
    ...(earlier ? [option('earlier', 'slots.earlier', 'earlierTimes')] : []),
    ...(later ? [option('later', 'slots.later', 'laterTimes')] : []),
    option('day', 'slots.day', 'anotherDay'),
    ...(clinicianRows(turn).length > 0 ? [option('clinician', 'slots.clinician', 'anotherClinician')] : []),
  ];
}

function canLook({ input }: Turn, asked: 'earlier' | 'later', shown: readonly SlotOffer[]): boolean {
  const { scheduling, practice, at } = input;
  if (scheduling === undefined) return false;
  return searchFor({ asked, shown }, { settings: scheduling, timeZone: practice.timeZone, at }) !== undefined;
}

function dayOptions({ input }: Turn): readonly StepOption[] {
  const { practice, scheduling, at } = input;
  const { timeZone } = practice;
  const today = Temporal.PlainDate.from(dayOf(at, timeZone));
  return Array.from({ length: daysOffered }, (_, i) => today.add({ days: i + 1 }).toString())
    .filter(
      (day) =>
        scheduling && searchFor({ asked: 'day', day }, { settings: scheduling, timeZone, at }) !== undefined,
    )
    .map((day) => {
      // At noon it is that day whatever the clocks do in its night.
      const noon = Temporal.Instant.from(dayBounds(day, timeZone).from).add({ hours: 12 }).toString();
      return optionTitled(`day/${day}`, (language) => dayText(noon, practice, language));
    });
}

type Row = { readonly scheduleId: string; readonly name: string; readonly title: string };

/** The clinicians among whom can be chosen; none where names may not be said. Titles differ, whatever the names. */
export function clinicianRows({ appointment, input }: Turn): readonly Row[] {
  if (appointment.status !== 'open' || input.practice.contentMode === 'minimal') return [];
  const rows: Row[] = [];
  for (const { scheduleId, name } of cliniciansToOffer(appointment.clinicians, cliniciansOffered)) {
    const said = harmless(name);
    const cut = [...said].length <= rowChars ? said : `${said.slice(0, rowChars - 1).trimEnd()}…`;
    const isTaken = rows.some(({ title }) => title === cut);
    if (said !== '')
      rows.push({
        scheduleId,
        name: said,
        title: isTaken ? `${cut.slice(0, rowChars - 4)} (${rows.length + 1})` : cut,
      });
  }
  return rows.length > 1 ? rows : [];
}

function clinicianOptions(turn: Turn): readonly StepOption[] {
  const rows = clinicianRows(turn).map(
    ({ scheduleId, name, title }): StepOption => ({
      code: `clinician/${scheduleId}`,
      display: Object.fromEntries(shippedLanguages.map((language) => [language, title])),
      synonyms: { en: [name, ...name.split(' ').filter((word) => word.length > 3)] },
    }),
  );
  return [...rows, option('anyone', 'slots.anyone', 'anyClinician')];
}
