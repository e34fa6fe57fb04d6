import { plain } from '#kernel/words.ts';

/** What every reader does to typed text before it looks at it. */

/**
 * Controls other than line breaks, the marks and overrides that turn the reading direction, and signs of no width.
 * The two joiners (U+200C, U+200D) stay: Persian and Indic spelling needs them.
 */
const invisible =
  /(?![\n\t])\p{Cc}|[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]|\u034f|[\ud800-\udfff]/gu;

/** The zeros of the decimal digits that phones type; each script's ten digits follow one another. */
const zeros = [
  0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0e50, 0x0ed0,
  0x0f20, 0x1040, 0x17e0, 0xff10,
];

/** Canonical composition, no invisible signs, single spaces; line breaks stay. */
export function tidy(text: string): string {
  return text
    .normalize('NFC')
    .replace(/\r\n?|[\u2028\u2029\u0085]/g, '\n')
    .replace(invisible, '')
    .replace(/[^\S\n]+/gu, ' ')
    .replace(/ ?\n[ \n]*/g, '\n')
    .trim();
}

/** `tidy` on one line: a line break becomes `separator`. */
export function tidyLine(text: string, separator = ' '): string {
  return tidy(text).replace(/[,;]?\n/g, separator);
}

/** Digits of any script as 0–9. */
export function westernDigits(text: string): string {
  return text.replace(/\p{Nd}/gu, (digit) => {
    const code = digit.codePointAt(0) ?? 0;
    const zero = zeros.find((start) => code >= start && code < start + 10);
    return zero === undefined ? digit : String(code - zero);
  });
}

/** For comparing, as every module compares words, with the digits of any script as 0–9: `São-João ٣!` → `sao joao 3` */
export function fold(text: string): string {
  return plain(westernDigits(text));
}

/** Characters as a person counts them, near enough: code points. */
export function characters(text: string): number {
  return [...text].length;
}

/** Emoji and what modifies them. */
export function withoutEmoji(text: string): string {
  return tidy(
    text.replace(/[\p{Extended_Pictographic}\p{Regional_Indicator}]|\p{Emoji_Modifier}|\ufe0f|\u20e3/gu, ''),
  );
}
