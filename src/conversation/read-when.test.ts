import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readWhen, type When } from './read-when.ts';

/** A Monday, nine in the morning in São Paulo. */
const at = '2026-11-23T12:00:00Z';
const here = { at, timeZone: 'America/Sao_Paulo', jurisdiction: 'BR', language: 'en' };

describe.each<readonly [string, readonly (readonly [string, When])[]]>([
  [
    'en',
    [
      ['tuesday 14:00', { day: '2026-11-24', weekday: 2, time: '14:00' }],
      ['Friday', { day: '2026-11-27', weekday: 5 }],
      ['on fridays please', { day: '2026-11-27', weekday: 5 }],
      ['thurs', { day: '2026-11-26', weekday: 4 }],
      ['wendesday', { day: '2026-11-25', weekday: 3 }],
      ['monday', { day: '2026-11-30', weekday: 1 }],
      ['tomorrow', { day: '2026-11-24' }],
      ['tommorow at 9', { day: '2026-11-24', time: '09:00' }],
      ['the day after tomorrow', { day: '2026-11-25' }],
      ['today', { day: '2026-11-23' }],
      ['next week', { day: '2026-11-30' }],
      ['25/11', { day: '2026-11-25' }],
      ['25-11-2026', { day: '2026-11-25' }],
      ['25.11.26', { day: '2026-11-25' }],
      ['2026-12-01', { day: '2026-12-01' }],
      ['1 December', { day: '2026-12-01' }],
      ['dec 1st, 8:40', { day: '2026-12-01', time: '08:40' }],
      ['3 May', { day: '2027-05-03' }],
      ['the 25th', { day: '2026-11-25' }],
      ['the 3rd', { day: '2026-12-03' }],
      ['wed 25', { day: '2026-11-25' }],
      ['Tue 24 Nov, 09:20', { day: '2026-11-24', time: '09:20' }],
      ['Tue Nov 24, 9:20 AM', { day: '2026-11-24', time: '09:20' }],
      ['2 pm', { time: '14:00' }],
      ['2:30pm', { time: '14:30' }],
      ['12 am', { time: '00:00' }],
      ['12:15 pm', { time: '12:15' }],
      ['9 o’clock', { time: '09:00' }],
    ],
  ],
  [
    'pt',
    [
      ['terça às 14h', { day: '2026-11-24', weekday: 2, time: '14:00' }],
      ['terca-feira 14h30', { day: '2026-11-24', weekday: 2, time: '14:30' }],
      ['segunda', { day: '2026-11-30', weekday: 1 }],
      ['sexta', { day: '2026-11-27', weekday: 5 }],
      ['amanhã', { day: '2026-11-24' }],
      ['depois de amanhã', { day: '2026-11-25' }],
      ['hoje', { day: '2026-11-23' }],
      ['semana que vem', { day: '2026-11-30' }],
      ['dia 25', { day: '2026-11-25' }],
      ['25 de novembro', { day: '2026-11-25' }],
      ['ter 24 nov, 09:20', { day: '2026-11-24', time: '09:20' }],
      ['sáb', { day: '2026-11-28', weekday: 6 }],
    ],
  ],
  [
    'es',
    [
      ['martes a las 14', { day: '2026-11-24', weekday: 2, time: '14:00' }],
      ['el viernes', { day: '2026-11-27', weekday: 5 }],
      ['mañana', { day: '2026-11-24' }],
      ['mañana por la mañana', { day: '2026-11-24' }],
      ['pasado mañana', { day: '2026-11-25' }],
      ['hoy', { day: '2026-11-23' }],
      ['el 25 de noviembre', { day: '2026-11-25' }],
      ['mar 24 nov, 09:20', { day: '2026-11-24', time: '09:20' }],
      ['mié 25 nov, 08:40', { day: '2026-11-25', time: '08:40' }],
    ],
  ],
])('in %s', (language, cases) => {
  test.each(cases)('%j', (text, expected) => {
    expect(readWhen(text, { ...here, language })).toEqual(expected);
  });
});

test('the country says which number is the month', () => {
  const there = { ...here, timeZone: 'America/New_York', jurisdiction: 'US' };
  expect(readWhen('12/3', there)).toEqual({ day: '2026-12-03' });
  expect(readWhen('12/3', here)).toEqual({ day: '2027-03-12' });
  // There is no thirteenth month.
  expect(readWhen('25/12', there)).toEqual({ day: '2026-12-25' });
});

test.each([
  '',
  '2',
  'the second',
  'a segunda opção',
  'not friday',
  'sexta não',
  'el lunes no puedo',
  'friday or monday',
  'knee pain',
  '99:99',
  '31/02',
  '31 february',
  '👍',
])('%j names no day and no time', (text) => {
  expect(readWhen(text, here)).toBeUndefined();
});

test('"segunda" is a day only where it is no place in a list', () => {
  expect(readWhen('segunda', { ...here, language: 'es' })).toBeUndefined();
  expect(readWhen('segunda-feira', { ...here, language: 'es' })).toEqual({ day: '2026-11-30', weekday: 1 });
});

test('today is the practice’s today: late in the evening of UTC, and in the nights when clocks change', () => {
  expect(readWhen('today', { ...here, at: '2026-11-24T02:59:00Z' })).toEqual({ day: '2026-11-23' });
  const newYork = { ...here, timeZone: 'America/New_York', jurisdiction: 'US' };
  // Clocks go forward on 8 March and back on 1 November 2026.
  expect(readWhen('tomorrow', { ...newYork, at: '2026-03-08T04:30:00Z' })).toEqual({ day: '2026-03-08' });
  expect(readWhen('tomorrow', { ...newYork, at: '2026-11-01T03:30:00Z' })).toEqual({ day: '2026-11-01' });
  expect(readWhen('29 February', { ...here, at: '2027-06-01T12:00:00Z' })).toEqual({ day: '2028-02-29' });
});

test('whatever is written, a day is of the calendar and not past', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      'tuesday',
      'sexta',
      'amanhã',
      'mar',
      'may',
      '/',
      '.',
      ':',
      'h',
      'dia',
      'pm',
      'the',
      'nov',
    ),
    fc.nat(99).map(String),
    fc.string({ maxLength: 4 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 6 }), fc.constantFrom('en', 'pt', 'es'), (pieces, language) => {
      const when = readWhen(pieces.join(' '), { ...here, language });
      if (when?.day !== undefined)
        expect(Temporal.PlainDate.compare(Temporal.PlainDate.from(when.day), '2026-11-23')).not.toBe(-1);
      if (when?.time !== undefined) expect(when.time).toMatch(/^([01]\d|2[0-3]):[0-5]\d$/);
    }),
  );
});
