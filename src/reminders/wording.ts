import type { PracticeSettings, TemplateFile, TemplateVariable } from '#practice/practice.ts';

/** What a reminder's variables say, in the language of the template's text. */
export function visitValues(
  visit: {
    /** Instant, ISO 8601. */
    readonly start: string;
    readonly clinician: string | undefined;
    readonly firstName: string | undefined;
  },
  practice: Pick<PracticeSettings, 'name' | 'phone' | 'address' | 'timeZone'>,
  providerLanguage: string,
): Readonly<Partial<Record<TemplateVariable, string>>> {
  const { timeZone } = practice;
  const locale = providerLanguage.replace('_', '-');
  const start = new Date(visit.start);
  const date = new Intl.DateTimeFormat(locale, { timeZone, weekday: 'long', day: 'numeric', month: 'long' });
  const time = new Intl.DateTimeFormat(locale, { timeZone, hour: 'numeric', minute: '2-digit' });
  return {
    'visit-date': date.format(start),
    'visit-time': time.format(start),
    // Nobody knows the name where the practice system gives none; the visit is with the practice all the same.
    clinician: visit.clinician ?? practice.name,
    practice: practice.name,
    'practice-phone': practice.phone,
    address: practice.address,
    ...(visit.firstName === undefined ? {} : { 'first-name': visit.firstName }),
  };
}

/** The language of the template's text: the patient's, or the practice's own where it has none in theirs. */
export function textLanguage(template: TemplateFile, wanted: string, fallback: string): string {
  return Object.hasOwn(template.texts, wanted) ? wanted : fallback;
}
