import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ownNumber, readPhone, sharedPhone } from './read-phone.ts';
import { anyText } from './testdata/any-text.ts';
import table from './testdata/read-phone.json' with { type: 'json' };

const own = '+5511999990000';

test.each(table)('%s: %j is %s', (jurisdiction = '', text = '', expected = '') => {
  const result = readPhone(text, jurisdiction, own);
  const read = 'problem' in result ? result.problem : result.answer.e164;
  expect(read).toBe(expected === 'own' ? own : expected);
});

test('"this number" is asked for where the channel does not tell it', () => {
  expect(readPhone('this number', 'BR', undefined)).toEqual({ problem: 'OWN_PHONE_UNKNOWN' });
  expect(ownNumber(undefined)).toEqual({ problem: 'OWN_PHONE_UNKNOWN' });
});

test('of a shared contact the first good number is taken', () => {
  const contacts = [
    { name: 'Ana', phones: ['12', '+55 11 98765-4321', '+1 212 555 0123'], requested: false },
  ];
  expect(sharedPhone({ kind: 'contacts', contacts }, 'BR')).toEqual({
    answer: { kind: 'phone', e164: '+5511987654321' },
  });
  expect(sharedPhone({ kind: 'contacts', contacts: [] }, 'BR')).toEqual({ problem: 'NOT_A_PHONE' });
});

test('any text gives a number in E.164 or a problem, never an exception', () => {
  const phoneLike = fc.string({ unit: fc.constantFrom(...'0123456789+-() .ext'), maxLength: 24 });
  fc.assert(
    fc.property(fc.oneof(anyText, phoneLike), fc.constantFrom('BR', 'US', 'XX', ''), (text, country) => {
      const result = readPhone(text, country, undefined);
      if ('answer' in result) expect(result.answer.e164).toMatch(/^\+\d{5,15}$/);
    }),
    { numRuns: 1000 },
  );
});
