import { plain, withinOneTypo, words } from '#kernel/words.ts';
import type { SchedulingSettings, VisitType } from '#practice/practice.ts';
import type { SlotOffer, SlotSearch } from './events.ts';

/** Which visit a patient needs, which times are looked at, and which of the free ones are shown. */

/** Slots that are shown at once: more is a list that nobody reads to its end. */
export const maxShown = 5;

/** Slots of one half day among the first that are shown, so that who cannot come then sees another time too. */
const maxPerHalfDay = 2;

/** Letters from which on a word may be one typo off: "hear" is not "heart". */
const minTypoLetters = 7;

/**
 * The visit type whose words the reason names most, in any language, for people mix them; the first of several. The last type takes
 * every reason that names none.
 */
export function visitTypeFor(settings: SchedulingSettings, reason: string): VisitType {
  const said = words(reason);
  const hits = settings.visitTypes.map((type) => countHits(said, Object.values(type.words).flat()));
  const most = Math.max(...hits);
  const index = most === 0 ? settings.visitTypes.length - 1 : hits.indexOf(most);
  const found = settings.visitTypes[index];
  // The settings' schema asks for at least one.
  if (found === undefined) throw new Error('a practice that books has a visit type');
  return found;
}

/** By its id in `scheduling.yaml`; undefined where the practice took it out since. */
export function visitTypeById(settings: SchedulingSettings, id: string): VisitType | undefined {
  return settings.visitTypes.find((type) => type.id === id);
}

function countHits(said: readonly string[], wanted: readonly string[]): number {
  const sentence = ` ${said.join(' ')} `;
  return new Set(wanted.map(plain))
    .values()
    .filter((word) => names(said, sentence, word))
    .toArray().length;
}

function names(said: readonly string[], sentence: string, wanted: string): boolean {
  if (wanted.includes(' ')) return sentence.includes(` ${wanted} `);
  return said.some(
    (word) =>
      word === wanted ||
      word === `${wanted}s` ||
      word === `${wanted}es` ||
      (wanted.length >= minTypoLetters && withinOneTypo(word, wanted)),
  );
}

/** Which times the patient wants to see. `shown`: those that they see now. `day`: a calendar day, `YYYY-MM-DD`. */
export type SlotWish =
  | { readonly asked: 'first' | 'clinician' }
  | { readonly asked: 'later' | 'earlier'; readonly shown: readonly SlotOffer[] }
  | { readonly asked: 'day'; readonly day: string };

export type SlotWindow = {
  readonly settings: SchedulingSettings;
  /** The practice's IANA zone, whose days and nights count. */
  readonly timeZone: string;
  /** Now: ISO 8601, UTC. */
  readonly at: string;
  /** Only this clinician's. */
  readonly scheduleId?: string;
};

/** Nothing but starts: the step from one slot to what comes after it. Seconds. */
const step = { seconds: 1 };

/**
 * Where to look for what the patient wishes, between the notice that the practice needs and its horizon.
 *
 * Undefined where nothing can be there: a day that is over or too far away, or times before the very first ones.
 */
export function searchFor(wish: SlotWish, window: SlotWindow): SlotSearch | undefined {
  const soonest = soonestStart(window.settings, window.at);
  const end = instant(window.at).add({ hours: 24 * window.settings.horizonDays });
  const [from, to] = limits(wish, window, soonest, end);
  if (from === undefined || to === undefined) return undefined;
  const [first, last] = [latest(from, soonest), earliest(to, end)];
  if (Temporal.Instant.compare(first, last) >= 0) return undefined;
  return {
    from: iso(first),
    to: iso(last),
    ...(window.scheduleId === undefined ? {} : { scheduleId: window.scheduleId }),
    backwards: wish.asked === 'earlier',
    asked: wish.asked,
  };
}

type Limits = readonly [Temporal.Instant | undefined, Temporal.Instant | undefined];

function limits(
  wish: SlotWish,
  { timeZone }: SlotWindow,
  soonest: Temporal.Instant,
  end: Temporal.Instant,
): Limits {
  switch (wish.asked) {
    case 'later': {
      const last = wish.shown.map(({ start }) => instant(start)).reduce(latest, soonest);
      return wish.shown.length === 0 ? [undefined, undefined] : [last.add(step), end];
    }
    case 'earlier': {
      const starts = wish.shown.map(({ start }) => instant(start));
      return starts.length === 0 ? [undefined, undefined] : [soonest, starts.reduce(earliest)];
    }
    case 'day': {
      const day = Temporal.PlainDate.from(wish.day);
      // By the calendar: the night of a clock change makes a day of 23 or 25 hours, and not every day begins at midnight.
      return [startOfDay(day, timeZone), startOfDay(day.add({ days: 1 }), timeZone)];
    }
    default:
      return [soonest, end];
  }
}

function startOfDay(day: Temporal.PlainDate, timeZone: string): Temporal.Instant {
  return day.toZonedDateTime(timeZone).toInstant();
}

