import type { ProblemCode } from './problem.ts';
import type { AnswerValue, Language } from './step.ts';
import { characters, tidyLine, withoutEmoji } from './tidy.ts';

export type ReadName =
  | { readonly answer: Extract<AnswerValue, { kind: 'name' }> }
  | {
      readonly problem: Extract<ProblemCode, 'EMPTY' | 'NOT_A_NAME' | 'TOO_LONG'>;
      readonly limit?: number;
    };

/** Letters and marks of every script, and the signs that stand inside names: O’Neil, Jean-Luc, J. R., Müller·X, 'Abd. */
const nameSigns = /^(?:[\p{L}\p{M} '’‘ʼʻ`´.,\-‐‑–·・]|\u200c|\u200d)+$/u;

/** What stands before a name when it is told as a sentence. Only phrases: a single word may be a name (Soy, Sou). */
const leadIn =
  /^(my (full )?name is|i am|i['’]m|it is|it['’]s|(o )?meu nome( completo)? [eé]|(eu )?me chamo|eu sou|mi nombre( completo)? es|(yo )?me llamo|yo soy)[ :]+/iu;

/** Belong to the word that follows: Maria | da Silva, Ludwig | van Beethoven. Not at the start, where Van is a given name. */
const particles = new Set(
  'da de do das dos del della dello di du des la las los le van von der den dem ter ten tem zu zum af av bin ibn bint al el y e san st بن ابن بنت آل ال أبو ابو عبد'.split(
    ' ',
  ),
);

/** Belong to the word before: Souza Neto, Smith Jr. */
const suffixes = new Set(
  'jr jr. sr sr. júnior junior filho filha neto neta sobrinho sobrinha ii iii iv'.split(' '),
);

/** Chinese, Japanese and Korean signs: the family name is written first. */
const familyFirst = /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー・· ]+$/u;

/**
 * Reads a person's name. Any script, one word or many. `text` is the name as written, with spaces tidied and, where it was typed
 * all in small or all in capital letters, the usual capitals.
 *
 * `given` and `family` are a best reading, for systems that want them apart:
 * - `Silva, Maria`: what stands before the comma is the family name.
 * - Chinese, Japanese, Korean: the first word is the family name; without a space nobody can tell, and none is set.
 * - Spanish, three names or more: the last two are the family name (Ana María | García López).
 * - otherwise the last one, with its particles and suffix (Maria | da Silva, José | Souza Neto).
 * - one name alone: given, no family name.
 *
 * Nothing in a name is ever interpreted; signs that no name has are refused by the same rule for all.
 */
export function readName(text: string, language: Language, maxLength: number): ReadName {
  const typed = tidyLine(text);
  if (typed === '') return { problem: 'EMPTY' };
  const name = withoutEmoji(typed)
    .replace(leadIn, '')
    .replace(/^[ ,]+|[ ,]+$/g, '');
  if (!nameSigns.test(name) || !isWord(name)) return { problem: 'NOT_A_NAME' };
  if (characters(name) > maxLength) return { problem: 'TOO_LONG', limit: maxLength };
  const written = withCapitals(name.replace(/ *, */g, ', '));
  const { given, family } = splitName(written, language);
  const answer = { kind: 'name', text: written, given } as const;
  return { answer: family === undefined ? answer : { ...answer, family } };
}

/** One letter is a name in scripts where a sign is a syllable or a word; in alphabets it is a slip of the finger. */
function isWord(name: string): boolean {
  const letters = name.match(/\p{L}/gu) ?? [];
  return letters.length > 1 || (letters.length === 1 && /\p{Lo}/u.test(name));
}

function splitName(text: string, language: Language): { given: readonly string[]; family?: string } {
  const [beforeComma, afterComma, more] = text.split(', ');
  if (beforeComma && afterComma && more === undefined && !suffixes.has(afterComma.toLowerCase())) {
    return { given: afterComma.split(' '), family: beforeComma };
  }
  const words = text.replaceAll(', ', ' ').split(' ');
  if (familyFirst.test(text)) {
    const [family, ...given] = words;
    return given.length > 0 && family ? { given, family } : { given: words };
  }
  const units = joinUnits(words);
  if (units.length < 2) return { given: units };
  const surnames = language.split('-')[0] === 'es' && units.length >= 3 ? 2 : 1;
  return { given: units.slice(0, -surnames), family: units.slice(-surnames).join(' ') };
}

/** Words with their particles before and their suffix behind. */
function joinUnits(words: readonly string[]): string[] {
  const units: string[] = [];
  let pending: string[] = [];
  words.forEach((word, index) => {
    const last = index === words.length - 1;
    const before = units.at(-1);
    if (index > 0 && !last && particles.has(word.toLowerCase())) {
      pending.push(word);
    } else if (
      last &&
      pending.length === 0 &&
      units.length > 1 &&
      before &&
      suffixes.has(word.toLowerCase())
    ) {
      units[units.length - 1] = `${before} ${word}`;
    } else {
      units.push([...pending, word].join(' '));
      pending = [];
    }
  });
  return units;
}

function withCapitals(name: string): string {
  const allSmall = name === name.toLowerCase();
  const allCapitals = name === name.toUpperCase();
  // Scripts without capitals are equal to both.
  if (allSmall === allCapitals) return name;
  return name
    .toLowerCase()
    .split(' ')
    .map((word, index) => (index > 0 && particles.has(word) ? word : capitalise(word)))
    .join(' ');
}

function capitalise(word: string): string {
  if (/^i{2,3}$|^iv$/.test(word)) return word.toUpperCase();
  return (
    word
      .replace(/(?<=^|[-‐‑–.])\p{L}/gu, (letter) => letter.toUpperCase())
      // O’Neil and D’Angelo; but not after a longer beginning (Sant’anna, Ta’if).
      .replace(/(?<=^\p{L}['’ʼ])\p{L}/u, (letter) => letter.toUpperCase())
  );
}
