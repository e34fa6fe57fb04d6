import { z } from 'zod';
import type { Language, Localized } from './step.ts';

/**
 * What we read of a FHIR R4 Questionnaire (https://hl7.org/fhir/R4/questionnaire.html). Everything else that the standard
 * allows may stand beside it.
 *
 * Extensions that we understand:
 * - `http://hl7.org/fhir/StructureDefinition/translation` on `_title`, `_text`, `_display`, `_valueString`:
 *   `lang` (code) and `content` (string).
 * - `http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-shortText` on an item: the label for summaries.
 * - `http://hl7.org/fhir/StructureDefinition/questionnaire-hidden` on an item: not asked.
 * - our own, under `https://vestibule.dev/fhir/StructureDefinition/`:
 *   - `answer-example` on an item: `valueString` (translated like any other): an answer that would do.
 *   - `synonyms` on an item or an `answerOption`: nested `lang` (valueCode) and one or more `content` (valueString):
 *     other words for the label, or for the option.
 *   - `text-when` on an item, any number of them: another wording of the question, for when another question has a
 *     certain answer. Nested `question` (valueString: its linkId, a choice), one or more `answer` (valueCode: any of them
 *     will do) and a `content` for each language, the form's own too, that nests `lang` (valueCode) and `content`
 *     (valueString). The first one that holds is said in place of `text`. The QuestionnaireResponse keeps `text`, so
 *     write that for whoever reads the chart: "the patient", not "you".
 *   - `data-class` on an item: `valueCode`, one of our data classes. Without it the class follows from what the answer
 *     is; where that is unknown it is `clinical`, the most guarded.
 */
export const urls = {
  translation: 'http://hl7.org/fhir/StructureDefinition/translation',
  shortText: 'http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-shortText',
  hidden: 'http://hl7.org/fhir/StructureDefinition/questionnaire-hidden',
  example: 'https://vestibule.dev/fhir/StructureDefinition/answer-example',
  textWhen: 'https://vestibule.dev/fhir/StructureDefinition/text-when',
  synonyms: 'https://vestibule.dev/fhir/StructureDefinition/synonyms',
  dataClass: 'https://vestibule.dev/fhir/StructureDefinition/data-class',
} as const;

type ExtensionInput = {
  url: string;
  valueString?: string | undefined;
  valueCode?: string | undefined;
  valueBoolean?: boolean | undefined;
  _valueString?: { extension?: ExtensionInput[] | undefined } | undefined;
  extension?: ExtensionInput[] | undefined;
};

const extension: z.ZodType<ExtensionInput> = z.lazy(() =>
  z.looseObject({
    url: z.string(),
    valueString: z.string().optional(),
    valueCode: z.string().optional(),
    valueBoolean: z.boolean().optional(),
    _valueString: element.optional(),
    extension: z.array(extension).optional(),
  }),
);

const element = z.looseObject({ extension: z.array(extension).optional() });

const coding = z.looseObject({
  system: z.string().optional(),
  code: z.string().min(1),
  display: z.string().optional(),
  _display: element.optional(),
});

const answerOption = z.looseObject({
  extension: z.array(extension).optional(),
  valueCoding: coding.optional(),
  valueString: z.string().min(1).optional(),
  _valueString: element.optional(),
  valueInteger: z.number().int().optional(),
});

const enableWhen = z.looseObject({
  question: z.string(),
  operator: z.string(),
  answerBoolean: z.boolean().optional(),
  answerDecimal: z.number().optional(),
  answerInteger: z.number().optional(),
  answerDate: z.string().optional(),
  answerString: z.string().optional(),
  answerCoding: z.looseObject({ system: z.string().optional(), code: z.string() }).optional(),
});

const itemFields = {
  // Answers are kept by linkId, and that one name would not be kept at all.
  linkId: z
    .string()
    .min(1)
    .refine((linkId) => linkId !== '__proto__', 'expected another linkId'),
  type: z.string(),
  text: z.string().optional(),
  _text: element.optional(),
  definition: z.string().optional(),
  required: z.boolean().optional(),
  maxLength: z.number().int().positive().optional(),
  enableWhen: z.array(enableWhen).optional(),
  enableBehavior: z.enum(['all', 'any']).optional(),
  answerOption: z.array(answerOption).optional(),
  answerValueSet: z.string().optional(),
  extension: z.array(extension).optional(),
};

