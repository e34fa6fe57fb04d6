import { expect, test } from 'vitest';
import type { Gate } from '#practice/practice.ts';
import { closedGate, type GateFacts } from './gates.ts';

const facts = (known: Partial<GateFacts> = {}): GateFacts => ({
  codes: { payer: 'horizonte' },
  birthDate: '1984-05-03',
  today: '2026-11-22',
  ...known,
});

const adults: Gate = { kind: 'age', min: 18 };
const payers: Gate = { kind: 'answer', linkId: 'payer', in: ['horizonte', 'self-pay'] };

test('without gates everybody books', () => {
  expect(closedGate([], facts())).toBeUndefined();
});

test('the first gate that is not passed is told', () => {
  expect(closedGate([adults, payers], facts())).toBeUndefined();
  expect(closedGate([adults, payers], facts({ codes: { payer: 'other' } }))).toBe(payers);
  expect(closedGate([{ kind: 'person' }, payers], facts())).toEqual({ kind: 'person' });
});

test('an age is reached on the birthday, in the practice’s day', () => {
  const on = (today: string) => closedGate([adults], facts({ birthDate: '2008-11-22', today }));
  expect(on('2026-11-21')).toBe(adults);
  expect(on('2026-11-22')).toBeUndefined();
  const children: Gate = { kind: 'age', max: 11 };
  const child = (today: string) => closedGate([children], facts({ birthDate: '2016-02-29', today }));
  expect(child('2028-02-28')).toBeUndefined();
  expect(child('2028-02-29')).toBe(children);
});

test('what is not known does not pass', () => {
  expect(closedGate([adults], facts({ birthDate: undefined }))).toBe(adults);
  expect(closedGate([payers], facts({ codes: {} }))).toBe(payers);
  const named: Gate = { kind: 'answer', linkId: 'constructor', in: ['x'] };
  expect(closedGate([named], facts())).toBe(named);
});
