import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InboundContent } from '#channels/channel.ts';
import { auroraIntake, begun, type Dialogue, dialogue, minimal, shortForm } from './testdata/dialogue.ts';

const words = [
  'hi',
  'oi',
  'hola',
  'English',
  'português',
  'en español por favor',
  'yes',
  'sim',
  'no',
  'não',
  '1',
  '2',
  '3',
  '9',
  'me',
  'meu filho',
  'Maria da Silva',
  '3 May 1984',
  '31/02/84',
  '3 May 2084',
  'female',
  'this number',
  'self-pay',
  'Rua das Flores 12, São Paulo 01310-000',
  'knee pain',
  'asdf',
  '😀',
  'محمد علي',
  "'; drop table patients; --",
  'back',
  'voltar',
  'change',
  'change date of birth',
  'mudar o nome',
  'cambiar sexo',
  'help',
  'ajuda',
  'person',
  'start over',
  'recomeçar',
  'skip',
  'pular',
  'cancel',
  'continue',
  'thanks',
  'START',
  'new form',
  'all messages',
  'go on',
  '',
  '\u202e\u0000',
  '{name}',
  'a'.repeat(5_000),
];

const others: readonly InboundContent[] = [
  { kind: 'media', media: 'image', mediaId: 'm' },
  { kind: 'media', media: 'audio', mediaId: 'm', caption: 'hi' },
  { kind: 'location', latitude: 0, longitude: 0, address: 'Rua das Flores 12, São Paulo' },
  { kind: 'contacts', contacts: [{ name: 'x', phones: ['+5511987654321'], requested: false }] },
  { kind: 'form', name: 'f', response: {} },
  { kind: 'reaction', targetId: 'w' },
  { kind: 'unsupported', what: 'poll' },
  { kind: 'unknown', what: 'x' },
  { kind: 'identity-change' },
];

const ids = [
  'q:language:en',
  'q:opt-in:yes',
  'q:opt-in:no',
  'q:summary:send',
  'q:summary:change',
  'q:change-which:name',
  'q:start-over?:yes',
  'q:stop-or-form?:form',
  'q:offer:new',
  'c:skip:colour',
  'c:back:name',
  'c:person:x',
  'a:for-whom:self',
  'a:for-whom:child',
  'a:sex:female',
  'a:colour:r',
  'a:%:%',
  'q:x:y',
  'own-number',
  'STOP-ME',
];

type Act =
  | { readonly act: 'write'; readonly contents: readonly (string | InboundContent)[] }
  | { readonly act: 'tap'; readonly place: number }
  | { readonly act: 'wait' }
  | { readonly act: 'back' }
  | { readonly act: 'news'; readonly kind: 'intake-filed' | 'intake-delayed' | 'intake-refused' };

const content = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...words) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 30 }) },
  { weight: 2, arbitrary: fc.constantFrom(...others) },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom(...ids)
      .map((id): InboundContent => ({ kind: 'choice', via: 'button', id, title: 'x' })),
  },
);

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .array(content, { minLength: 1, maxLength: 4 })
      .map((contents): Act => ({ act: 'write', contents })),
  },
  { weight: 6, arbitrary: fc.nat(9).map((place): Act => ({ act: 'tap', place })) },
  { weight: 1, arbitrary: fc.constant<Act>({ act: 'wait' }) },
  { weight: 1, arbitrary: fc.constant<Act>({ act: 'back' }) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('intake-filed' as const, 'intake-delayed' as const, 'intake-refused' as const)
      .map((kind): Act => ({ act: 'news', kind })),
  },
);

const practices: fc.Arbitrary<Parameters<typeof dialogue>[0]> = fc.constantFrom(
  {},
  { form: shortForm },
  { form: undefined },
  { practice: minimal, form: auroraIntake },
);

function play(chat: Dialogue, each: Act): void {
  switch (each.act) {
    case 'write':
      chat.writes(...each.contents);
      break;
    case 'tap': {
      const choices = chat.choices();
      const choice = choices[each.place % Math.max(1, choices.length)];
      if (choice) chat.tapsId(choice.id, choice.title);
      break;
    }
    case 'wait':
      chat.waits(9);
      break;
    case 'back':
      if (chat.state().owner === 'staff') chat.staffHandBack();
      break;
    default:
      chat.hears(each.kind);
  }
}

function check(chat: Dialogue): void {
  const { say, conversation } = chat.result();
  expect(say.length).toBeLessThanOrEqual(1);
  expect(conversation.filter(({ type }) => type === 'QuestionAsked').length).toBeLessThanOrEqual(1);
  for (const { content } of say) {
    expect(content.text.trim()).not.toBe('');
    expect(content.text.length).toBeLessThanOrEqual(4096);
    // A message that offers choices fits the body of one with buttons, and no two choices are alike.
    if (content.kind !== 'choices') continue;
    expect(content.text.length).toBeLessThanOrEqual(1024);
    expect(new Set(content.choices.map(({ id }) => id)).size).toBe(content.choices.length);
    expect(new Set(content.choices.map(({ title }) => title)).size).toBe(content.choices.length);
    const maxTitle = content.choices.length <= 3 ? 20 : 24;
    for (const { title } of content.choices) expect(title.length).toBeLessThanOrEqual(maxTitle);
  }
}

