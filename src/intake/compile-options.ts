import type { Finding, FormStep } from './form.ts';
import {
  type AnswerOptionItem,
  type Coding,
  type Item,
  localize,
  type Questionnaire,
  synonyms,
  translations,
  urls,
} from './questionnaire.ts';
import type { Language, Localized, StepOption } from './step.ts';

export type CompileContext = {
  readonly languages: readonly Language[];
  /** Of the Questionnaire's own texts. */
  readonly language: Language;
  readonly contained: NonNullable<Questionnaire['contained']>;
};

/** Yes and no for `boolean` items, which bring no words of their own. The first word is shown, the others are understood. */
const yesNo: Readonly<Record<Language, { readonly yes: readonly string[]; readonly no: readonly string[] }>> =
  {
    en: { yes: ['Yes', 'y', 'yeah', 'yep', 'ok'], no: ['No', 'n', 'nope'] },
    pt: { yes: ['Sim', 's', 'claro', 'isso'], no: ['Não', 'n'] },
    es: { yes: ['Sí', 's', 'claro'], no: ['No', 'n'] },
    de: { yes: ['Ja', 'j'], no: ['Nein', 'n'] },
    fr: { yes: ['Oui', 'o'], no: ['Non', 'n'] },
    it: { yes: ['Sì', 's'], no: ['No', 'n'] },
  };

/** The options of a choice, with what is wrong with them added to `problems`. */
export function compileOptions(
  item: Item,
  type: FormStep['itemType'],
  path: string,
  context: CompileContext,
  problems: Finding[],
): readonly StepOption[] {
  if (type === 'boolean') return booleanOptions(path, context, problems);
  if (type !== 'choice' && type !== 'open-choice') return [];
  const options = item.answerOption
    ? item.answerOption.map((option, index) =>
        fromOption(option, `${path}.answerOption[${index}]`, context, problems),
      )
    : fromValueSet(item.answerValueSet, context, path, problems);
  const codes = options.map(({ code }) => code);
  const twice = codes.find((code, index) => codes.indexOf(code) !== index);
  if (twice !== undefined) {
    problems.push({
      path: `${path}.answerOption`,
      problem: `the code "${twice}" is there twice`,
      example: `"${twice}-2"`,
    });
  }
  if (options.length === 0) {
    problems.push({
      path: `${path}.answerOption`,
      problem:
        item.answerValueSet === undefined
          ? 'a choice without options'
          : `the value set "${item.answerValueSet}" is not contained in the form`,
      example: '[ { "valueCoding": { "code": "yes", "display": "Yes" } } ]',
    });
  }
  return options;
}

function fromOption(
  option: AnswerOptionItem,
  path: string,
  context: CompileContext,
  problems: Finding[],
): StepOption {
  const own = synonyms(option, context.languages);
  if (option.valueCoding)
    return fromCoding(option.valueCoding, `${path}.valueCoding`, own, context, problems);
  const code = option.valueString ?? option.valueInteger?.toString();
  if (code === undefined) {
    problems.push({ path, problem: 'an option without a value', example: '{ "valueString": "Monday" }' });
    return { code: '', display: {}, synonyms: own };
  }
  if (option.valueString === undefined)
    return { code, display: fill(context.languages, () => code), synonyms: own };
  const display = localize(translations(code, option._valueString, context.language), context.languages);
  problems.push(...missing(display, `${path}.valueString`, context));
  return { code, display, synonyms: own };
}

function fromCoding(
  coding: Coding,
  path: string,
  own: StepOption['synonyms'],
  context: CompileContext,
  problems: Finding[],
): StepOption {
  const { code, system } = coding;
  // A code without a display is shown as it is: all that the form gives.
  const display = coding.display
    ? localize(translations(coding.display, coding._display, context.language), context.languages)
    : fill(context.languages, () => code);
  problems.push(...missing(display, `${path}.display`, context));
  return system === undefined ? { code, display, synonyms: own } : { code, system, display, synonyms: own };
}

function fromValueSet(
  reference: string | undefined,
  context: CompileContext,
  path: string,
  problems: Finding[],
): readonly StepOption[] {
  const found = context.contained.find(
    (resource) => resource.resourceType === 'ValueSet' && reference === `#${String(resource.id)}`,
  );
  if (!found || !isValueSet(found)) return [];
  const none = fill<readonly string[]>(context.languages, () => []);
  return (found.compose?.include ?? []).flatMap(({ system, concept }) =>
    (concept ?? []).map((coding) =>
      fromCoding(
        system === undefined ? coding : { ...coding, system },
        `${path}.answerValueSet`,
        none,
        context,
        problems,
      ),
    ),
  );
}

type Contained = NonNullable<Questionnaire['contained']>[number];

function isValueSet(resource: Contained): resource is Extract<Contained, { resourceType: 'ValueSet' }> {
  return resource.resourceType === 'ValueSet' && 'compose' in resource;
}

function booleanOptions(path: string, context: CompileContext, problems: Finding[]): readonly StepOption[] {
  const spoken = context.languages.map((language) => ({ language, said: inLanguageOf(language) }));
  for (const { language } of spoken.filter(({ said }) => said === undefined)) {
    problems.push({
      path: `${path}.type`,
      problem: `no words for yes and no in "${language}"`,
      example: 'type "choice" with an option for yes and one for no',
    });
  }
  return (['yes', 'no'] as const).map((answer) => ({
    code: String(answer === 'yes'),
    display: Object.fromEntries(spoken.map(({ language, said }) => [language, said?.[answer][0] ?? ''])),
    synonyms: Object.fromEntries(
      spoken.map(({ language, said }) => [language, said?.[answer].slice(1) ?? []]),
    ),
  }));
}

function inLanguageOf(language: Language): (typeof yesNo)[Language] | undefined {
  const tag = language.split('-')[0] ?? language;
  return Object.hasOwn(yesNo, tag) ? yesNo[tag] : undefined;
}

/** A finding for each language that has no text. */
export function missing(
  texts: Localized,
  path: string,
  { languages, language }: CompileContext,
): readonly Finding[] {
  return languages
    .filter((wanted) => !Object.hasOwn(texts, wanted))
    .map((wanted) => ({
      path,
      problem: `no text in "${wanted}"`,
      example:
        wanted === language
          ? `"${path.split('.').at(-1)}": "…"`
          : `{ "url": "${urls.translation}", "extension": [{ "url": "lang", "valueCode": "${wanted}" }, { "url": "content", "valueString": "…" }] }`,
    }));
}

/** The same thing for every language. */
export function fill<T>(
  languages: readonly Language[],
  value: (language: Language) => T,
): Readonly<Record<Language, T>> {
  return Object.fromEntries(languages.map((language) => [language, value(language)]));
}
