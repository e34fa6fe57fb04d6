/** What the calendars of a simulated practice hold: clinicians, and the slots of their working days. Pure. */

export type WorldVisitType = {
  readonly id: string;
  /** As the practice system calls it. */
  readonly name: string;
  readonly minutes: number;
  readonly serviceType?: { readonly system?: string; readonly code: string };
};

/** One clinician's calendar. `key` is stable: whatever is made for it is found again by it. */
export type Calendar = {
  readonly key: string;
  readonly clinician: { readonly given: string; readonly family: string; readonly display: string };
  readonly visitType: WorldVisitType;
};

/** Instants are ISO 8601 in UTC. */
export type CalendarSlot = { readonly start: string; readonly end: string };

/** Days ahead of the present one that have slots. */
export const windowDays = 21;

/** Those that have them before anything else happens: filling all of the window takes too long for a start. */
export const nearDays = 7;

/** Nobody here exists, and the surnames say so. */
const clinicians: Readonly<Record<string, readonly { given: string; family: string; title: string }[]>> = {
  pt: [
    { given: 'Helena', family: 'Exemplo', title: 'Dra.' },
    { given: 'Rafael', family: 'Amostra', title: 'Dr.' },
    { given: 'Beatriz', family: 'Modelo', title: 'Dra.' },
    { given: 'Tiago', family: 'Exemplo', title: 'Dr.' },
  ],
  en: [
    { given: 'Alex', family: 'Sample', title: 'Dr.' },
    { given: 'Morgan', family: 'Example', title: 'Dr.' },
    { given: 'Casey', family: 'Specimen', title: 'Dr.' },
    { given: 'Riley', family: 'Sample', title: 'Dr.' },
  ],
};

/** Every visit type has a clinician; the first has one more, so that a patient may ask for another. */
export function calendarsOf(
  visitTypes: readonly WorldVisitType[],
  languages: readonly string[],
): readonly Calendar[] {
  const spoken = languages.find((language) => Object.hasOwn(clinicians, language)) ?? 'en';
  return (clinicians[spoken] ?? []).slice(0, visitTypes.length + 1).flatMap((person, index) => {
    const visitType = visitTypes[index % visitTypes.length];
    if (visitType === undefined) return [];
    const { given, family, title } = person;
    const clinician = { given, family, display: `${title} ${given} ${family}` };
    return [{ key: `calendar-${index + 1}`, clinician, visitType }];
  });
}

/** Local times between which patients are seen. */
const hours = [
  { from: '08:00', until: '12:00' },
  { from: '14:00', until: '18:00' },
] as const;

/**
 * The slots of one day: none at the weekend. By the wall clock, so that a night in which the clocks change moves none of them.
 * @param timeZone IANA
 */
export function slotsOf(day: Temporal.PlainDate, timeZone: string, minutes: number): readonly CalendarSlot[] {
  if (day.dayOfWeek > 5) return [];
  return hours.flatMap(({ from, until }) => {
    const at = (time: string) => day.toZonedDateTime({ timeZone, plainTime: time });
    const count = Math.floor(at(from).until(at(until)).total('minutes') / minutes);
    return Array.from({ length: count }, (_, n) => ({
      start: at(from)
        .add({ minutes: n * minutes })
        .toInstant()
        .toString(),
      end: at(from)
        .add({ minutes: (n + 1) * minutes })
        .toInstant()
        .toString(),
    }));
  });
}

/**
 * Of the present day of the zone and the `ahead` days after it, those that have no slots yet.
 * @param filledUntil the first day without slots; undefined where none has any
 */
export function daysToFill(
  now: number,
  ahead: number,
  timeZone: string,
  filledUntil: Temporal.PlainDate | undefined,
): { readonly days: readonly Temporal.PlainDate[]; readonly until: Temporal.PlainDate } {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(timeZone).toPlainDate();
  const until = today.add({ days: ahead + 1 });
  const isAhead = filledUntil !== undefined && Temporal.PlainDate.compare(filledUntil, today) > 0;
  const first = isAhead ? filledUntil : today;
  const count = Math.max(0, first.until(until).total('days'));
  return { days: Array.from({ length: count }, (_, n) => first.add({ days: n })), until };
}
