import type { CompileContext } from './compile-options.ts';
import type { Condition, Finding, FormStep, Variant } from './form.ts';
import { type Extension, type Item, localize, part, parts, urls } from './questionnaire.ts';
import type { Localized } from './step.ts';

/**
 * Characters of one wording, with what is always said before it: what fits a question with choices at every provider.
 * The narrowest is WhatsApp
 * (https://developers.facebook.com/documentation/business-messaging/whatsapp/messages/interactive-reply-buttons-messages).
 */
const maxVariantChars = 1024;

/** A variant as it was written, to be checked when all questions are known. */
export type WrittenVariant = {
  /** Place of the extension: `item[2].extension[0]`. */
  readonly path: string;
  readonly question: string;
  readonly codes: readonly string[];
};

/**
 * The wordings of a question's `text-when` extensions, in the order of the form, and what is wrong with them.
 * `complete` puts what is always said before the question in front of a wording. `written` is for `checkVariants`.
 */
export function compileVariants(
  item: Item,
  path: string,
  context: CompileContext,
  complete: (text: Localized) => Localized,
): {
  readonly variants: readonly Variant[];
  readonly written: readonly WrittenVariant[];
  readonly problems: readonly Finding[];
} {
  const places = (item.extension ?? []).map((extension, index) => ({
    extension,
    path: `${path}.extension[${index}]`,
  }));
  const compiled = places
    .filter(({ extension }) => extension.url === urls.textWhen)
    .map((place) => compileVariant(place.extension, place.path, context, complete));
  return {
    variants: compiled.map(({ variant }) => variant),
    written: compiled.map(({ written }) => written),
    problems: compiled.flatMap(({ problems }) => problems),
  };
}

function compileVariant(
  extension: Extension,
  path: string,
  context: CompileContext,
  complete: (text: Localized) => Localized,
): { readonly variant: Variant; readonly written: WrittenVariant; readonly problems: readonly Finding[] } {
  const question = part(extension, 'question')?.valueString ?? '';
  const codes = parts(extension, 'answer').flatMap(({ valueCode }) => (valueCode ? [valueCode] : []));
  const text = localize(contents(extension), context.languages);
  const conditions = codes.map(
    (code): Condition => ({ question, operator: '=', expected: { kind: 'coding', code } }),
  );
  const problems: Finding[] = [];
  if (question === '') problems.push(absent(path, 'question', '"valueString": "for-whom"'));
  if (codes.length === 0) problems.push(absent(path, 'answer', '"valueCode": "self"'));
  problems.push(...untranslated(text, path, context), ...tooLong(complete(text), path));
  return {
    variant: { rules: [{ behavior: 'any', conditions }], text: complete(text) },
    written: { path, question, codes },
    problems,
  };
}

/** Every language has a `content` of its own, the form's language too: a wording has no text that it would translate. */
function contents(extension: Extension): Localized {
  const found = parts(extension, 'content').flatMap((content) => {
    const lang = part(content, 'lang')?.valueCode;
    const text = part(content, 'content')?.valueString?.trim();
    return lang && text ? [[lang, text] as const] : [];
  });
  return Object.fromEntries(found);
}

function absent(path: string, name: string, value: string): Finding {
  return { path, problem: `text-when without "${name}"`, example: `{ "url": "${name}", ${value} }` };
}

function untranslated(text: Localized, path: string, { languages }: CompileContext): readonly Finding[] {
  return languages
    .filter((language) => !Object.hasOwn(text, language))
    .map((language) => ({
      path,
      problem: `no text in "${language}"`,
      example: `{ "url": "content", "extension": [{ "url": "lang", "valueCode": "${language}" }, { "url": "content", "valueString": "…" }] }`,
    }));
}

function tooLong(text: Localized, path: string): readonly Finding[] {
  return Object.entries(text)
    .filter(([, wording]) => wording.length > maxVariantChars)
    .map(([language]) => ({
      path,
      problem: `the text in "${language}" is longer than ${maxVariantChars} characters`,
      example: `at most ${maxVariantChars} characters`,
    }));
}

/** Every wording waits for an answer that can be given: to a question of this form, by one of its codes. */
export function checkVariants(
  written: readonly WrittenVariant[],
  steps: readonly FormStep[],
  linkIds: ReadonlySet<string>,
  unasked: ReadonlySet<string>,
): readonly Finding[] {
  return written.flatMap(({ path, question, codes }): readonly Finding[] => {
    if (question === '') return [];
    const example = 'the linkId of a choice of this form';
    if (!linkIds.has(question))
      return [{ path, problem: `no question has the linkId "${question}"`, example }];
    if (unasked.has(question)) return [{ path, problem: `"${question}" is not a question`, example }];
    const step = steps.find(({ linkId }) => linkId === question);
    // Hidden, or with problems of its own that are told already.
    if (!step) return [];
    if (step.kind !== 'choice') return [{ path, problem: `"${question}" is not a choice`, example }];
    const known = step.options.map(({ code }) => code);
    return codes
      .filter((code) => !known.includes(code))
      .map((code) => ({
        path,
        problem: `"${question}" has no option with the code "${code}"`,
        example: known.join(', '),
      }));
  });
}
