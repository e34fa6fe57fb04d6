import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeParameters, escapeValue, matchByIdentifier, token } from './search.ts';

/** Reads a value as a FHIR server does: splits at withoutEscapesd separators, then takes the backslashes off. */
function split(text: string, separator: string): string[] {
  const parts = [''];
  for (let at = 0; at < text.length; at += 1) {
    const escaped = text[at] === '\\';
    if (!escaped && text[at] === separator) parts.push('');
    else parts.push(`${parts.pop()}${escaped ? text.slice(at, at + 2) : text[at]}`);
    if (escaped) at += 1;
  }
  return parts;
}

const withoutEscapes = (text: string) => text.replace(/\\([\\$,|])/g, '$1');

/** What FHIR gives a meaning to, often. */
const value = fc.string({
  unit: fc.oneof(
    fc.constantFrom('\\', '$', ',', '|', '&', '=', '+', '%', ' '),
    fc.string({ minLength: 1, maxLength: 1 }),
  ),
});

test('a token arrives as it was meant, whatever its parts hold', () => {
  fc.assert(
    fc.property(value, value, (system, text) => {
      const parts = split(token({ system, value: text }), '|');
      expect(parts.map(withoutEscapes)).toEqual([system, text]);
    }),
  );
});

test('a list of tokens has as many as were given', () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ system: value, value }), { minLength: 1, maxLength: 5 }),
      (identifiers) => {
        expect(split(identifiers.map(token).join(','), ',')).toHaveLength(identifiers.length);
      },
    ),
  );
});

test('parameters arrive as they were meant', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.constantFrom('name', 'family'), value)), (parameters) => {
      const read = [...new URLSearchParams(encodeParameters(parameters))];
      expect(read).toEqual(parameters);
    }),
  );
});

test('a condition fits into a header', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('\ud800', '\r', '\n', '\0', 'é', '😀', ',', '|', 'a') }),
      (text) => {
        expect(matchByIdentifier({ system: 'urn:x', value: text })).toMatch(/^[\x21-\x7e]+$/);
      },
    ),
  );
});

test('what has no meaning stays as it is', () => {
  expect(escapeValue("d'Ávila (Jr.) 李")).toBe("d'Ávila (Jr.) 李");
});
