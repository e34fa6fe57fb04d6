import { plain, withinOneTypo, words } from '#kernel/words.ts';
import { shipped, shippedLanguages } from './texts.ts';
import { dayWords } from './vocabulary.ts';

/** A wish for a day, a time of day, or both: "tuesday 14:00", "25/11", "amanhã", "às 14h". */
export type When = {
  /** `YYYY-MM-DD`; today or later. */
  readonly day?: string;
  /** From 1 (Monday), where the day was named by its weekday alone: it may be another one of that name. */
  readonly weekday?: number;
  /** `HH:MM` */
  readonly time?: string;
};

export type WhenContext = {
  /** Now: ISO 8601, UTC. */
  readonly at: string;
  readonly timeZone: string;
  /** ISO 3166-1 alpha-2: decides which of two numbers is the month. */
  readonly jurisdiction: string;
  readonly language: string;
};

/** Where the month is written first (Unicode CLDR, short dates). */
const monthFirst: readonly string[] = ['US', 'AS', 'GU', 'MH', 'MP', 'PR', 'UM', 'VI', 'FM', 'PW', 'PH'];

/** From this length on a name of a day or month may be one typo off. */
const shortestMisspelt = 5;

/** Letters from which on the beginning of a name is enough. */
const shortestBeginning = 3;

/** Undefined where the text names neither a day nor a time, or says which one it is not. */
export function readWhen(text: string, context: WhenContext): When | undefined {
  const typed = text.normalize('NFKC').toLowerCase();
  if (words(typed).some((word) => dayWords.not.has(word))) return undefined;
  const { time, rest } = takeTime(typed);
  const day = dayIn(rest, context);
  if (day === 'contradictory') return undefined;
  if (day === undefined && time === undefined) return undefined;
  return { ...day, ...(time === undefined ? {} : { time }) };
}

