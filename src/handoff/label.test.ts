import { expect, test } from 'vitest';
import { firstName, maskedNumber, numberForms, shortName } from './label.ts';

test.each([
  ['Maria da Silva', 'Maria S.'],
  ['  João   Pereira ', 'João P.'],
  ['Cher', 'Cher'],
  ['李 小龙', '李 小.'],
  ['Anna von der Ümlaut', 'Anna Ü.'],
  ['Maria (filha)', 'Maria F.'],
  ['Maria 👩', 'Maria'],
  ['', ''],
])('%j is listed as %j', (name, short) => expect(shortName(name)).toBe(short));

test('the first name alone, for a greeting', () => expect(firstName(' Maria da Silva')).toBe('Maria'));

test.each([
  ['5511987654321', '+55 11 9…-4321'],
  ['12125550123', '+1 212…-0123'],
  ['4915112345678', '+49 151…-5678'],
  ['2901234', '+290 …34'],
])('%s is shown as %s', (phone, shown) => expect(maskedNumber(phone)).toBe(shown));

test.each([
  ['+55 11 98765-4321', 'BR', ['5511987654321', '551187654321']],
  ['(11) 98765-4321', 'BR', ['11987654321', '5511987654321', '551187654321']],
  ['551187654321', 'BR', ['551187654321', '5511987654321']],
  ['(212) 555-0123', 'US', ['2125550123', '12125550123']],
])('%s in %s may be known as %j', (text, country, forms) =>
  expect(numberForms(text, country)).toEqual(expect.arrayContaining(forms)),
);

test.each(['maria', '4321', 'Maria 1984', ''])('%j is no whole number', (text) =>
  expect(numberForms(text, 'BR')).toEqual([]),
);
