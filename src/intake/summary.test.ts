import { expect, test } from 'vitest';
import aurora from '../../practices/aurora/forms/intake.json' with { type: 'json' };
import { stepByLinkId } from './form.ts';
import type { Answers, AnswerValue } from './step.ts';
import { summaryLines, writtenDate, writtenOut } from './summary.ts';
import { compiled } from './testdata/knee.ts';

const form = compiled(aurora, ['pt', 'es', 'en']);

const answers: Answers = {
  'for-whom': { kind: 'coding', code: 'self' },
  name: { kind: 'name', text: 'Maria da Silva', given: ['Maria'], family: 'da Silva' },
  'birth-date': { kind: 'date', date: '1984-05-03' },
  sex: { kind: 'coding', code: 'female' },
  phone: { kind: 'phone', e164: '+5511987654321' },
  payer: { kind: 'coding', code: 'pay', system: 'http://terminology.hl7.org/CodeSystem/coverage-selfpay' },
  'member-number': { kind: 'text', text: 'no longer asked' },
  reason: { kind: 'skipped' },
};

test('the summary is in the patient’s language, in the order of the questions, and without what no longer applies', () => {
  const lines = (language: string) =>
    summaryLines(form, answers, language).map(({ label, value }) => `${label}: ${value}`);
  expect(lines('en')).toEqual([
    'who it is for: Me',
    'full name: Maria da Silva',
    'date of birth: 3 May 1984',
    'sex: Female',
    'phone number: +55 11 9…-4321',
    'insurance: Self-pay',
    'reason for the visit: ',
  ]);
  expect(lines('pt').slice(2, 4)).toEqual(['data de nascimento: 3 de maio de 1984', 'sexo: Feminino']);
  expect(lines('es').slice(2, 4)).toEqual(['fecha de nacimiento: 3 de mayo de 1984', 'sexo: Femenino']);
});

test('a date is the same everywhere, on the days when clocks change too', () => {
  expect(writtenDate('2026-10-25', 'en')).toBe('25 October 2026');
  expect(writtenDate('1912-01-01', 'de')).toBe('1. Januar 1912');
});

test.each<readonly [AnswerValue, string]>([
  [{ kind: 'phone', e164: '+12125550123' }, '+1 212…-0123'],
  [{ kind: 'phone', e164: '+34612345678' }, '+34 612…-5678'],
  [{ kind: 'phone', e164: '+290 2123'.replace(' ', '') }, '+290 …23'],
  [{ kind: 'integer', value: 3 }, '3'],
  [{ kind: 'address', text: 'Rua das Acácias 45' }, 'Rua das Acácias 45'],
  [{ kind: 'coding', code: 'unheard-of' }, 'unheard-of'],
])('%j is read back as %j', (answer, written) => {
  const step = stepByLinkId(form, 'sex');
  if (!step) throw new Error('the form asks for the sex');
  expect(writtenOut(step, answer, 'en')).toBe(written);
});