/** "14:00", "14h30", "2:30 pm". A point stands between the numbers of a date, so it makes no time. */
const clock = /(?<![\d/.-])(\d{1,2})\s?(?::|h)\s?(\d{2})(?!\d)\s?([ap])?(?:\.?\s?m\b\.?)?/;
/** "2 pm", "14h", "14 horas" */
const hourOnly =
  /(?<![\d/.:-])(\d{1,2})\s?(?:(?:([ap])\.?\s?m\b\.?)|(?:h|hs|hrs|horas?|hours?|o['’]?clock)\b)/;
/** "às 14", "a las 3", "at 9" */
const hourAfter = /(?:\bat|\bàs|\bas|\ba las?)\s(\d{1,2})(?![\d/.:-])/;

function takeTime(typed: string): { readonly time: string | undefined; readonly rest: string } {
  for (const pattern of [clock, hourOnly, hourAfter]) {
    const found = pattern.exec(typed);
    if (!found) continue;
    const [all, hour = '', second, third] = found;
    const [minute, half] = pattern === clock ? [second ?? '00', third] : ['00', second];
    const time = clockTime(Number(hour), Number(minute), half);
    if (time !== undefined) return { time, rest: typed.replace(all, ' ') };
  }
  return { time: undefined, rest: typed };
}

function clockTime(hour: number, minute: number, half: string | undefined): string | undefined {
  const full = half === 'p' && hour < 12 ? hour + 12 : half === 'a' && hour === 12 ? 0 : hour;
  if (full > 23 || minute > 59 || (half !== undefined && hour > 12)) return undefined;
  return `${String(full).padStart(2, '0')}:${String(minute).padStart(2, '0')}`;
}

type Day = Omit<When, 'time'>;

function dayIn(typed: string, context: WhenContext): Day | 'contradictory' | undefined {
  const today = Temporal.Instant.from(context.at).toZonedDateTimeISO(context.timeZone).toPlainDate();
  const numeric = numericDay(typed, today, context);
  if (numeric !== undefined) return { day: numeric };
  const sentence = ` ${plain(typed)} `;
  const relative = relativeDay(sentence, today);
  if (relative !== undefined) return { day: relative };
  return namedDay(words(typed), today, context);
}

function numericDay(typed: string, today: Temporal.PlainDate, { jurisdiction }: WhenContext) {
  const iso = /(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)/.exec(typed);
  if (iso) return nextOn(today, Number(iso[2]), Number(iso[3]), Number(iso[1]));
  const short = /(?<!\d)(\d{1,2})[/.-](\d{1,2})(?:[/.-](\d{4}|\d{2}))?(?!\d)/.exec(typed);
  if (!short) return undefined;
  const [first, second] = [Number(short[1]), Number(short[2])];
  const year = short[3] === undefined ? undefined : (Number(short[3]) % 100) + 2000;
  const [month, day] = monthFirst.includes(jurisdiction) ? [first, second] : [second, first];
  return nextOn(today, month, day, year) ?? nextOn(today, day, month, year);
}

/** The next day of that name in the calendar, from today on; undefined where there is none. */
function nextOn(today: Temporal.PlainDate, month: number, day: number, year?: number): string | undefined {
  for (const each of year === undefined ? [today.year, today.year + 1] : [year]) {
    try {
      const date = Temporal.PlainDate.from({ year: each, month, day }, { overflow: 'reject' });
      if (Temporal.PlainDate.compare(date, today) >= 0) return date.toString();
    } catch {
      // 31 November is in no year; 29 February is not in every one.
    }
  }
  return undefined;
}

function relativeDay(sentence: string, today: Temporal.PlainDate): string | undefined {
  const says = (list: ReadonlySet<string>) => [...list].some((word) => sentence.includes(` ${word} `));
  if (says(dayWords.dayAfter)) return today.add({ days: 2 }).toString();
  // "Por la mañana" is a part of the day.
  const morning = sentence.replaceAll(' la manana ', ' ');
  if ([...dayWords.tomorrow].some((word) => morning.includes(` ${word} `)))
    return today.add({ days: 1 }).toString();
  if (says(dayWords.nextWeek)) return today.add({ days: 8 - today.dayOfWeek }).toString();
  return says(dayWords.today) ? today.toString() : undefined;
}

function namedDay(
  typed: readonly string[],
  today: Temporal.PlainDate,
  { language }: WhenContext,
): Day | 'contradictory' | undefined {
  const weekdays = new Set(typed.flatMap((word, i) => weekdayOf(word, typed[i + 1], language) ?? []));
  const months = new Set(typed.flatMap((word) => monthOf(word, language) ?? []));
  const [weekday, ...others] = weekdays;
  const [month, ...more] = months;
  if (others.length > 0 || more.length > 0) return 'contradictory';
  const number = dayNumber(typed, weekday !== undefined || month !== undefined);
  if (month !== undefined && number !== undefined) return dayOrNone(nextOn(today, month, number));
  if (number !== undefined) {
    const date = nextWithNumber(today, number);
    const fits = weekday === undefined || date?.dayOfWeek === weekday;
    if (date !== undefined && fits) return { day: date.toString() };
  }
  if (weekday === undefined) return undefined;
  // "Friday", said on a Friday, is the next one: today is called today.
  const ahead = (weekday - today.dayOfWeek + 7) % 7 || 7;
  return { day: today.add({ days: ahead }).toString(), weekday };
}

function dayOrNone(day: string | undefined): Day | undefined {
  return day === undefined ? undefined : { day };
}

/** The 24th of this month, or of the next. */
function nextWithNumber(today: Temporal.PlainDate, day: number): Temporal.PlainDate | undefined {
  for (const months of [0, 1, 2]) {
    const first = today.with({ day: 1 }).add({ months });
    if (day > first.daysInMonth) continue;
    const date = first.with({ day });
    if (Temporal.PlainDate.compare(date, today) >= 0) return date;
  }
  return undefined;
}

/** "24" beside a weekday or month, "the 24th", "dia 24". A number alone is the place in a list. */
function dayNumber(typed: readonly string[], isNamed: boolean): number | undefined {
  for (const [index, word] of typed.entries()) {
    const [, digits, ending] = /^(\d{1,2})(st|nd|rd|th|o|a)?$/.exec(word) ?? [];
    if (digits === undefined) continue;
    const marked = ending !== undefined || dayWords.dayOfMonth.has(typed[index - 1] ?? '');
    const day = Number(digits);
    if ((isNamed || marked) && day >= 1 && day <= 31) return day;
  }
  return undefined;
}

const weekdayNames = once(() => names('weekday', (i) => `2026-11-${23 + i}`));
const monthNames = once(() => names('month', (i) => `2026-${String(i + 1).padStart(2, '0')}-01`));

/** Made when it is first asked for: most commands of the program read no dates. */
function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Plain name, long or short, in every shipped language → its number from 1 (Monday, January). */
function names(part: 'weekday' | 'month', dateOf: (index: number) => string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const language of shippedLanguages) {
    for (const style of ['long', 'short'] as const) {
      const format = new Intl.DateTimeFormat(language, { [part]: style, timeZone: 'UTC' });
      for (let i = 0; i < (part === 'weekday' ? 7 : 12); i += 1) {
        const name = format.format(
          Temporal.PlainDate.from(dateOf(i)).toZonedDateTime('UTC').epochMilliseconds,
        );
        // "terça-feira" is called "terça" too.
        const [first = ''] = words(name);
        if (!found.has(first)) found.set(first, i + 1);
      }
    }
  }
  return found;
}

/** "Segunda", "quinta" and "sexta" are days only in Portuguese, or with "feira": in Spanish they are places in a list. */
const ordinalsToo: ReadonlySet<string> = new Set(['segunda', 'quinta', 'sexta', 'quarta']);

function weekdayOf(word: string, next: string | undefined, language: string): number | undefined {
  if (ordinalsToo.has(word) && shipped(language) !== 'pt' && next !== 'feira') return undefined;
  // "Mar" is Tuesday in Spanish and March in both.
  if (word === 'mar' && shipped(language) !== 'es') return undefined;
  return nearest(word, weekdayNames());
}

function monthOf(word: string, language: string): number | undefined {
  return word === 'mar' && shipped(language) === 'es' ? undefined : nearest(word, monthNames());
}

/** By its whole name, its beginning ("thurs"), or with a slip of the finger; undefined where two come as near. */
function nearest(word: string, known: ReadonlyMap<string, number>): number | undefined {
  // "Fridays"
  const exact = known.get(word) ?? known.get(word.replace(/s$/, ''));
  if (exact !== undefined || word.length < shortestBeginning) return exact;
  const matching = (test: (name: string) => boolean) => [
    ...new Set([...known].filter(([name]) => test(name)).map(([, number]) => number)),
  ];
  const begun = matching((name) => name.startsWith(word));
  if (begun.length > 0) return begun.length === 1 ? begun[0] : undefined;
  if (word.length < shortestMisspelt) return undefined;
  const near = matching((name) => name.length >= shortestMisspelt && withinOneTypo(name, word));
  return near.length === 1 ? near[0] : undefined;
}
