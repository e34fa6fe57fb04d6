import { monthNamed } from './months.ts';
import type { ProblemCode } from './problem.ts';
import { fold, tidyLine } from './tidy.ts';

export type ReadDate =
  | { readonly date: string; readonly ambiguous: boolean }
  | {
      readonly problem: Extract<
        ProblemCode,
        'NOT_A_DATE' | 'DATE_INCOMPLETE' | 'NOT_IN_CALENDAR' | 'IN_FUTURE' | 'TOO_LONG_AGO' | 'EMPTY'
      >;
    };

export type DateContext = {
  /** `YYYY-MM-DD` */
  readonly today: string;
  /** ISO 3166-1 alpha-2 */
  readonly jurisdiction: string;
  /** True for a date of birth: not after today, and at most 130 years ago. */
  readonly birth: boolean;
};

/**
 * Where the month is written first (Unicode CLDR, short date formats of these countries). The country decides and not
 * the language: Spanish forms in the United States ask for "mes/día/año" too.
 */
const monthFirst = new Set(['US', 'AS', 'GU', 'MH', 'MP', 'PR', 'UM', 'VI', 'FM', 'PW', 'PH']);

/** The oldest person on record reached 122 years; beyond 130, whatever the date is of, it is a typing error. */
const maxAgeYears = 130;

/** Words around a date that say nothing about it, folded. A word that stands nowhere here makes it no date. */
const fillers = new Set(
  (
    'a of the on in my is i was am it its it s m born birth birthday birthdate date dob day year month and ' +
    'de do da dos em no na o e eu foi minha data nascimento nascido nascida nasci dia mes ano aniversario meu ' +
    'del el la en mi es yo fecha nacimiento naci nacido nacida ano cumpleanos fue ' +
    'le ne nee geboren der den vom nato nata il ' +
    '年 月 日 년 월 일'
  )
    .split(' ')
    // Korean syllables come apart when words are compared.
    .map(fold),
);

const weekdays = new Set(
  (
    'monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun ' +
    'segunda terca quarta quinta sexta sabado domingo feira lunes martes miercoles jueves viernes ' +
    'lunedi martedi mercoledi giovedi venerdi sabato domenica ' +
    'lundi mardi mercredi jeudi vendredi samedi dimanche montag dienstag mittwoch donnerstag freitag samstag sonntag'
  ).split(' '),
);

const firstDay = new Set(['primeiro', 'primero', 'first', 'premier', 'erster', 'primo']);

/**
 * Reads a date as people write it: numbers in the country's order or as ISO 8601, with any signs between or run
 * together, or with the month as a word in several languages. Two-digit years become the nearest that make sense.
 */
export function readDate(text: string, context: DateContext): ReadDate {
  // `3rd`, `1º`, `1er`: the ending says nothing beyond the number. `5月3日` has letters and no spaces.
  const plain = fold(text)
    .replace(/(\d)(st|nd|rd|th|er|o|a|ro)(?!\p{L})/gu, '$1 ')
    .replace(/(?<=\d)(?=\p{L})|(?<=\p{L})(?=\d)/gu, ' ');
  if (plain === '') return { problem: tidyLine(text) === '' ? 'EMPTY' : 'NOT_A_DATE' };
  const numbers: string[] = [];
  let month: number | undefined;
  for (const word of plain.split(' ').filter(Boolean)) {
    if (/^\d+$/.test(word)) numbers.push(word);
    else if (firstDay.has(word)) numbers.push('1');
    else if (!fillers.has(word) && !weekdays.has(word)) {
      const named = monthNamed(word);
      if (named === undefined || month !== undefined) return { problem: 'NOT_A_DATE' };
      month = named;
    }
  }
  const readings = month === undefined ? fromNumbers(numbers, context) : fromMonth(numbers, month);
  return typeof readings === 'string' ? { problem: readings } : settle(readings, context);
}

/** Year with as many digits as were written, so that `84` and `0084` stay apart. */
type Reading = { readonly year: string; readonly month: number; readonly day: number };

/** The readings worth trying, the likeliest first; or why there is none. */
type Readings = readonly Reading[] | 'NOT_A_DATE' | 'DATE_INCOMPLETE';

