import { describe, expect, test } from 'vitest';
import { dialogue } from './testdata/dialogue.ts';

type Walk = {
  readonly language: string;
  readonly hello: string;
  readonly name: string;
  readonly yes: string;
  readonly answers: readonly string[];
  readonly send: string;
};

const walks: readonly Walk[] = [
  {
    language: 'en',
    hello: 'hi',
    name: 'English',
    yes: 'Yes',
    answers: [
      'me',
      'maria da silva',
      '3 May 1984',
      'female',
      'this number',
      'Rua das Flores 12, São Paulo 01310-000',
      'self-pay',
      'knee pain since Monday',
    ],
    send: 'Yes, send',
  },
  {
    language: 'pt',
    hello: 'oi, bom dia',
    name: 'Português',
    yes: 'Sim',
    answers: [
      'para mim',
      'maria da silva',
      '3 de maio de 1984',
      'feminino',
      'este mesmo',
      'Rua das Flores 12, São Paulo 01310-000',
      'particular',
      'dor no joelho desde segunda',
    ],
    send: 'Sim, enviar',
  },
  {
    language: 'es',
    hello: 'hola',
    name: 'Español',
    yes: 'Sí',
    answers: [
      'para mí',
      'maria da silva',
      '3 de mayo de 1984',
      'femenino',
      'este mismo',
      'Rua das Flores 12, São Paulo 01310-000',
      'particular',
      'dolor de rodilla desde el lunes',
    ],
    send: 'Sí, enviar',
  },
];

describe.each(walks)(
  'from hello to the clinic in $language',
  ({ language, hello, name, yes, answers, send }) => {
    const walk = () => {
      const chat = dialogue();
      chat.writes(hello).hear(language, 'greeting.hello', 'language.ask').asks('language');
      chat.taps(name).hear(language, 'opt-in.ask').asks('opt-in');
      chat.taps(yes).asks('step', 'for-whom');
      for (const answer of answers) chat.writes(answer);
      return chat.asks('summary');
    };

    test('takes no more than sixteen actions, and one message for each', () => {
      const chat = walk()
        .taps(send)
        .hear(language, ['sent', { name: '\u2068Maria\u2069' }]);
      chat.asks('none').hears('intake-filed').hear(language, 'filed').asks('none');
      const actions = chat.facts().filter(({ type }) => type === 'MessagesRead').length;
      expect(actions).toBeLessThanOrEqual(16);
    });

    test('keeps the consent with its evidence before anything else is asked', () => {
      const chat = dialogue().writes(hello).taps(name);
      expect(chat.say()?.purpose).toBe('consent');
      chat.taps(yes);
      expect(chat.result().consent).toMatchObject([
        {
          type: 'OptInGiven',
          data: { how: 'tapped', language, wording: 'care-1' },
          phi: { externalId: 'wamid.3' },
        },
      ]);
      expect(chat.say()?.purpose).toBe('reply');
    });

    test('the summary holds the answers, each isolated, and is classed as what it holds', () => {
      const chat = walk();
      expect(chat.said()).toContain('\u2068Maria da Silva\u2069 · \u2068');
      expect(chat.said()).toContain('\u2069 · \u2068');
      expect(chat.said()).toContain('1984');
      expect(chat.say()?.dataClass).toBe('reason');
    });

    test('a question itself is of no class', () => {
      expect(dialogue().writes(hello).taps(name).taps(yes).say()?.dataClass).toBe('none');
    });
  },
);

test('every word works where a tap does', () => {
  const chat = dialogue().writes('hello').writes('1').writes('sim').asks('step', 'for-whom');
  chat.writes('a primeira').asks('step', 'name').writes('Ana Souza').writes('03/05/84').asks('step', 'sex');
});
