import { words } from '#kernel/words.ts';
import { vocabularies } from './vocabulary.ts';

export type Guess = {
  readonly language: string;
  /** True when the words themselves show it, and not only where the phone is from. */
  readonly sure: boolean;
};

/**
 * Country calling codes (ITU-T E.164) of the countries where a shipped language is spoken by most. The longest prefix
 * decides; a practice's own default language does where none fits.
 */
const callingCodes: Readonly<Record<string, readonly string[]>> = {
  en: ['1', '27', '44', '61', '64', '65', '91', '234', '254', '353'],
  pt: ['55', '351', '238', '239', '244', '245', '258', '670'],
  es: '34 51 52 53 54 56 57 58 502 503 504 505 506 507 591 593 595 598 240 1787 1939 1809 1829 1849'.split(
    ' ',
  ),
};

/** Letters and signs that only one of the shipped languages writes. */
const signs: Readonly<Record<string, RegExp>> = { pt: /[ãõç]/giu, es: /[ñ¿¡]/giu };

/** The language of a text, among those offered (tags as the practice writes them, the default one first). */
export function guessLanguage(text: string, phone: string | undefined, offered: readonly string[]): Guess {
  const typed = words(text);
  const scored = offered.map((language) => ({ language, score: score(language, text, typed) }));
  const best = Math.max(0, ...scored.map((each) => each.score));
  const candidates = scored.filter((each) => each.score === best).map((each) => each.language);
  const [only, another] = candidates;
  if (best > 0 && only !== undefined && another === undefined) return { language: only, sure: true };
  const spoken = phoneLanguage(phone);
  const language = candidates.find((each) => base(each) === spoken) ?? only ?? offered[0] ?? 'en';
  return { language, sure: false };
}

function score(language: string, text: string, typed: readonly string[]): number {
  const own = signs[base(language)];
  const markers = vocabularies[base(language)]?.markers ?? [];
  return typed.filter((word) => markers.includes(word)).length + (own ? (text.match(own) ?? []).length : 0);
}

function phoneLanguage(phone: string | undefined): string | undefined {
  if (phone === undefined) return undefined;
  const codes = Object.entries(callingCodes).flatMap(([language, list]) =>
    list.map((code) => ({ language, code })),
  );
  const fitting = codes.filter(({ code }) => phone.startsWith(code));
  return fitting.sort((a, b) => b.code.length - a.code.length)[0]?.language;
}

function base(language: string): string {
  return language.split('-')[0] ?? language;
}
