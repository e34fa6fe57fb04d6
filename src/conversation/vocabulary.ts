import { plain } from '#kernel/words.ts';
import type { CommandName } from './conversation.ts';
import en from './words/en.json' with { type: 'json' };
import es from './words/es.json' with { type: 'json' };
import pt from './words/pt.json' with { type: 'json' };

/** The words that the bot knows, per shipped language. Everywhere, the words of all languages are understood. */

/** Commands that are read from a word list; the others need more than a list. */
export type WordCommand = keyof typeof en.commands & CommandName;

export type Vocabulary = typeof en;

export const vocabularies: Readonly<Record<string, Vocabulary>> = { en, pt, es };

const all: readonly Vocabulary[] = [en, pt, es];

/** Word lists are compared with plain text, so they are made plain once. A sign that is no word stays as it is. */
function wordSet(of: (vocabulary: Vocabulary) => readonly string[]): ReadonlySet<string> {
  return new Set(all.flatMap(of).map((entry) => plain(entry) || entry));
}

const commandNames = Object.keys(en.commands) as readonly WordCommand[]; // the keys of the object that the type is made of

export const commandWords: ReadonlyMap<WordCommand, ReadonlySet<string>> = new Map(
  commandNames.map((name) => [name, wordSet(({ commands }) => commands[name])]),
);

export const thanksWords = wordSet(({ thanks }) => thanks);
export const yesWords = wordSet(({ yes }) => yes);
export const noWords = wordSet(({ no }) => no);
/** "I'll be there" */
export const comingWords = wordSet(({ coming }) => coming);
export const notComingWords = wordSet(({ notComing }) => notComing);
/** "Not now", to the offer of a time. */
export const notNowWords = wordSet(({ notNow }) => notNow);
export const moveVerbs = [...wordSet((vocabulary) => vocabulary.moveVerbs)];
export const cancelVerbs = [...wordSet((vocabulary) => vocabulary.cancelVerbs)];
export const visitNouns = wordSet((vocabulary) => vocabulary.visitNouns);

export const dayWords = {
  today: wordSet(({ today }) => today),
  tomorrow: wordSet(({ tomorrow }) => tomorrow),
  dayAfter: wordSet(({ dayAfterTomorrow }) => dayAfterTomorrow),
  nextWeek: wordSet(({ nextWeek }) => nextWeek),
  /** Stand before a day of the month: "dia 25". */
  dayOfMonth: wordSet(({ dayOfMonth }) => dayOfMonth),
  /** With one of these, the day that is named may be the one that does not suit. */
  not: wordSet(({ notThat }) => notThat),
} as const;

export const changeVerbs = [...wordSet((vocabulary) => vocabulary.changeVerbs)];
export const changeFillers = wordSet((vocabulary) => vocabulary.changeFillers);

/** Longest first, so that "i would like to" goes before "i would like". */
const politeness = [...wordSet((vocabulary) => vocabulary.politeness)].sort((a, b) => b.length - a.length);

/**
 * The text, and what stays of it as "please", "I would like to" and their like are taken off its ends one by one. The
 * last is what is meant in the end.
 */
export function withoutPoliteness(text: string): readonly string[] {
  for (const words of politeness) {
    if (text.startsWith(`${words} `)) return [text, ...withoutPoliteness(text.slice(words.length + 1))];
    if (text.endsWith(` ${words}`)) return [text, ...withoutPoliteness(text.slice(0, -words.length - 1))];
  }
  return [text];
}

/** Plain name of a language, in any shipped language → its tag. */
export const languageNames: ReadonlyMap<string, string> = new Map(
  all.flatMap(({ names }) =>
    Object.entries(names).flatMap(([language, list]) => list.map((name) => [name, language] as const)),
  ),
);
