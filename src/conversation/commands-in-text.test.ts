import { describe, expect, test } from 'vitest';
import { asksNothing, commandIn, misspeltCommandIn } from './commands-in-text.ts';

describe('a command is the whole text, in any language', () => {
  test.each([
    ['back', 'back'],
    ['Voltar!', 'back'],
    ['atrás', 'back'],
    ['HELP', 'help'],
    ['ajuda por favor', 'help'],
    ['ayuda', 'help'],
    ['person', 'person'],
    ['I’d like to speak to a person, please', 'person'],
    ['quero falar com um atendente', 'person'],
    ['quisiera hablar con una persona', 'person'],
    ['start over', 'start-over'],
    ['começar de novo', 'start-over'],
    ['empezar de nuevo', 'start-over'],
    ['skip', 'skip'],
    ['pular', 'skip'],
    ['omitir', 'skip'],
    ['continuar', 'assistant'],
    ['bom dia', 'greeting'],
    ['change', 'change'],
    ['alterar', 'change'],
  ])('%j is %s', (text, command) => {
    expect(commandIn(text)).toEqual({ command });
  });

  test.each([
    ['English', 'en'],
    ['in English please', 'en'],
    ['em português', 'pt'],
    ['en español por favor', 'es'],
    ['inglês', 'en'],
    ['Spanish', 'es'],
    ['hable en español', 'es'],
  ])('%j is the language %s', (text, language) => {
    expect(commandIn(text)).toEqual({ command: 'language', language });
  });

  test.each([
    ['change my date of birth', 'date of birth'],
    ['mudar o telefone', 'telefone'],
    ['cambiar la dirección', 'direccion'],
  ])('%j names a field', (text, field) => {
    expect(commandIn(text)).toEqual({ command: 'change-field', field });
  });
});

test.each([
  'my back hurts',
  'Maria Back',
  'I need help with my knee since Monday',
  'Rua da Ajuda 12',
  'another person',
  'outra pessoa',
  'knee pain',
  '3 May 1984',
  '',
  '👍',
])('%j is no command', (text) => {
  expect(commandIn(text)).toBeUndefined();
});

test('a slip of the finger is read only where asked', () => {
  expect(commandIn('pesron')).toBeUndefined();
  expect(misspeltCommandIn('pesron')).toEqual({ command: 'person' });
  expect(misspeltCommandIn('portugues')).toEqual({ command: 'language', language: 'pt' });
  expect(misspeltCommandIn('engish')).toEqual({ command: 'language', language: 'en' });
  expect(misspeltCommandIn('bakc')).toBeUndefined();
});

test('thanks and thumbs ask for nothing', () => {
  for (const text of ['Thanks!', 'obrigada', 'ok', '👍', 'gracias']) expect(asksNothing(text)).toBe(true);
  expect(asksNothing('thanks, when is my visit?')).toBe(false);
});
