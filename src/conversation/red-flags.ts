import { withinOneTypo, words } from '#kernel/words.ts';
import en from './red-flags/en.json' with { type: 'json' };
import es from './red-flags/es.json' with { type: 'json' };
import pt from './red-flags/pt.json' with { type: 'json' };

/**
 * What calls for an emergency service rather than for a form. Every language is read at once: who is in danger
 * writes in their own. It errs towards alarm: a false one costs a minute of a person's time.
 *
 * A pattern is words in order: `a|b` either word, `@name` any word of that set of the file, `#year` and `#many` (ten or more) a number,
 * `*` up to four words between, `...` any number, a leading `=` the whole sentence. `always` counts as it stands ("cannot
 * breathe" has its own "not"); `unlessDenied` does not count after a word such as "no"; a sentence that holds a
 * `harmless` pattern does not count for that flag, nor does one about the `past` where the danger would be over.
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
  /** Shorthand and frequent misspellings: how it is written, and the word of the patterns that it stands for. */
  readonly spellings: Readonly<Record<string, string>>;
  /** Words that patterns name together: `@cannot`. */
  readonly sets: Readonly<Record<string, readonly string[]>>;
  /** What tells that something is over, and the words beside which it does not. */
  readonly past: { readonly patterns: readonly string[]; readonly present: readonly string[] };
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
  /** Undefined where a thing of the past is as urgent. */
  readonly past: { readonly patterns: readonly Pattern[]; readonly present: ReadonlySet<string> } | undefined;
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
  /** All of them. */
  readonly meant: ReadonlySet<string>;
};

/** A pain in the chest "since last month", or a wish to die, is no thing of the past. */
const neverPast: readonly RedFlag[] = ['chest-pain', 'breathing', 'suicide', 'emergency'];

/** Words between two words of a pattern that `*` lets pass. */
const gapWords = 4;

/** Below this length a typo more easily makes another word than a misspelt one. */
const shortestMisspelt = 6;

/** Characters that are read: a message may be longer, an alarm stands near its beginning or its end. */
const readChars = 2_000;

/** Of tablets swallowed, say. */
const many = 10;

const files: readonly LanguageFile[] = [en, pt, es];

const compiled = [...compile('en', en), ...compile('pt', pt), ...compile('es', es)];

/** What a shorthand or a misspelling may stand for, in any of the languages. */
const spelt: ReadonlyMap<string, readonly string[]> = spellings(files);

/** Every word of every pattern. */
const known: ReadonlySet<string> = new Set(
  compiled
    .flatMap(({ always, unlessDenied, harmless, past }) => [
      ...always,
      ...unlessDenied,
      ...harmless,
      ...(past?.patterns ?? []),
    ])
    .flatMap(({ elements }) => elements.flatMap((element) => ('words' in element ? element.words : []))),
);

/** Those long enough to be misspelt, by first letter and length: misspelt words keep the one, and nearly the other. */
const misspellable: ReadonlyMap<string, readonly string[]> = Map.groupBy(
  [...known].filter((word) => word.length >= shortestMisspelt),
  (word) => `${word[0]}${word.length}`,
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
  const concerned = new Set(
    sentences.flatMap(({ meant }) => [...meant].flatMap((word) => setOff.get(word) ?? [])),
  );
  const rule = compiled.find(
    (each, place) => concerned.has(place) && sentences.some((said) => raises(each, said)),
  );
  return rule && { flag: rule.flag, language: rule.language };
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

function spellings(all: readonly LanguageFile[]): ReadonlyMap<string, readonly string[]> {
  const pairs = all.flatMap((file) => Object.entries(file.spellings));
  const grouped = Map.groupBy(pairs, ([written]) => written);
  return new Map([...grouped].map(([written, of]) => [written, of.map(([, meant]) => meant)]));
}

function compile(language: string, file: LanguageFile): readonly Compiled[] {
  const { negations, fillers, joiners, sets } = file;
  const pattern = (source: string) => patternOf(source, sets);
  const past = {
    patterns: file.past.patterns.map(pattern),
    present: new Set(file.past.present),
  };
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
      past: neverPast.includes(flag) ? undefined : past,
    };
  });
}

function patternOf(source: string, sets: LanguageFile['sets']): Pattern {
  const wordsOf = (name: string): readonly string[] => {
    if (!name.startsWith('@')) return [name];
    const set = sets[name.slice(1)];
    if (set === undefined) throw new Error(`no set of words is called ${name}`);
    return set;
  };
  const whole = source.startsWith('=');
  const elements = source
    .slice(whole ? 1 : 0)
    .split(' ')
    .map((part): Element => {
      if (part === '*') return { upTo: gapWords };
      return part === '...'
        ? { upTo: Number.POSITIVE_INFINITY }
        : { words: part.split('|').flatMap(wordsOf) };
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
  const meanings = all.map(meaningsOf);
  return { words: all, breaks, meanings, meant: new Set(meanings.flat()) };
}

function meaningsOf(word: string): readonly string[] {
  if (/^\d+$/.test(word)) return [word, ...numberMeanings(word)];
  const once = word.replace(/(.)\1+$/u, '$1');
  const lengths = word.length < shortestMisspelt - 1 ? [] : [word.length - 1, word.length, word.length + 1];
  const misspelt = lengths.flatMap((length) =>
    (misspellable.get(`${word[0]}${length}`) ?? []).filter((wanted) => withinOneTypo(word, wanted)),
  );
  const exact = [word, once].filter((each) => known.has(each) && !misspelt.includes(each));
  return [...misspelt, ...exact, ...(spelt.get(word) ?? [])];
}

function numberMeanings(digits: string): readonly string[] {
  const isYear = /^(?:19|20)\d\d$/.test(digits);
  return [...(isYear ? ['#year'] : []), ...(!isYear && Number(digits) >= many ? ['#many'] : [])];
}

function raises({ always, unlessDenied, harmless, denial, past }: Compiled, said: Sentence): boolean {
  const holds = (each: Pattern) => matches(each, said).length > 0;
  const alarm =
    always.some(holds) ||
    unlessDenied.some((each) => matches(each, said).some((places) => !denied(places, said, denial)));
  if (!alarm || harmless.some(holds)) return false;
  const isOver = past?.patterns.some(holds) && !said.words.some((word) => past.present.has(word));
  return isOver !== true;
}

/** Every way in which the pattern stands in the sentence: the places of its words. */
function matches({ whole, elements }: Pattern, said: Sentence): readonly (readonly number[])[] {
  // Most patterns lack a word: that is seen at once, without a place to look for.
  if (!elements.every((each) => !('words' in each) || each.words.some((word) => said.meant.has(word))))
    return [];
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