/** The bounds of a calendar day in a zone, `[from, to)`. @param day `YYYY-MM-DD` */
export function dayBounds(day: string, timeZone: string): { readonly from: string; readonly to: string } {
  const date = Temporal.PlainDate.from(day);
  return { from: iso(startOfDay(date, timeZone)), to: iso(startOfDay(date.add({ days: 1 }), timeZone)) };
}

/** The calendar day of an instant in a zone, `YYYY-MM-DD`. */
export function dayOf(at: string, timeZone: string): string {
  return instant(at).toZonedDateTimeISO(timeZone).toPlainDate().toString();
}

export type ShowContext = {
  readonly settings: SchedulingSettings;
  readonly visitType: VisitType;
  readonly search: SlotSearch;
  readonly timeZone: string;
  /** Now: ISO 8601, UTC. */
  readonly at: string;
};

/**
 * Of the free slots those to show, at most five, in the order of their starts.
 *
 * Never two of one start: by whom is asked on its own. The first answer spreads over half days; whoever asks for a day, a clinician
 * or other times gets them one after the other, so that every free slot can be reached.
 */
export function slotsToShow(free: readonly SlotOffer[], context: ShowContext): readonly SlotOffer[] {
  const { search, timeZone } = context;
  const fitting = free.filter((slot) => fits(slot, context)).toSorted(byStart);
  const distinct = oneClinicianEach(fitting);
  if (search.backwards) return distinct.slice(-maxShown);
  return search.asked === 'first' ? spread(distinct, timeZone) : distinct.slice(0, maxShown);
}

function fits({ start, end }: SlotOffer, { settings, visitType, search, at }: ShowContext): boolean {
  const begins = Date.parse(start);
  const isLongEnough = Date.parse(end) - begins >= visitType.minutes * 60_000;
  const soonest = Math.max(Date.parse(search.from), soonestStart(settings, at).epochMilliseconds);
  return isLongEnough && begins >= soonest && begins < Date.parse(search.to);
}

function byStart(a: SlotOffer, b: SlotOffer): number {
  return Date.parse(a.start) - Date.parse(b.start) || (a.slotId < b.slotId ? -1 : 1);
}

/** One slot per start, from clinicians in turn. */
function oneClinicianEach(sorted: readonly SlotOffer[]): readonly SlotOffer[] {
  const taken = new Map<string, number>();
  return [...Map.groupBy(sorted, (slot) => Date.parse(slot.start)).values()].map((same) => {
    const slot = same.reduce((a, b) => (times(taken, b) < times(taken, a) ? b : a));
    taken.set(slot.scheduleId, times(taken, slot) + 1);
    return slot;
  });
}

function times(taken: ReadonlyMap<string, number>, slot: SlotOffer): number {
  return taken.get(slot.scheduleId) ?? 0;
}

/** The earliest, but few of one half day; what is left over fills up. */
function spread(sorted: readonly SlotOffer[], timeZone: string): readonly SlotOffer[] {
  const perHalfDay = new Map<string, number>();
  const chosen = sorted.filter((slot) => {
    const local = instant(slot.start).toZonedDateTimeISO(timeZone);
    const key = `${local.toPlainDate().toString()} ${local.hour < 12 ? 'morning' : 'afternoon'}`;
    const count = (perHalfDay.get(key) ?? 0) + 1;
    perHalfDay.set(key, count);
    return count <= maxPerHalfDay;
  });
  const others = sorted.filter((slot) => !chosen.includes(slot));
  return [...chosen.slice(0, maxShown), ...others].slice(0, maxShown).toSorted(byStart);
}

export type OfferedClinician = { readonly scheduleId: string; readonly name: string };

/** Clinicians among whom the patient may choose, by name; none where there is no choice. */
export function cliniciansToOffer(
  clinicians: Readonly<Record<string, string>>,
  limit = 9,
): readonly OfferedClinician[] {
  const known = Object.entries(clinicians).map(([scheduleId, name]) => ({ scheduleId, name }));
  if (known.length < 2) return [];
  return known
    .toSorted((a, b) => a.name.localeCompare(b.name) || (a.scheduleId < b.scheduleId ? -1 : 1))
    .slice(0, limit);
}

function soonestStart({ minNoticeMinutes }: SchedulingSettings, at: string): Temporal.Instant {
  return instant(at).add({ minutes: minNoticeMinutes });
}

function instant(text: string): Temporal.Instant {
  return Temporal.Instant.from(text);
}

function iso(at: Temporal.Instant): string {
  return at.toString({ fractionalSecondDigits: 3 });
}

function latest(a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant {
  return Temporal.Instant.compare(a, b) >= 0 ? a : b;
}

function earliest(a: Temporal.Instant, b: Temporal.Instant): Temporal.Instant {
  return Temporal.Instant.compare(a, b) <= 0 ? a : b;
}
