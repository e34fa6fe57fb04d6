import type { DataClass } from '#kernel/phi.ts';
import type { PracticeSettings } from '#practice/practice.ts';
import type { SlotOffer } from '#scheduling/events.ts';
import { harmless, isolated } from './review.ts';
import { shipped } from './texts.ts';
import { languageOf, type Turn } from './turn-in-progress.ts';

/**
 * Days and times as a patient reads them: in the practice's zone, in their own language, as its country writes them. Short
 * enough for a row of a list (24 characters), with the month as a word, so that no two orders can be mixed up.
 */
type Place = Pick<PracticeSettings, 'timeZone' | 'jurisdiction'>;

/** Where a day begins with the month and hours count to twelve (Unicode CLDR). */
const twelveHours: readonly string[] = ['US', 'PR', 'PH', 'CA', 'AU', 'NZ', 'MX', 'CO'];
const monthFirst: readonly string[] = ['US', 'PR', 'PH'];

/** "Tue 24 Nov, 09:20"; in the United States "Tue Nov 24, 9:20 AM". */
export function whenText(start: string, place: Place, language: string): string {
  return `${dayText(start, place, language)}, ${timeText(start, place, language)}`;
}

/** "Tue 24 Nov" */
export function dayText(at: string, place: Place, language: string): string {
  const spoken = shipped(language) ?? 'en';
  const parts = partsOf(at, spoken, place.timeZone, { weekday: 'short', day: 'numeric', month: 'short' });
  const [weekday, month] = [short(parts.weekday), short(parts.month)];
  const inOrder =
    spoken === 'en' && monthFirst.includes(place.jurisdiction)
      ? [weekday, month, parts.day]
      : [weekday, parts.day, month];
  return inOrder.join(' ');
}

/** "09:20", "9:20 AM" */
export function timeText(at: string, { timeZone, jurisdiction }: Place, language: string): string {
  if (!twelveHours.includes(jurisdiction)) {
    const { hour, minute } = partsOf(at, 'en', timeZone, {
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    });
    return `${hour}:${minute}`;
  }
  const { hour, minute, dayPeriod } = partsOf(at, 'en', timeZone, {
    hour: 'numeric',
    minute: '2-digit',
    hour12: true,
  });
  const half = dayPeriod.toUpperCase();
  return `${hour}:${minute} ${shipped(language) === 'en' ? half : half.toLowerCase()}`;
}

/** "EDT", "GMT-3": tells the two hours of a night apart in which clocks go back. */
export function zoneText(at: string, { timeZone }: Place): string {
  return partsOf(at, 'en', timeZone, { timeZoneName: 'short' }).timeZoneName;
}

/** Making a format costs far more than using it. */
const formats = new Map<string, Intl.DateTimeFormat>();

function partsOf(
  at: string,
  language: string,
  timeZone: string,
  options: Intl.DateTimeFormatOptions,
): Readonly<Record<Intl.DateTimeFormatPartTypes, string>> {
  const key = `${language} ${timeZone} ${Object.keys(options).join(' ')}`;
  const format = formats.get(key) ?? new Intl.DateTimeFormat(language, { ...options, timeZone });
  formats.set(key, format);
  const parts = format.formatToParts(Temporal.Instant.from(at).epochMilliseconds);
  // What the options ask for is among the parts.
  return Object.fromEntries(parts.map(({ type, value }) => [type, value])) as Record<
    Intl.DateTimeFormatPartTypes,
    string
  >;
}

/** "nov." → "nov", "Sept" → "Sep": as many letters in every month, so that a row's length is known. */
function short(name: string): string {
  return [...name.replace(/\.$/, '')].slice(0, 3).join('');
}

/** Characters of a clinician's name beyond which it is left out of a sentence. */
const longestName = 60;

/** The clinician's name; undefined where it is not known or may not be said here. */
export function clinicianOf(turn: Turn, { scheduleId }: Pick<SlotOffer, 'scheduleId'>): string | undefined {
  const { appointment, input } = turn;
  if (appointment.status !== 'open' || input.practice.contentMode === 'minimal') return undefined;
  const name = harmless(appointment.clinicians[scheduleId] ?? '');
  return name === '' || name.length > longestName ? undefined : name;
}

/** A name beside a visit says what it is about, except where the practice lets that into the chat anyway. */
export function clinicianClass(turn: Turn): DataClass {
  return turn.input.practice.contentMode === 'open' ? 'logistics' : 'clinical';
}

export type VisitParams = { readonly when: string; readonly clinician: string };

/** A slot for a text: when, and with whom ("none" where that is not said). */
export function slotParams(turn: Turn, offer: SlotOffer): VisitParams {
  const clinician = clinicianOf(turn, offer);
  return {
    when: whenText(offer.start, turn.input.practice, languageOf(turn)),
    clinician: clinician === undefined ? 'none' : isolated(clinician),
  };
}

export function slotClass(turn: Turn, offer: SlotOffer): DataClass {
  return clinicianOf(turn, offer) === undefined ? 'logistics' : clinicianClass(turn);
}
