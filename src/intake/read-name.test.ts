import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readName } from './read-name.ts';
import { anyText } from './testdata/any-text.ts';
import table from './testdata/read-name.json' with { type: 'json' };

function read(text: string, language: string): string {
  const result = readName(text, language, 100);
  if ('problem' in result) return result.problem;
  const { given, family } = result.answer;
  return `${given.join(' ')} | ${family ?? ''}`.trim();
}

test.each(table)('%s: %j is %s', (language = '', text = '', expected = '') =>
  expect(read(text, language)).toBe(expected),
);

test('the text holds the whole name, as written', () =>
  expect(readName('Silva, Maria  da Luz', 'pt', 100)).toEqual({
    answer: { kind: 'name', text: 'Silva, Maria da Luz', given: ['Maria', 'da', 'Luz'], family: 'Silva' },
  }));

test('reading a name that was read changes nothing', () => {
  const names = fc.array(
    fc.constantFrom('Ana', 'da', 'SILVA', "o'neil", '李', 'محمد', 'de', 'Neto', 'x', 'van'),
    {
      minLength: 1,
      maxLength: 5,
    },
  );
  fc.assert(
    fc.property(names, fc.constantFrom('en', 'es', 'pt'), (words, language) => {
      const once = readName(words.join(' '), language, 100);
      if ('answer' in once) expect(readName(once.answer.text, language, 100)).toEqual(once);
    }),
  );
});

test('any text gives a name without controls, or a problem, never an exception', () => {
  fc.assert(
    fc.property(anyText, fc.constantFrom('en', 'es', 'pt', 'zz'), (text, language) => {
      const result = readName(text, language, 30);
      if ('problem' in result) return;
      expect(result.answer.text).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069;<>{}$=]/u);
      expect(result.answer.given.length).toBeGreaterThan(0);
    }),
    { numRuns: 2000 },
  );
});
