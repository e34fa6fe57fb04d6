import type { OutboundContent } from '#channels/channel.ts';
import { type DataClass, dataClasses } from '#kernel/phi.ts';
import {
  type PracticeSettings,
  type TemplateFile,
  type TemplateVariable,
  variableClasses,
} from '#practice/practice.ts';

/** Ready-made words for one patient: canned replies and approved templates, with their places filled in. */

/** What is known of the patient and the visit; what is not is absent. */
export type Known = {
  readonly practice: PracticeSettings;
  /** BCP 47 tag that the patient speaks here. */
  readonly language: string | null;
  readonly firstName: string | undefined;
  /** The next visit. */
  readonly visit: { readonly start: string; readonly clinician: string | null } | undefined;
};

/** The text in the patient's language, else in the practice's first, else in any. */
export function inLanguage<T>(
  texts: Readonly<Record<string, T>>,
  language: string | null,
  practice: Pick<PracticeSettings, 'languages'>,
): T | undefined {
  const wanted = [language, ...practice.languages].find((tag) => tag !== null && Object.hasOwn(texts, tag));
  return wanted === undefined || wanted === null ? Object.values(texts)[0] : texts[wanted];
}

const languageOf = ({ language, practice }: Known) => language ?? practice.languages[0] ?? 'en';

function written(known: Known, start: string, options: Intl.DateTimeFormatOptions): string {
  const locale = languageOf(known);
  // English alone would put the month first, as in the United States.
  const format = new Intl.DateTimeFormat(locale === 'en' ? 'en-GB' : locale, {
    ...options,
    timeZone: known.practice.timeZone,
  });
  return format.format(new Date(start));
}

const dateOf = (known: Known, start: string) =>
  written(known, start, { weekday: 'long', day: 'numeric', month: 'long' });
const timeOf = (known: Known, start: string) => written(known, start, { hour: '2-digit', minute: '2-digit' });

/**
 * A canned reply for this patient; undefined where it speaks of something that is not known, such as a visit. An unknown first
 * name is left out with the space before it: "Hello!".
 */
export function cannedReply(text: string, known: Known, staffName: string): string | undefined {
  const { practice, firstName, visit } = known;
  const values: Readonly<Record<string, string | undefined>> = {
    practice: practice.name,
    phone: practice.phone,
    address: practice.address,
    staff: staffName,
    'first-name': firstName,
    visit: visit === undefined ? undefined : `${dateOf(known, visit.start)}, ${timeOf(known, visit.start)}`,
  };
  const named = firstName === undefined ? text.replaceAll(/[ ,]*\{first-name\}/g, '') : text;
  const missing = [...named.matchAll(/\{([a-z-]+)\}/g)].some(([, name = '']) => values[name] === undefined);
  return missing ? undefined : named.replaceAll(/\{([a-z-]+)\}/g, (_, name: string) => values[name] ?? '');
}

/** The highest class of data that a template's variables tell. */
export function classOf(variables: readonly TemplateVariable[]): DataClass {
  const ranks = variables.map((variable) => dataClasses.indexOf(variableClasses[variable]));
  return dataClasses[Math.max(0, ...ranks)] ?? 'document';
}

/**
 * An approved template for this patient; undefined where a variable is not known, or where it has buttons: those belong to the
 * reminder of one visit.
 */
export function templateContent(
  template: TemplateFile,
  known: Known,
): Extract<OutboundContent, { kind: 'template' }> | undefined {
  const text = inLanguage(template.texts, known.language, known.practice);
  if (text === undefined || template.buttons.length > 0) return undefined;
  const variables: string[] = [];
  for (const variable of template.variables) {
    const value = variableText(variable, known);
    if (value === undefined) return undefined;
    variables.push(value);
  }
  return {
    kind: 'template',
    name: template.name,
    language: text.providerLanguage,
    variables,
    payloads: [],
    text: text.body.replaceAll(/\{\{(\d+)\}\}/g, (_, place: string) => variables[Number(place) - 1] ?? ''),
    labels: [],
  };
}

function variableText(variable: TemplateVariable, known: Known): string | undefined {
  const { practice, firstName, visit } = known;
  switch (variable) {
    case 'first-name':
      return firstName;
    case 'practice':
      return practice.name;
    case 'practice-phone':
      return practice.phone;
    case 'address':
      return practice.address;
    case 'visit-date':
      return visit && dateOf(known, visit.start);
    case 'visit-time':
      return visit && timeOf(known, visit.start);
    case 'clinician':
      return visit?.clinician ?? undefined;
    default:
      return undefined;
  }
}