describe('whatever is written', { timeout: 60_000 }, () => {
  test('a turn never fails, asks one question at most, and fits the channel', () => {
    fc.assert(
      fc.property(practices, fc.array(act, { maxLength: 25 }), (options, acts) => {
        const chat = dialogue(options);
        for (const each of acts) {
          play(chat, each);
          check(chat);
        }
      }),
      { numRuns: 80 },
    );
  });

  test('after a stop only its confirmation and the reminder are said, until START', () => {
    const withoutStart = act.filter(
      (each) => each.act !== 'write' || !each.contents.some((text) => text === 'START'),
    );
    fc.assert(
      fc.property(
        practices,
        fc.array(act, { maxLength: 12 }),
        fc.array(withoutStart, { maxLength: 8 }),
        (options, before, after) => {
          const chat = dialogue(options);
          for (const each of before) play(chat, each);
          if (chat.consent().status === 'withdrawn') return;
          chat.writes('hello', 'STOP', 'START');
          expect(chat.result().say).toMatchObject([{ purpose: 'stop-confirmation' }]);
          for (const each of after) {
            play(chat, each);
            for (const { content } of chat.result().say)
              expect(content.text).toMatch(/START|COMEÇAR|EMPEZAR/);
            expect(chat.consent().status).toBe('withdrawn');
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  test('nothing of the patient stands in what may be logged, and nothing is echoed before the summary', () => {
    const secret = 'Zyxwvutsrq';
    fc.assert(
      fc.property(fc.array(act, { maxLength: 15 }), (acts) => {
        const chat = begun({ form: shortForm });
        for (const each of acts) {
          play(chat, each);
          chat.writes(`${secret} ${secret}`);
          const data = [
            ...chat.result().conversation,
            ...chat.result().consent,
            ...(chat.result().intake?.events ?? []),
          ].map((event) => event.data);
          expect(JSON.stringify(data)).not.toContain(secret);
          if (chat.state().asked.what !== 'summary')
            expect(chat.say()?.content.text ?? '').not.toContain(secret);
        }
      }),
      { numRuns: 30 },
    );
  });
});

describe('at every step', () => {
  const answers = [
    'me',
    'Maria da Silva',
    '3 May 1984',
    'female',
    'this number',
    'Rua das Flores 12, São Paulo 01310-000',
    'self-pay',
    'knee pain',
  ];
  const at = (count: number) => {
    const chat = begun();
    for (const answer of answers.slice(0, count)) chat.writes(answer);
    return chat;
  };
  const steps = Array.from({ length: answers.length + 1 }, (_, count) => count);

  describe.each(steps)('after %i answers', (count) => {
    test.each(['help', 'ajuda', 'ayuda'])('%j explains and asks the same again', (word) => {
      const before = at(count);
      const { asked } = before.state();
      before.writes(word).hear('en', 'note.help');
      expect(before.state().asked).toEqual(asked);
    });

    test.each(['person', 'falar com atendente', 'una persona'])('%j brings a person', (word) => {
      at(count).writes(word).hear('en', 'handover.asked');
    });

    test.each(['start over', 'recomeçar', 'empezar de nuevo'])('%j asks before it deletes', (word) => {
      at(count).writes(word).asks('start-over?');
    });

    test.each(['back', 'voltar', 'atrás'])('%j goes one back, and forth again with the answer', (word) => {
      const chat = at(count);
      const { asked } = chat.state();
      chat.writes(word);
      if (count === 0) {
        chat.hear('en', 'note.first-question');
        return;
      }
      expect(chat.state().asked).not.toEqual(asked);
      chat.writes(answers[count - 1] ?? '');
      expect(chat.state().asked).toEqual(asked);
    });

    test.each([
      ['português', 'pt'],
      ['español', 'es'],
      ['inglês', 'en'],
    ])('%j changes the language only', (word, language) => {
      const chat = at(count);
      const { asked } = chat.state();
      chat.writes(word);
      expect(chat.state()).toMatchObject({ asked, language });
    });

    test.each(['stop', 'parar', 'alto'])('%j is obeyed', (word) => {
      expect(at(count).writes(word).consent().status).toBe('withdrawn');
    });

    test('no word of these is taken for an answer', () => {
      const before = at(count).intake();
      for (const word of [
        'help',
        'voltar',
        'persona',
        'mudar',
        'recomeçar',
        'español',
        'stop',
        'cancelar',
        'hola',
      ]) {
        const after = at(count).writes(word);
        expect(after.result().intake?.events.some(({ type }) => type === 'AnswerGiven') ?? false).toBe(false);
      }
      expect(before.status).toBe(count === answers.length ? 'reviewing' : 'asking');
    });
  });
});
