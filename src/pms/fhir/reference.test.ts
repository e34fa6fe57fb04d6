import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fullUrlOf, isId, parseReference, withinBase } from './reference.ts';

const base = 'https://pms.example/fhir/r4';

/** What URLs are made of, in any order. */
const address = fc.string({
  unit: fc.constantFrom(
    '.',
    '..',
    '/',
    '//',
    '\\',
    '%2e',
    '%2F',
    '%',
    ':',
    '@',
    '?',
    '#',
    ' ',
    '_history',
    'Patient',
    'https:',
    'evil.example',
    'pms.example',
    'fhir',
    'r4',
    '7',
    'ß',
  ),
  maxLength: 12,
});

describe('a reference', () => {
  test.each([
    'Patient/123',
    'Patient/123/_history/1',
    'https://pms.example/fhir/r4/Patient/123',
    'https://pms.example/fhir/r4/Patient/123/_history/0192f0c1-aaaa-7000-8000-000000000000',
    'https://PMS.example:443/fhir/r4/Patient/123',
    '/fhir/r4/Patient/123/_history/1',
  ])('%s is read', (text) => {
    expect(parseReference(text, base)).toEqual({ resourceType: 'Patient', id: '123' });
    expect(parseReference(text, `${base}/`)).toEqual({ resourceType: 'Patient', id: '123' });
  });

  test.each([
    'https://evil.example/fhir/r4/Patient/123',
    'http://pms.example/fhir/r4/Patient/123',
    'https://pms.example/fhir/r4x/Patient/123',
    'https://pms.example/Patient/123',
    'https://user:pw@pms.example/fhir/r4/Patient/123',
    '//evil.example/fhir/r4/Patient/123',
    '\\\\evil.example/Patient/123',
    '/Patient/123',
    'Patient/..',
    'Patient/../../../Patient/123',
    'Patient/%2e%2e/123',
    'Patient/a%2Fb',
    'Patient/123/$everything',
    'Patient/123/_history/1/2',
    'Patient',
    'Patient/',
    'patient/123',
    'urn:uuid:0192f0c1-aaaa-7000-8000-000000000000',
    '#contained',
    `Patient/${'a'.repeat(65)}`,
    '',
    undefined,
    7,
  ])('%s is not', (text) => {
    expect(parseReference(text, base)).toBeUndefined();
  });

  test('an id that is read can stand in a path', () => {
    fc.assert(
      fc.property(address, (text) => {
        for (const given of [text, `Patient/${text}`, `${base}/${text}`]) {
          const read = parseReference(given, base);
          if (read === undefined) continue;
          expect(isId(read.id)).toBe(true);
          const path = `/fhir/r4/${read.resourceType}/${read.id}`;
          expect(new URL(`https://pms.example${path}`).pathname).toBe(path);
        }
      }),
    );
  });
});

test('a link that is followed stays within the base', () => {
  fc.assert(
    fc.property(address, (text) => {
      for (const given of [text, `${base}${text}`, `https:${text}`]) {
        const target = withinBase(given, base);
        if (target === undefined) continue;
        expect(target.origin).toBe('https://pms.example');
        expect(`${target.pathname}/`.startsWith('/fhir/r4/')).toBe(true);
      }
    }),
  );
});

test('the full URL of an entry is a UUID, the same each time and another for another', () => {
  const first = fullUrlOf({ system: 'urn:x', value: '1' });
  expect(first).toMatch(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(fullUrlOf({ system: 'urn:x', value: '1' })).toBe(first);
  expect(fullUrlOf({ system: 'urn:x', value: '2' })).not.toBe(first);
});
