import { plain } from '#kernel/words.ts';
import en from './stop-words/en.json' with { type: 'json' };
import es from './stop-words/es.json' with { type: 'json' };
import pt from './stop-words/pt.json' with { type: 'json' };

/**
 * Reads STOP in every shipped language at once, whatever language the conversation is in. The words that a patient
 * may use to revoke are those of 47 CFR 64.1200(a)(10) (FCC, 2024: "stop", "quit", "end", "revoke", "opt out",
 * "cancel", "unsubscribe"), and their like in Portuguese and Spanish. They count as the whole message or as a
 * sentence at its beginning or end; the longer phrases (`within`) count anywhere.
 */
const languages = [en, pt, es];

const stops = list((language) => language.stop);
const cancels = list((language) => language.cancel);
const starts = list((language) => language.start);
const politeness = languages.flatMap((language) => language.politeness);

/** The phrases by their first word, so that a sentence is searched for those alone that may begin in it. */
const phrases: ReadonlyMap<string, readonly string[]> = byFirstWord(
  languages.flatMap((language) => language.within),
);
const negations = list((language) => language.negations);

/**
 * - `stop`: all messages are to end.
 * - `cancel`: means the same, except where something else is under way that it may mean instead.
 */
export type StopKind = 'stop' | 'cancel';

export function stopKind(text: string): StopKind | undefined {
  const whole = core(text);
  if (stops.has(whole)) return 'stop';
  const parts = text.split(/[.!?;\n]+/);
  const sentences = parts.length === 1 ? [whole] : parts.map(core).filter((sentence) => sentence !== '');
  if (stops.has(sentences.at(0) ?? '') || stops.has(sentences.at(-1) ?? '')) return 'stop';
  if (sentences.some(holdsPhrase)) return 'stop';
  return cancels.has(whole) ? 'cancel' : undefined;
}

/** True when the text is one of the words that undo a stop. */
export function isStart(text: string): boolean {
  return starts.has(core(text));
}

function list(of: (language: typeof en) => readonly string[]): ReadonlySet<string> {
  return new Set(languages.flatMap(of));
}

/** Plain words without politeness at the ends, without repeats (`stop stop stop`), and with `s t o p` put together. */
function core(text: string): string {
  const repeated = withoutPoliteness(plain(text)).split(' ');
  const words = repeated.filter((word, index) => word !== repeated[index - 1]);
  if (words.length > 2 && words.every((word) => word.length === 1)) return words.join('');
  return words.join(' ');
}

function withoutPoliteness(text: string): string {
  for (const word of politeness) {
    if (text.startsWith(`${word} `)) return withoutPoliteness(text.slice(word.length + 1));
    if (text.endsWith(` ${word}`)) return withoutPoliteness(text.slice(0, -word.length - 1));
  }
  return text;
}

function byFirstWord(all: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const index = new Map<string, string[]>();
  for (const phrase of all) {
    const first = phrase.split(' ')[0] ?? '';
    index.set(first, [...(index.get(first) ?? []), phrase]);
  }
  return index;
}

function holdsPhrase(sentence: string): boolean {
  return sentence.split(' ').some((word) => phrases.get(word)?.some((phrase) => holds(sentence, phrase)));
}

/** True when the phrase stands in the sentence, and no "don't" right before it turns it round. */
function holds(sentence: string, phrase: string): boolean {
  const at = ` ${sentence} `.indexOf(` ${phrase} `);
  if (at === -1) return false;
  const before = sentence.slice(0, at).trimEnd().split(' ').at(-1) ?? '';
  return !negations.has(before);
}
