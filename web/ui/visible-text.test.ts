import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clampChars, clamped, clampLines, visibleControls } from './visible-text.ts';

test.each([
  ['a\u202Eb', 'a[U+202E]b'],
  ['\u2066x\u2069', '[U+2066]x[U+2069]'],
  ['bell\u0007', 'bell[U+0007]'],
  ['a\u200Bb\uFEFF', 'a[U+200B]b[U+FEFF]'],
  ['tag\u{E0041}', 'tag[U+E0041]'],
  ['line\nbreak\ttab', 'line\nbreak\ttab'],
  ['<b>bold</b> & co', '<b>bold</b> & co'],
  ['👩‍⚕️ नि्‌य', '👩‍⚕️ नि्‌य'],
  ['مرحبا', 'مرحبا'],
])('%j is shown as %j', (text, shown) => {
  expect(visibleControls(text)).toBe(shown);
});

test('nothing that reorders or hides text is left', () => {
  const hidden = /[\u202a-\u202e\u2066-\u2069\u200e\u200f\u200b\ufeff]|(?![\n\t])\p{Cc}/u;
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !hidden.test(visibleControls(text))));
});

test('a short text is whole; a long one is cut, between characters', () => {
  expect(clamped('short')).toBeUndefined();
  expect(clamped('x\n'.repeat(clampLines - 1))).toBeUndefined();
  expect(clamped('x\n'.repeat(clampLines + 5))?.split('\n')).toHaveLength(clampLines);
  const family = '👩‍👩‍👧‍👦';
  expect(clamped(family.repeat(200))).toBe(family.repeat(Math.floor(clampChars / family.length)));
});

test('the beginning is the beginning of the text, and never longer than allowed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 3_000, size: 'max' }), (text) => {
      const beginning = clamped(text);
      if (beginning === undefined) return text.length <= clampChars;
      return text.startsWith(beginning) && beginning.length <= clampChars && beginning !== '';
    }),
  );
});

test('one letter with a thousand marks on it is cut all the same', () => {
  expect(clamped(`a${'\u0301'.repeat(5_000)}`)).toHaveLength(clampChars);
});
