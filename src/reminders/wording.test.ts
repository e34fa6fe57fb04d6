import { expect, test } from 'vitest';
import { templateFile } from '#practice/practice.ts';
import { textLanguage, visitValues } from './wording.ts';

const practice = {
  name: 'Clínica',
  phone: '+55 11 5550-1200',
  address: 'Rua 12',
  timeZone: 'America/Sao_Paulo',
};
const visit = { start: '2026-11-25T01:30:00.000Z', clinician: 'Dra. Lima', firstName: 'Maria' };

/** Some languages write a narrow space before the half of the day. */
const plainSpaces = (text: string | undefined) => text?.replaceAll(/\s/g, ' ');

test.each([
  ['pt_BR', 'terça-feira, 24 de novembro', '22:30'],
  ['es', 'martes, 24 de noviembre', '22:30'],
  ['en_US', 'Tuesday, November 24', '10:30 PM'],
])('in %s, of the day in the practice’s zone', (language, date, time) => {
  const values = visitValues(visit, practice, language);
  expect([values['visit-date'], plainSpaces(values['visit-time'])]).toEqual([date, time]);
});

test('a clinician whom nobody names is the practice; a name that nobody knows has no value', () => {
  const values = visitValues({ ...visit, clinician: undefined, firstName: undefined }, practice, 'en_US');
  expect(values).toMatchObject({
    clinician: 'Clínica',
    address: 'Rua 12',
    'practice-phone': '+55 11 5550-1200',
  });
  expect(values).not.toHaveProperty('first-name');
});

test('the text is in the patient’s language, or in the practice’s own', () => {
  const text = { providerLanguage: 'pt_BR', body: 'Olá' };
  const template = templateFile.parse({ name: 'a', category: 'utility', variables: [], texts: { pt: text } });
  expect(textLanguage(template, 'pt', 'en')).toBe('pt');
  expect(textLanguage(template, 'es', 'pt')).toBe('pt');
});
