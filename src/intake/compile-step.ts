import { type DataClass, dataClasses } from '#kernel/phi.ts';
import { type CompileContext, compileOptions, fill, missing } from './compile-options.ts';
import { type Finding, type FormStep, type Landing, landings } from './form.ts';
import {
  type Element,
  extensionsOf,
  type Item,
  inLanguage,
  localize,
  synonyms,
  translations,
  urls,
} from './questionnaire.ts';
import type { Localized, StepKind, StepOption } from './step.ts';

type ItemType = FormStep['itemType'];

const itemTypes: readonly ItemType[] = [
  'string',
  'text',
  'date',
  'choice',
  'open-choice',
  'integer',
  'boolean',
];

/** Characters, where the form sets no `maxLength` of its own. */
const defaultMaxLength: Readonly<Record<StepKind, number>> = {
  choice: 200,
  text: 1000,
  'person-name': 120,
  'birth-date': 60,
  date: 60,
  phone: 60,
  address: 300,
  'member-number': 30,
  integer: 20,
};

/** Other ways to name the same place. */
const aliases: Readonly<Record<string, Landing>> = {
  'Patient.name.text': 'Patient.name',
  'Patient.telecom.value': 'Patient.telecom',
  'Patient.address.text': 'Patient.address',
  'Coverage.identifier.value': 'Coverage.subscriberId',
};

const words: readonly ItemType[] = ['string', 'text'];
const choices: readonly ItemType[] = ['choice', 'open-choice'];

type Place = { readonly kind: StepKind; readonly types: readonly ItemType[]; readonly dataClass: DataClass };

/** What an answer is, by where it lands: how it is read, which item types can hold it, how it is guarded. */
const places: Readonly<Record<Landing, Place>> = {
  'Patient.name': { kind: 'person-name', types: words, dataClass: 'identity' },
  'Patient.name.given': { kind: 'person-name', types: words, dataClass: 'identity' },
  'Patient.name.family': { kind: 'person-name', types: words, dataClass: 'identity' },
  'Patient.birthDate': { kind: 'birth-date', types: ['date', ...words], dataClass: 'demographics' },
  'Patient.gender': { kind: 'choice', types: ['choice'], dataClass: 'demographics' },
  'Patient.telecom': { kind: 'phone', types: words, dataClass: 'contact' },
  'Patient.address': { kind: 'address', types: words, dataClass: 'contact' },
  'Patient.address.line': { kind: 'text', types: words, dataClass: 'contact' },
  'Patient.address.city': { kind: 'text', types: words, dataClass: 'contact' },
  'Patient.address.state': { kind: 'text', types: words, dataClass: 'contact' },
  'Patient.address.postalCode': { kind: 'text', types: words, dataClass: 'contact' },
  'Coverage.payor': { kind: 'choice', types: choices, dataClass: 'coverage' },
  'Coverage.payor.display': { kind: 'text', types: words, dataClass: 'coverage' },
  'Coverage.subscriberId': { kind: 'member-number', types: words, dataClass: 'coverage' },
  'QuestionnaireResponse.source': { kind: 'choice', types: ['choice'], dataClass: 'logistics' },
};

/** https://hl7.org/fhir/R4/valueset-administrative-gender.html */
const genders = ['male', 'female', 'other', 'unknown'];

/** One question, without what its surroundings add (`rules`, `notes`) and its other wordings. */
export function compileStep(
  item: Item,
  path: string,
  context: CompileContext,
):
  | { readonly step: Omit<FormStep, 'rules' | 'notes' | 'variants'> }
  | { readonly problems: readonly Finding[] } {
  const type = itemTypes.find((known) => known === item.type);
  if (type === undefined) {
    const example = [...itemTypes, 'group', 'display'].join(', ');
    return {
      problems: [{ path: `${path}.type`, problem: `type "${item.type}" cannot be asked in a chat`, example }],
    };
  }
  const lands = landing(item.definition);
  const problems: Finding[] = [];
  if (lands && !places[lands].types.includes(type)) {
    problems.push({
      path: `${path}.type`,
      problem: `${lands} cannot be answered by "${type}"`,
      example: `"${places[lands].types[0]}"`,
    });
  }
  const text = localize(translations(item.text, item._text, context.language), context.languages);
  problems.push(...missing(text, `${path}.text`, context));
  const options = compileOptions(item, type, path, context, problems);
  if (lands === 'Patient.gender') problems.push(...wrongGenders(options, path));
  const dataClass = readDataClass(item, lands, path, problems);
  if (problems.length > 0) return { problems };
  const kind = stepKind(lands, type);
  const labels = extensionTexts(item, urls.shortText, context);
  const step = {
    linkId: item.linkId,
    kind,
    text,
    label: fill(
      context.languages,
      (language) => inLanguage(labels, language) ?? text[language] ?? item.linkId,
    ),
    labelSynonyms: synonyms(item, context.languages),
    example: examples(item, kind, options, context),
    options,
    required: item.required ?? false,
    maxLength: item.maxLength ?? defaultMaxLength[kind],
    dataClass,
    lands,
    open: type === 'open-choice',
    itemType: type,
  };
  return { step };
}

function landing(definition: string | undefined): Landing | undefined {
  const written = definition?.split('#')[1];
  if (written === undefined || /:e-?mail\b/i.test(written)) return undefined;
  // `Patient.telecom:phone.value` names a slice of a profile; the element is the same.
  const element = written.replace(/:[^.]*/g, '');
  return (
    landings.find((known) => known === element) ??
    (Object.hasOwn(aliases, element) ? aliases[element] : undefined)
  );
}

function stepKind(lands: Landing | undefined, type: ItemType): StepKind {
  if (lands) return places[lands].kind;
  if (type === 'choice' || type === 'open-choice' || type === 'boolean') return 'choice';
  return type === 'string' ? 'text' : type;
}

function readDataClass(item: Item, lands: Landing | undefined, path: string, problems: Finding[]): DataClass {
  const written = extensionsOf(item, urls.dataClass)[0]?.valueCode;
  const known = dataClasses.find((candidate) => candidate === written);
  if (written !== undefined && known === undefined) {
    problems.push({
      path: `${path}.extension`,
      problem: `unknown data class "${written}"`,
      example: dataClasses.join(', '),
    });
  }
  return known ?? (lands ? places[lands].dataClass : 'clinical');
}

function wrongGenders(options: readonly StepOption[], path: string): readonly Finding[] {
  const wrong = options.filter(({ code }) => !genders.includes(code));
  return wrong.map(({ code }) => ({
    path: `${path}.answerOption`,
    problem: `"${code}" is no administrative gender`,
    example: genders.join(', '),
  }));
}

function extensionTexts(item: Element, url: string, { language }: CompileContext): Localized {
  const [extension] = extensionsOf(item, url);
  return extension ? translations(extension.valueString, extension._valueString, language) : {};
}

/** A day and month that cannot be swapped would teach the wrong order; written in words, any will do. */
const exampleDate = new Date(Date.UTC(1984, 4, 3));

function examples(
  item: Item,
  kind: StepKind,
  options: readonly StepOption[],
  context: CompileContext,
): Localized {
  const own = extensionTexts(item, urls.example, context);
  return fill(context.languages, (language) => {
    const given = inLanguage(own, language);
    if (given !== undefined) return given;
    if (kind === 'date' || kind === 'birth-date') {
      return new Intl.DateTimeFormat(language, { dateStyle: 'long', timeZone: 'UTC' }).format(exampleDate);
    }
    return options[0]?.display[language] ?? '';
  });
}
