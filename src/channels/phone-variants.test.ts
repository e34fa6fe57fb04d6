import fc from 'fast-check';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { describe, expect, test } from 'vitest';
import { dialable, phoneVariants } from './phone-variants.ts';

describe('spellings of one subscriber', () => {
  test.each([
    ['Brazil, São Paulo: the ninth digit', ['5511996550101', '551196550101']],
    ['Brazil, Belo Horizonte: WhatsApp leaves the ninth digit out', ['5531986550101', '553186550101']],
    ['Mexico: a 1 before the ten digits', ['525555551234', '5215555551234']],
    ['Mexico, Monterrey', ['528112345678', '5218112345678']],
    ['Argentina: a 9, none, or a 15', ['5491155550103', '541155550103', '54111555550103']],
    ['Argentina: an area code of four digits', ['5493624400000', '543624400000', '54362154400000']],
    // Too new for the plan that we know: the ten digits are one subscriber's all the same, only the area code is not known.
    ['Argentina: ten digits that are not known', ['5493511555555', '543511555555']],
  ])('%s', (_, spellings) => {
    for (const spelling of spellings) {
      expect(phoneVariants(spelling)).toEqual(spellings);
      expect(dialable(spelling)).toBe(spellings[0]);
    }
  });
});

describe('numbers of their own', () => {
  test.each([
    ['Brazil: a landline', '551133334444'],
    ['Brazil: the mobile that has a landline behind its 9', '5511933334444'],
    ['Brazil: a landline that begins with 5', '551155500101'],
    ['Brazil: the mobile with the same digits', '5511955500101'],
    ['Brazil: trunked radio', '551170001234'],
    ['Brazil: the mobile with the digits of trunked radio', '5511970001234'],
    ['Brazil: an area code that there is not', '5510996550101'],
    ['Brazil: too short', '55119655010'],
    ['Mexico: eleven digits without the 1', '5225555551234'],
    ['Mexico: ten digits that nobody has', '521555555123'],
    ['Argentina: an area code that there is not', '5494155550103'],
    ['Spain', '34600000001'],
    ['United States', '12025550143'],
    ['a number that only looks Brazilian once its plus is gone', '155119655010'],
    ['a user id is no number', 'US.5511996550101'],
    ['nothing', ''],
    ['more digits than a number has', '55119965501015511'],
  ])('%s', (_, number) => {
    expect(phoneVariants(number)).toEqual([number]);
    expect(dialable(number)).toBe(number);
  });
});

/** Generated numbers per property. */
const numRuns = 1_000;

const digits = (length: number) =>
  fc.stringMatching(new RegExp(`^\\d{${length}}$`)).map((written) => written.slice(0, length));

const number = fc.oneof(
  fc
    .tuple(fc.constantFrom('55', '52', '521', '54', '549', '1', '34', '44'), fc.integer({ min: 8, max: 12 }))
    .chain(([code, length]) => digits(length).map((rest) => `${code}${rest}`)),
  // Dense where it matters: areas that there are, with local numbers of every beginning.
  fc
    .tuple(fc.constantFrom('11', '21', '31', '51', '85'), fc.constantFrom('', '9'), digits(8))
    .map(([area, nine, local]) => `55${area}${nine}${local}`),
  fc
    .tuple(
      fc.constantFrom('', '9'),
      fc.constantFrom('11', '351', '2901', '3624'),
      fc.constantFrom('', '15'),
      digits(8),
    )
    .map(([nine, area, prefix, local]) => `54${nine}${area}${prefix}${local.slice(0, 10 - area.length)}`),
);

describe('of any number', () => {
  const holds = (property: (given: string) => void) =>
    fc.assert(
      fc.property(number, (given) => property(given)),
      { numRuns },
    );

  test('every spelling has the same spellings', () =>
    holds((given) => {
      const spellings = phoneVariants(given);
      expect(spellings).toContain(given);
      expect(new Set(spellings).size).toBe(spellings.length);
      for (const spelling of spellings) expect(phoneVariants(spelling)).toEqual(spellings);
      expect(dialable(dialable(given))).toBe(dialable(given));
    }));

  test('no two are numbers of two subscribers by the plan', () =>
    holds((given) => {
      const subscribers = phoneVariants(given).flatMap((spelling) => {
        const known = parsePhoneNumberFromString(`+${spelling}`);
        if (known?.isValid() !== true || known.number !== `+${spelling}`) return [];
        // Argentina: mobiles and landlines share their ten digits, and nobody else's are the same.
        return known.country === 'AR' ? known.nationalNumber.replace(/^9/, '') : known.nationalNumber;
      });
      expect(new Set(subscribers).size).toBeLessThan(2);
    }));

  test('another country is never reached', () =>
    holds((given) => {
      for (const spelling of phoneVariants(given)) expect(spelling.slice(0, 2)).toBe(given.slice(0, 2));
    }));
});
