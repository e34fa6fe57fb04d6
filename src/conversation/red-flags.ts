import { withinOneTypo, words } from '#kernel/words.ts';
import en from './red-flags/en.json' with { type: 'json' };
import es from './red-flags/es.json' with { type: 'json' };
import pt from './red-flags/pt.json' with { type: 'json' };

/**
 * What calls for an emergency service rather than for a form. Every language is read at once: who is in danger
 * writes in their own. It errs towards alarm: a false one costs a minute of a person's time.
 *
 * A pattern is words in order: `a|b` either word, `*` up to four words between, `...` any number, a leading `=` the
 * whole sentence. `always` counts as it stands ("cannot breathe" has its own "not"); `unlessDenied` does not count
 * after a word such as "no"; a sentence that holds a `harmless` pattern does not count for that flag.
 */

export const redFlags = [
  'chest-pain',
  'breathing',
  'suicide',
  'stroke',
  'heart-attack',
  'bleeding',
  'unconscious',
  'poisoning',
  'pregnancy',
  'allergic-shock',
  'seizure',
  'emergency',
] as const;

export type RedFlag = (typeof redFlags)[number];

type Rules = {
  readonly always: readonly string[];
  readonly unlessDenied: readonly string[];
  readonly harmless: readonly string[];
};

type LanguageFile = {
  readonly negations: readonly string[];
  readonly fillers: readonly string[];
  readonly joiners: readonly string[];
  readonly flags: Readonly<Record<RedFlag, Rules>>;
};

type Element = { readonly words: readonly string[] } | { readonly upTo: number };

type Pattern = { readonly whole: boolean; readonly elements: readonly Element[] };

type Compiled = {
  readonly language: string;
  readonly flag: RedFlag;
  readonly always: readonly Pattern[];
  readonly unlessDenied: readonly Pattern[];
  readonly harmless: readonly Pattern[];
  readonly denial: Denial;
};

type Denial = {
  readonly negations: ReadonlySet<string>;
  readonly fillers: ReadonlySet<string>;
  readonly joiners: ReadonlySet<string>;
};

/**
 * A sentence; `breaks` holds the places of words that a comma stands before, `meanings` the words of our patterns that
 * each word may be.
 */
type Sentence = {
  readonly words: readonly string[];
  readonly breaks: ReadonlySet<number>;
  readonly meanings: readonly (readonly string[])[];
};

/** Words between two words of a pattern that `*` lets pass. */
const gapWords = 4;

/** Below this length a typo more easily makes another word than a misspelt one. */
const shortestMisspelt = 6;

/** Characters that are read: a message may be longer, an alarm stands near its beginning or its end. */
const readChars = 2_000;

const compiled = [...compile('en', en), ...compile('pt', pt), ...compile('es', es)];

/** Every word of every pattern, by its first letter: misspelt words keep theirs. */
const patternWords: ReadonlyMap<string, readonly string[]> = byFirstLetter(
  compiled.flatMap(({ always, unlessDenied, harmless }) => [...always, ...unlessDenied, ...harmless]),
);

/** The places of the rules that a word may set off. Most messages hold no such word, so that no pattern is tried. */
const setOff: ReadonlyMap<string, readonly number[]> = firstWords(compiled);

/** The first red flag in a text, and the language it is written in. */
export function findRedFlag(text: string): { readonly flag: RedFlag; readonly language: string } | undefined {
  const read = text.length <= 2 * readChars ? text : `${text.slice(0, readChars)}\n${text.slice(-readChars)}`;
  const sentences = read
    .split(/[.!?;\n…]+/)
    .map(sentence)
    .filter((each) => each.words.length > 0);
  const meant = sentences.flatMap(({ meanings }) => meanings.flat());
  const concerned = new Set(meant.flatMap((word) => setOff.get(word) ?? []));
  const rule = compiled.find(
    (each, place) => concerned.has(place) && sentences.some((said) => raises(each, said)),
  );
  return rule && { flag: rule.flag, language: rule.language };
}

function byFirstLetter(patterns: readonly Pattern[]): ReadonlyMap<string, readonly string[]> {
  const all = patterns.flatMap(({ elements }) =>
    elements.flatMap((element) => ('words' in element ? element.words : [])),
  );
  const letters = new Map<string, string[]>();
  for (const word of new Set(all)) {
    const letter = word[0] ?? '';
    letters.set(letter, [...(letters.get(letter) ?? []), word]);
  }
  return letters;
}

