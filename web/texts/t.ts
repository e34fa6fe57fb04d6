import en from './en.json' with { type: 'json' };

/**
 * The words of the staff app, by key. `{name}` in a text is filled in; of `key_one` and `key_other` the one is taken that fits
 * `count`.
 */
type Key = keyof typeof en;
type Bare<K> = K extends `${infer Base}_one` | `${infer Base}_other` ? Base : K;
export type TextKey = Bare<Key>;
export type TextParams = Readonly<Record<string, string | number>>;

// Looked up by keys that are built; a missing one is found by the type or by `hasText`.
const texts: Readonly<Record<string, string>> = en;
const plural = new Intl.PluralRules('en');

/** The text of a key, with its variables filled in. */
export function t(key: TextKey, params: TextParams = {}): string {
  const { count } = params;
  const form = typeof count === 'number' ? texts[`${key}_${plural.select(count)}`] : undefined;
  return fill(form ?? texts[key] ?? key, params);
}

/**
 * The text of a code that the server sent (`reason`, `red-flag` → `reason.red-flag`). A code that this release does not know is
 * shown in its own words: better a plain "insurance card" than nothing.
 */
export function tCode(group: string, code: string, params: TextParams = {}): string {
  return fill(texts[`${group}.${code}`] ?? codeWords(code), params);
}

export function hasText(key: string): boolean {
  return key in texts;
}

/** "HandoffOpened" and "red-flag" → "Handoff opened", "Red flag" */
export function codeWords(code: string): string {
  const words = code
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replace(/[-_./]+/g, ' ')
    .trim()
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function fill(text: string, params: TextParams): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(params[name] ?? whole));
}
