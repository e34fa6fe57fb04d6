import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readDate } from './read-date.ts';
import { anyText } from './testdata/any-text.ts';
import table from './testdata/read-date.json' with { type: 'json' };

const { today } = table;

function read(text: string, jurisdiction: string, birth: boolean): string {
  const result = readDate(text, { today, jurisdiction, birth });
  if ('problem' in result) return result.problem;
  return result.ambiguous ? `${result.date} ambiguous` : result.date;
}

describe.each(['birth', 'other'] as const)('a date (%s)', (kind) => {
  test.each(table[kind])('%s: %j is %s', (jurisdiction = '', text = '', expected = '') =>
    expect(read(text, jurisdiction, kind === 'birth')).toBe(expected),
  );
});

/** Days from the oldest birth to today. */
const births = fc
  .integer({ min: 0, max: 120 * 365 })
  .map((days) => Temporal.PlainDate.from(today).subtract({ days }).toString());

const dayFirst = [
  ['pt', 'BR'],
  ['es', 'ES'],
  ['es', 'MX'],
  ['en', 'GB'],
  ['de', 'DE'],
  ['fr', 'FR'],
  ['it', 'IT'],
] as const;

const styles: readonly Intl.DateTimeFormatOptions[] = [
  { dateStyle: 'full' },
  { dateStyle: 'long' },
  { dateStyle: 'medium' },
  { day: '2-digit', month: '2-digit', year: 'numeric' },
];

test('what a locale writes is read back, in each of its styles', () => {
  const locale = fc.constantFrom(...dayFirst, ['en', 'US'] as const);
  fc.assert(
    fc.property(births, locale, fc.constantFrom(...styles), (date, [language, country], style) => {
      const format = new Intl.DateTimeFormat(`${language}-${country}`, { ...style, timeZone: 'UTC' });
      const written = format.format(new Date(`${date}T00:00:00Z`));
      expect(`${written}: ${read(written, country, true).split(' ')[0]}`).toBe(`${written}: ${date}`);
    }),
    { numRuns: 500 },
  );
});

test('digits run together are read back, in the order of the country and as ISO 8601', () => {
  fc.assert(
    fc.property(births, (date) => {
      const [year = '', month = '', day = ''] = date.split('-');
      expect(read(day + month + year, 'BR', true)).toContain(date);
      expect(read(month + day + year, 'US', true)).toContain(date);
      expect(read(year + month + day, 'BR', true)).toContain(date);
      expect(read(date, 'US', true)).toBe(date);
    }),
  );
});

test('a two-digit year of birth is the latest that is not in the future', () => {
  const recent = fc
    .integer({ min: 0, max: 99 * 365 })
    .map((days) => Temporal.PlainDate.from(today).subtract({ days }));
  fc.assert(
    fc.property(recent, (date) => {
      const written = `${date.day}/${date.month}/${String(date.year % 100).padStart(2, '0')}`;
      expect(read(written, 'BR', true)).toContain(date.toString());
    }),
  );
});

test('any text gives a date of the past or a problem, never an exception', () => {
  const dateLike = fc.string({ unit: fc.constantFrom(...'0123456789/.- demayo年月'), maxLength: 14 });
  fc.assert(
    fc.property(fc.oneof(anyText, dateLike), fc.constantFrom('BR', 'US', 'XX'), (text, country) => {
      const result = readDate(text, { today, jurisdiction: country, birth: true });
      if ('date' in result) {
        expect(result.date).toMatch(/^\d{4}-\d\d-\d\d$/);
        expect(result.date <= today).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
});
