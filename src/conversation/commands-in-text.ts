import { plain, withinOneTypo } from '#kernel/words.ts';
import {
  cancelVerbs,
  changeFillers,
  changeVerbs,
  commandWords,
  languageNames,
  moveVerbs,
  thanksWords,
  visitNouns,
  type WordCommand,
  withoutPoliteness,
} from './vocabulary.ts';

/** A command that the patient typed, in any shipped language. */
export type TypedCommand =
  | { readonly command: WordCommand }
  | { readonly command: 'language'; readonly language: string }
  /** "change" with what is to be changed, as plain words. */
  | { readonly command: 'change-field'; readonly field: string };

/** Shorter words are too near to each other to guess at. */
const shortestMisspelt = 5;

/**
 * The command that a text is, as a whole: a command inside a longer sentence is an answer. "I'd like to speak to a
 * person, please" is one all the same: politeness at the ends does not count.
 */
export function commandIn(text: string): TypedCommand | undefined {
  const readings = withoutPoliteness(plain(text));
  return firstOf(readings, exact) ?? firstOf(readings, visitOf) ?? firstOf(readings, changeOf);
}

/** As `commandIn`, with a slip of the finger. Only for text that is no answer: a surname may be one letter away. */
export function misspeltCommandIn(text: string): TypedCommand | undefined {
  const typed = withoutPoliteness(plain(text)).at(-1) ?? '';
  if (typed.length < shortestMisspelt) return undefined;
  for (const [command, list] of commandWords) {
    if ([...list].some((word) => word.length >= shortestMisspelt && withinOneTypo(typed, word)))
      return { command };
  }
  for (const [name, language] of languageNames) {
    if (withinOneTypo(typed, name)) return { command: 'language', language };
  }
  return undefined;
}

/** True for "thanks", "ok" and their like, and for what holds no word at all (👍): no answer is expected. */
export function asksNothing(text: string): boolean {
  const typed = plain(text);
  return typed === '' || thanksWords.has(typed);
}

function firstOf(
  readings: readonly string[],
  read: (typed: string) => TypedCommand | undefined,
): TypedCommand | undefined {
  for (const reading of readings) {
    const found = read(reading);
    if (found) return found;
  }
  return undefined;
}

function exact(typed: string): TypedCommand | undefined {
  const language = languageNames.get(typed);
  if (language !== undefined) return { command: 'language', language };
  for (const [command, list] of commandWords) {
    if (list.has(typed)) return { command };
  }
  return undefined;
}

/** "Cancel my appointment", "mudar o dia da consulta": a verb and nothing but words for a visit. */
function visitOf(typed: string): TypedCommand | undefined {
  for (const [command, verbs] of [
    ['cancel-visit', cancelVerbs],
    ['move-visit', moveVerbs],
  ] as const) {
    const verb = verbs.find((each) => typed.startsWith(`${each} `));
    const nouns = verb === undefined ? [] : typed.slice(verb.length + 1).split(' ');
    const named = nouns.filter((word) => visitNouns.has(word));
    if (named.length > 0 && nouns.every((word) => visitNouns.has(word) || changeFillers.has(word)))
      return { command };
  }
  return undefined;
}

function changeOf(typed: string): TypedCommand | undefined {
  const verb = changeVerbs.find((each) => typed.startsWith(`${each} `));
  if (verb === undefined) return undefined;
  const words = typed.slice(verb.length + 1).split(' ');
  const field = changeFillers.has(words[0] ?? '') ? words.slice(1) : words;
  return field.length === 0 ? { command: 'change' } : { command: 'change-field', field: field.join(' ') };
}
