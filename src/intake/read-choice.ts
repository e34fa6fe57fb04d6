import { differBy, tolerance } from './edit-distance.ts';
import type { Language, StepOption } from './step.ts';
import { fold } from './tidy.ts';

/** The id of the tap that answers `linkId` with the option `code`. Read back by `readTapId`. */
export function tapId(linkId: string, code: string): string {
  return `a:${encodeURIComponent(linkId)}:${encodeURIComponent(code)}`;
}

/** Undefined where the id is none of `tapId`. */
export function readTapId(id: string): { readonly linkId: string; readonly code: string } | undefined {
  const parts = /^a:([^:]*):([^:]*)$/.exec(id);
  if (!parts) return undefined;
  try {
    return { linkId: decodeURIComponent(parts[1] ?? ''), code: decodeURIComponent(parts[2] ?? '') };
  } catch {
    return undefined;
  }
}

export type ReadChoice =
  | { readonly option: StepOption }
  /** What it may mean; empty where nothing comes near. */
  | { readonly candidates: readonly StepOption[] };

/** Ordinals, folded: the place in the list, from 1; -1 is the last. */
const ordinals: Readonly<Record<string, number>> = {
  ...places('first second third fourth fifth sixth seventh eighth ninth tenth'),
  ...places('primeiro segundo terceiro quarto quinto sexto setimo oitavo nono decimo'),
  ...places('primeira segunda terceira quarta quinta sexta setima oitava nona decima'),
  ...places('primero segundo tercero cuarto quinto sexto septimo octavo noveno decimo'),
  ...places('primera segunda tercera cuarta quinta sexta septima octava novena decima'),
  ...places('1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th'),
  ...places('1o 2o 3o 4o 5o 6o 7o 8o 9o 10o'),
  ...places('1a 2a 3a 4a 5a 6a 7a 8a 9a 10a'),
  ...places('one two three four five six seven eight nine ten'),
  ...places('um dois tres quatro cinco seis sete oito nove dez'),
  ...places('uno dos tres cuatro cinco seis siete ocho nueve diez'),
  primer: 1,
  tercer: 3,
  last: -1,
  ultimo: -1,
  ultima: -1,
};

/** Words around a number that say nothing: "option 2", "a opção 2", "the first one please". */
const aroundNumber = new Set(
  'the option number no n nr choice please opcao numero a o por favor opcion la el las los de'.split(' '),
);

/** With one of these, a name of an option inside the text may be what the patient does not want. */
const negations = new Set(
  'not no dont isnt never without nao nunca sem nem nor sin ni tampoco except exceto excepto'.split(' '),
);

/**
 * Reads what was typed for one of the options: its name, a synonym, its number or ordinal, its beginning, its name inside a
 * sentence, its name with typing errors. All languages of the form are understood; the conversation's own decides between
 * two options.
 */
export function readChoice(text: string, options: readonly StepOption[], language: Language): ReadChoice {
  const typed = fold(text);
  if (typed === '') return { candidates: [] };
  const words = options.map((option) => ({ option, own: wordsOf(option, [language]), all: wordsOf(option) }));
  const match = (test: (name: string) => boolean): readonly StepOption[] => {
    const found = words.filter(({ all }) => all.some(test));
    const own = found.filter((entry) => entry.own.some(test));
    return (found.length > 1 && own.length > 0 ? own : found).map(({ option }) => option);
  };
  const byPlace = (): readonly StepOption[] => {
    const place = placeIn(typed);
    const option = place === undefined ? undefined : options.at(place > 0 ? place - 1 : place);
    return option ? [option] : [];
  };
  const ways: readonly (() => readonly StepOption[])[] = [
    () => match((name) => name === typed),
    byPlace,
    () => match((name) => typed.length >= 2 && name.startsWith(typed)),
    () => named(typed, words),
    () => nearest(typed, match),
  ];
  for (const way of ways) {
    const [option, another, ...more] = way();
    if (option) return another ? { candidates: [option, another, ...more] } : { option };
  }
  return { candidates: [] };
}

function places(list: string): Record<string, number> {
  return Object.fromEntries(list.split(' ').map((word, index) => [word, index + 1]));
}

function wordsOf(option: StepOption, languages?: readonly Language[]): readonly string[] {
  const spoken = languages ?? Object.keys({ ...option.display, ...option.synonyms });
  const names = spoken.flatMap((language) => [
    option.display[language] ?? '',
    ...(option.synonyms[language] ?? []),
  ]);
  return names.map(fold).filter((name) => name !== '');
}

function placeIn(typed: string): number | undefined {
  const meant = typed.split(' ').filter((word) => !aroundNumber.has(word));
  const [word, one, ...rest] = meant;
  // "the first one", "the last one": the second word counts nothing.
  if (word === undefined || rest.length > 0 || (one !== undefined && one !== 'one')) return undefined;
  if (/^\d{1,2}$/.test(word)) return Number(word) > 0 ? Number(word) : undefined;
  return Object.hasOwn(ordinals, word) ? ordinals[word] : undefined;
}

type Words = readonly { readonly option: StepOption; readonly all: readonly string[] }[];

/**
 * The options that are named inside the text, as whole words. Of two names that overlap, the one that reaches further is
 * meant: "para mi hija" is "mi hija" and not "para mi".
 */
function named(typed: string, words: Words): readonly StepOption[] {
  if (typed.split(' ').some((word) => negations.has(word))) return [];
  const spans = words.flatMap(({ option, all }) =>
    all.flatMap((name) => {
      const start = name.length < 2 ? -1 : ` ${typed} `.indexOf(` ${name} `);
      return start === -1 ? [] : [{ option, start, end: start + name.length }];
    }),
  );
  const meant = spans.filter(
    (span) =>
      !spans.some(
        (other) =>
          other.option !== span.option &&
          other.start < span.end &&
          span.start < other.end &&
          (other.end > span.end || (other.end === span.end && other.start < span.start)),
      ),
  );
  return [...new Set(meant.map(({ option }) => option))];
}

function nearest(
  typed: string,
  match: (test: (name: string) => boolean) => readonly StepOption[],
): readonly StepOption[] {
  const errors = tolerance(typed);
  for (let distance = 1; distance <= errors; distance += 1) {
    const found = match((name) => tolerance(name) >= distance && differBy(distance, name, typed));
    if (found.length > 0) return found;
  }
  return [];
}
