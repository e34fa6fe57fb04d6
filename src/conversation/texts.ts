import { IntlMessageFormat } from 'intl-messageformat';
import type { DataClass } from '#kernel/phi.ts';
import catalogue from './texts/catalogue.json' with { type: 'json' };
import en from './texts/en.json' with { type: 'json' };
import es from './texts/es.json' with { type: 'json' };
import pt from './texts/pt.json' with { type: 'json' };

/**
 * What the bot says, by key, in ICU MessageFormat. `catalogue.json` gives each key its data class, where it must fit
 * and a note for translators; a test holds the languages to it.
 */
export type TextKey = keyof typeof catalogue;

export type TextParams = Readonly<Record<string, string | number>>;

/** The languages that the bot itself speaks. A practice's form may know more. */
export const shippedLanguages = ['en', 'pt', 'es'] as const;

export type ShippedLanguage = (typeof shippedLanguages)[number];

const texts: Readonly<Record<ShippedLanguage, Readonly<Record<TextKey, string>>>> = { en, pt, es };

/** What MessageFormat reads as more than itself, tags being off: arguments, and the apostrophe that quotes. */
const special = /[{}']/;

/** Compiling costs more than formatting, and the texts never change while we run. */
const compiled = new Map<string, IntlMessageFormat>();

/** The shipped language of a tag (`pt-BR` → `pt`); undefined where we have no texts for it. */
export function shipped(tag: string): ShippedLanguage | undefined {
  const base = tag.split('-')[0];
  return shippedLanguages.find((language) => language === base);
}

/** The text of a key in a language; English where the language is not shipped. */
export function text(key: TextKey, language: string, params: TextParams = {}): string {
  const spoken = shipped(language) ?? 'en';
  // Most texts are just words, and stand for themselves.
  if (!special.test(texts[spoken][key])) return texts[spoken][key].trim();
  const id = `${spoken} ${key}`;
  const message =
    compiled.get(id) ?? new IntlMessageFormat(texts[spoken][key], spoken, undefined, { ignoreTag: true });
  compiled.set(id, message);
  return String(message.format(params)).trim();
}

/** The class of what the key's own words reveal; parameters may raise it. */
export function textClass(key: TextKey): DataClass {
  return classes[key];
}

/** JSON gives the classes as strings; the test of the catalogue holds them to the closed list. */
const classes = Object.fromEntries(
  Object.entries(catalogue).map(([key, entry]) => [key, entry.class]),
) as Readonly<Record<TextKey, DataClass>>;
