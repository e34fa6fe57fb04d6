import { expect, test } from 'vitest';
import type { PracticeSettings, TemplateFile } from '#practice/practice.ts';
import { cannedReply, classOf, inLanguage, type Known, templateContent } from './wording.ts';

const practice = {
  name: 'Clínica Aurora',
  phone: '+55 11 5550-1200',
  address: 'Rua das Flores 12',
  timeZone: 'America/Sao_Paulo',
  languages: ['pt', 'en'],
} as unknown as PracticeSettings; // the parts that words are made of

const known = (changes: Partial<Known> = {}): Known => ({
  practice,
  language: 'en',
  firstName: 'Maria',
  visit: undefined,
  ...changes,
});

const visit = { start: '2026-11-24T13:30:00.000Z', clinician: 'Dra. Lima' };

test.each([
  ['Hello {first-name}, this is {staff} at {practice}.', 'Hello Maria, this is Ana at Clínica Aurora.'],
  ['{address}. {phone}', 'Rua das Flores 12. +55 11 5550-1200'],
  ['{visit}', undefined],
  ['{unknown}', undefined],
  ['No {} place { here', 'No {} place { here'],
])('%j is filled in as %j', (text, filled) => expect(cannedReply(text, known(), 'Ana')).toBe(filled));

test.each([
  ['Olá, {first-name}! Aqui é {staff}.', 'Olá! Aqui é Ana.'],
  ['Hello {first-name}, hi', 'Hello, hi'],
])('without a name %j greets all the same', (text, filled) =>
  expect(cannedReply(text, known({ firstName: undefined }), 'Ana')).toBe(filled),
);

test('what a patient calls themselves is no place to fill in', () => {
  expect(cannedReply('Hello {first-name}', known({ firstName: '{phone}$&' }), 'Ana')).toBe('Hello {phone}$&');
});

test('a visit is told in the practice’s zone and the patient’s language', () => {
  expect(cannedReply('{visit}', known({ visit }), 'Ana')).toMatch(/Tuesday.* 24 November, 10:30/);
  expect(cannedReply('{visit}', known({ visit, language: 'pt' }), 'Ana')).toBe(
    'terça-feira, 24 de novembro, 10:30',
  );
});

test('a text in a language that there is', () => {
  expect(inLanguage({ pt: 'Olá', en: 'Hello' }, 'en', practice)).toBe('Hello');
  expect(inLanguage({ pt: 'Olá', en: 'Hello' }, 'fr', practice)).toBe('Olá');
  expect(inLanguage({ es: 'Hola' }, null, practice)).toBe('Hola');
});

const template = (changes: Partial<TemplateFile> = {}): TemplateFile => ({
  name: 'staff_answer',
  category: 'utility',
  variables: ['first-name', 'visit-date'],
  buttons: [],
  texts: {
    en: { providerLanguage: 'en_US', body: 'Hello {{1}}, {{2}}. {{1}}!', buttons: [], samples: ['a', 'b'] },
  },
  ...changes,
});

test('an approved template with its places filled in, as it will be read', () => {
  expect(templateContent(template(), known({ visit }))).toMatchObject({
    kind: 'template',
    name: 'staff_answer',
    language: 'en_US',
    variables: ['Maria', expect.stringContaining('24 November')],
    text: expect.stringMatching(/^Hello Maria, .*24 November\. Maria!$/),
  });
});

test('one that says what is not known, or that belongs to a reminder, is not offered', () => {
  expect(templateContent(template(), known())).toBeUndefined();
  expect(
    templateContent(template({ variables: ['clinician'] }), known({ visit: { ...visit, clinician: null } })),
  ).toBeUndefined();
  expect(templateContent(template({ buttons: ['confirm'] }), known({ visit }))).toBeUndefined();
});

test('a template tells what its most telling variable tells', () => {
  expect(classOf([])).toBe('none');
  expect(classOf(['practice', 'address'])).toBe('logistics');
  expect(classOf(['visit-date', 'clinician', 'practice'])).toBe('clinical');
});