function fromMonth(numbers: readonly string[], month: number): Readings {
  const [first, second, more] = numbers;
  if (
    first === undefined ||
    more !== undefined ||
    numbers.some((number) => !/^(\d{1,2}|\d{4})$/.test(number))
  ) {
    return 'NOT_A_DATE';
  }
  if (second === undefined) return 'DATE_INCOMPLETE';
  const yearFirst = first.length === 4 || (second.length !== 4 && Number(first) > 31);
  const [year, day] = yearFirst ? [first, second] : [second, first];
  return day.length === 4 ? 'NOT_A_DATE' : [{ year, month, day: Number(day) }];
}

function fromNumbers(numbers: readonly string[], context: DateContext): Readings {
  const [first, second, third, more] = numbers;
  if (first === undefined || more !== undefined) return 'NOT_A_DATE';
  if (third !== undefined && second !== undefined) return fromThree([first, second, third], context);
  if (second !== undefined) {
    return numbers.every((number) => /^(\d{1,2}|\d{4})$/.test(number)) ? 'DATE_INCOMPLETE' : 'NOT_A_DATE';
  }
  const runTogether = first.length === 8 ? 4 : first.length === 6 ? 2 : undefined;
  if (runTogether === undefined) return /^(1[89]|20)\d\d$/.test(first) ? 'DATE_INCOMPLETE' : 'NOT_A_DATE';
  const yearLast = fromThree([first.slice(0, 2), first.slice(2, 4), first.slice(4)], context);
  const yearFirst: Reading = {
    year: first.slice(0, runTogether),
    month: Number(first.slice(runTogether, runTogether + 2)),
    day: Number(first.slice(runTogether + 2)),
  };
  return typeof yearLast === 'string' ? [yearFirst] : [...yearLast, yearFirst];
}

function fromThree(parts: readonly [string, string, string], { jurisdiction }: DateContext): Readings {
  const [a, b, c] = parts;
  const short = (part: string) => part.length <= 2;
  const yearFirst = short(b) && short(c) && (a.length === 4 || (short(a) && Number(a) > 31));
  if (yearFirst) {
    return [{ year: a, month: Number(b), day: Number(c) }];
  }
  if (!short(a) || !short(b) || !(short(c) || c.length === 4)) return 'NOT_A_DATE';
  const dayFirst = { year: c, month: Number(b), day: Number(a) };
  const other = { year: c, month: Number(a), day: Number(b) };
  return monthFirst.has(jurisdiction) ? [other, dayFirst] : [dayFirst, other];
}

/** The first reading that is in the calendar and may be true; a problem is told of the likeliest reading in the calendar. */
function settle(readings: readonly Reading[], context: DateContext): ReadDate {
  const dates = readings.flatMap((reading) => {
    const date = inCalendar(reading, context);
    return date === undefined ? [] : [{ date, yearWritten: reading.year }];
  });
  const [first] = dates;
  if (first === undefined) return { problem: 'NOT_IN_CALENDAR' };
  const chosen = dates.find(({ date }) => implausible(date, context) === undefined) ?? first;
  const problem = implausible(first.date, context);
  // A swap of day and month may not turn a date in the future into one that is not: the local order stands. Digits
  // that were run together may be grouped anew, which shows in the year.
  if (problem !== undefined && chosen.yearWritten === first.yearWritten) return { problem };
  const ambiguous = dates.some(
    ({ date, yearWritten }) => yearWritten === chosen.yearWritten && date !== chosen.date,
  );
  return { date: chosen.date, ambiguous };
}

function implausible(date: string, { today, birth }: DateContext): 'IN_FUTURE' | 'TOO_LONG_AGO' | undefined {
  if (birth && date > today) return 'IN_FUTURE';
  const oldest = Temporal.PlainDate.from(today).subtract({ years: maxAgeYears }).toString();
  return date < oldest ? 'TOO_LONG_AGO' : undefined;
}

function inCalendar({ year, month, day }: Reading, context: DateContext): string | undefined {
  if (year.length === 4) return calendarDate(Number(year), month, day);
  const century = Math.floor(Number(context.today.slice(0, 4)) / 100) * 100;
  // Of a birth the latest that is past; of another date the one within 80 years back and 20 ahead.
  const latest = context.birth
    ? context.today
    : Temporal.PlainDate.from(context.today).add({ years: 20 }).toString();
  for (const start of [century + 100, century, century - 100]) {
    const date = calendarDate(start + Number(year), month, day);
    if (date !== undefined && date <= latest) return date;
  }
  return undefined;
}

function calendarDate(year: number, month: number, day: number): string | undefined {
  try {
    return Temporal.PlainDate.from({ year, month, day }, { overflow: 'reject' }).toString();
  } catch {
    return undefined;
  }
}