export type Item = z.infer<z.ZodObject<typeof itemFields>> & { item?: Item[] | undefined };

const item: z.ZodType<Item> = z.lazy(() => z.looseObject({ ...itemFields, item: z.array(item).optional() }));

const valueSet = z.looseObject({
  resourceType: z.literal('ValueSet'),
  id: z.string(),
  compose: z
    .looseObject({
      include: z.array(z.looseObject({ system: z.string().optional(), concept: z.array(coding).optional() })),
    })
    .optional(),
});

export const questionnaire = z.looseObject({
  resourceType: z.literal('Questionnaire'),
  id: z.string().optional(),
  url: z.string().min(1),
  version: z.string().optional(),
  language: z.string().optional(),
  name: z.string().optional(),
  title: z.string().optional(),
  _title: element.optional(),
  contained: z.array(z.union([valueSet, z.looseObject({ resourceType: z.string() })])).optional(),
  item: z.array(item).optional(),
});

export type Questionnaire = z.infer<typeof questionnaire>;
export type AnswerOptionItem = z.infer<typeof answerOption>;
export type Coding = z.infer<typeof coding>;
export type Extension = ExtensionInput;
export type Element = { extension?: Extension[] | undefined };

export function extensionsOf(element: Element | undefined, url: string): readonly Extension[] {
  return (element?.extension ?? []).filter((candidate) => candidate.url === url);
}

/** The text in each language that it has: its own, and those of its translations. */
export function translations(
  text: string | undefined,
  element: Element | undefined,
  language: Language,
): Readonly<Record<Language, string>> {
  const texts: Record<Language, string> = {};
  if (text?.trim()) texts[language] = text.trim();
  for (const translation of extensionsOf(element, urls.translation)) {
    const lang = part(translation, 'lang')?.valueCode;
    const content = part(translation, 'content')?.valueString;
    if (lang && content?.trim()) texts[lang] = content.trim();
  }
  return texts;
}

/** The text for a language: `pt` also finds `pt-BR`, and the other way round. */
export function inLanguage(
  texts: Readonly<Record<Language, string>>,
  language: Language,
): string | undefined {
  if (Object.hasOwn(texts, language)) return texts[language];
  const near = Object.keys(texts).find((tag) => primary(tag) === primary(language));
  return near === undefined ? undefined : texts[near];
}

/** Only the languages asked for; those that it lacks are not in the result. */
export function localize(
  texts: Readonly<Record<Language, string>>,
  languages: readonly Language[],
): Localized {
  return Object.fromEntries(
    languages.flatMap((language) => {
      const text = inLanguage(texts, language);
      return text === undefined ? [] : [[language, text]];
    }),
  );
}

/** The words of `synonyms` extensions, in lower case, for each language asked for. */
export function synonyms(
  element: Element | undefined,
  languages: readonly Language[],
): Readonly<Record<Language, readonly string[]>> {
  const found = extensionsOf(element, urls.synonyms).map((entry) => ({
    lang: part(entry, 'lang')?.valueCode ?? '',
    words: (entry.extension ?? []).flatMap(({ url, valueString }) =>
      url === 'content' && valueString ? [valueString.toLowerCase()] : [],
    ),
  }));
  return Object.fromEntries(
    languages.map((language) => [
      language,
      found.filter(({ lang }) => primary(lang) === primary(language)).flatMap(({ words }) => words),
    ]),
  );
}

/** The first part of a complex extension that has this name. */
export function part(extension: Extension, url: string): Extension | undefined {
  return parts(extension, url)[0];
}

/** All its parts that have this name, in order. */
export function parts(extension: Extension, url: string): readonly Extension[] {
  return extensionsOf(extension, url);
}

function primary(language: Language): string {
  return language.split('-')[0]?.toLowerCase() ?? language;
}
