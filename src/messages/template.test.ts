import { expect, test } from 'vitest';
import { templateFile } from '#practice/practice.ts';
import { templateContent } from './template.ts';

const reminder = templateFile.parse({
  name: 'visit_reminder',
  category: 'utility',
  variables: ['first-name', 'visit-date'],
  buttons: ['confirm', 'cancel'],
  texts: {
    pt: {
      providerLanguage: 'pt_BR',
      body: 'Olá, {{1}}! Sua consulta é {{2}}. Até lá, {{1}}!',
      buttons: ['Confirmar', 'Cancelar'],
    },
  },
});
const values = { 'first-name': 'Maria', 'visit-date': 'amanhã' } as const;

test('its variables stand in their places, and its class is the highest of theirs', () => {
  expect(templateContent(reminder, 'pt', values, ['yes', 'no'])).toEqual({
    dataClass: 'identity',
    content: {
      kind: 'template',
      name: 'visit_reminder',
      language: 'pt_BR',
      variables: ['Maria', 'amanhã'],
      payloads: ['yes', 'no'],
      text: 'Olá, Maria! Sua consulta é amanhã. Até lá, Maria!',
      labels: ['Confirmar', 'Cancelar'],
    },
  });
});

test('a value is one line, and is no template itself', () => {
  const odd = { ...values, 'first-name': ' Maria\n{{2}}\t$1 ' };
  expect(templateContent(reminder, 'pt', odd, [])?.content).toMatchObject({
    variables: ['Maria {{2}} $1', 'amanhã'],
    text: 'Olá, Maria {{2}} $1! Sua consulta é amanhã. Até lá, Maria {{2}} $1!',
  });
});

test.each([
  ['in a language that it has not', 'en', values],
  ['in a language that every object has', 'constructor', values],
  ['without a value', 'pt', { 'first-name': 'Maria' }],
  ['with an empty value', 'pt', { ...values, 'first-name': ' \n' }],
])('it cannot be said %s', (_, language, given) => {
  expect(templateContent(reminder, language, given, [])).toBeUndefined();
});