function firstWords(rules: readonly Compiled[]): ReadonlyMap<string, readonly number[]> {
  const places = new Map<string, number[]>();
  for (const [place, { always, unlessDenied }] of rules.entries()) {
    for (const { elements } of [...always, ...unlessDenied]) {
      const [first] = elements;
      if (!first || !('words' in first)) continue;
      for (const word of first.words) places.set(word, [...(places.get(word) ?? []), place]);
    }
  }
  return places;
}

function compile(language: string, file: LanguageFile): readonly Compiled[] {
  const { negations, fillers, joiners } = file;
  const denial = { negations: new Set(negations), fillers: new Set(fillers), joiners: new Set(joiners) };
  return redFlags.map((flag) => {
    const { always, unlessDenied, harmless } = file.flags[flag];
    return {
      language,
      flag,
      always: always.map(pattern),
      unlessDenied: unlessDenied.map(pattern),
      harmless: harmless.map(pattern),
      denial,
    };
  });
}

function pattern(source: string): Pattern {
  const whole = source.startsWith('=');
  const elements = source
    .slice(whole ? 1 : 0)
    .split(' ')
    .map((part): Element => {
      if (part === '*') return { upTo: gapWords };
      return part === '...' ? { upTo: Number.POSITIVE_INFINITY } : { words: part.split('|') };
    });
  return { whole, elements };
}

function sentence(text: string): Sentence {
  const all: string[] = [];
  const breaks = new Set<number>();
  for (const clause of text.split(/[,:()]+/)) {
    if (all.length > 0) breaks.add(all.length);
    all.push(...words(clause));
  }
  return { words: all, breaks, meanings: all.map(meaningsOf) };
}

function meaningsOf(word: string): readonly string[] {
  return (patternWords.get(word[0] ?? '') ?? []).filter((wanted) => same(word, wanted));
}

function raises({ always, unlessDenied, harmless, denial }: Compiled, said: Sentence): boolean {
  const alarm =
    always.some((each) => matches(each, said).length > 0) ||
    unlessDenied.some((each) => matches(each, said).some((places) => !denied(places, said, denial)));
  return alarm && !harmless.some((each) => matches(each, said).length > 0);
}

/** Every way in which the pattern stands in the sentence: the places of its words. */
function matches({ whole, elements }: Pattern, said: Sentence): readonly (readonly number[])[] {
  const found: (readonly number[])[] = [];
  for (let start = 0; start < (whole ? 1 : said.words.length); start += 1) {
    const places = matchFrom(elements, said, start);
    if (places && (!whole || places.length === said.words.length)) found.push(places);
  }
  return found;
}

function matchFrom(
  elements: readonly Element[],
  said: Sentence,
  from: number,
): readonly number[] | undefined {
  const [first, ...rest] = elements;
  if (first === undefined) return [];
  if ('words' in first) {
    const meanings = said.meanings[from] ?? [];
    if (!meanings.some((meaning) => first.words.includes(meaning))) return undefined;
    const following = matchFrom(rest, said, from + 1);
    return following && [from, ...following];
  }
  for (let skip = 0; skip <= first.upTo && from + skip < said.words.length; skip += 1) {
    // A short gap ends at a comma: "back pain, chest x-ray" is not a pain in the chest.
    if (Number.isFinite(first.upTo) && skip > 0 && said.breaks.has(from + skip)) return undefined;
    const following = matchFrom(rest, said, from + skip);
    if (following) return following;
  }
  return undefined;
}

function same(word: string, wanted: string): boolean {
  if (word === wanted) return true;
  return wanted.length >= shortestMisspelt && withinOneTypo(word, wanted);
}

/** True when a negation stands before one of the words: "no chest pain", "pregnant, no bleeding". */
function denied(places: readonly number[], said: Sentence, denial: Denial): boolean {
  return places.some((place) => negatedAt(place, said, denial));
}

function negatedAt(
  place: number,
  { words, breaks }: Sentence,
  { negations, fillers, joiners }: Denial,
): boolean {
  let at = place;
  while (at > 0 && !breaks.has(at)) {
    at -= 1;
    const word = words[at] ?? '';
    if (negations.has(word)) return true;
    // "no fever or chest pain": the one word before "or" is denied along with what follows.
    if (joiners.has(word) && !breaks.has(at)) at -= 1;
    else if (!fillers.has(word)) return false;
  }
  return false;
}
