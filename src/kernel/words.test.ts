import { expect, test } from 'vitest';
import { plain, withinOneTypo } from './words.ts';

test.each([
  ['  NÃO,   don’t! 👋 ', 'nao dont'],
  ['S\u200bT\u200bO\u200bP.', 'stop'],
  ['ＳＴＯＰ', 'stop'],
  ['español', 'espanol'],
  ['14:30', '14 30'],
  ['👍', ''],
])('%j reads as %j', (text, expected) => {
  expect(plain(text)).toBe(expected);
});

test.each([
  ['person', 'person', true],
  ['pesron', 'person', true],
  ['persn', 'person', true],
  ['persoon', 'person', true],
  ['parson', 'person', true],
  ['prsno', 'person', false],
  ['back', 'help', false],
  ['', 'a', true],
])('%s and %s are within one typo: %s', (a, b, expected) => {
  expect(withinOneTypo(a, b)).toBe(expected);
  expect(withinOneTypo(b, a)).toBe(expected);
});
