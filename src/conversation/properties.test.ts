import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { InboundContent } from '#channels/channel.ts';
import type { Asked } from './conversation.ts';
import {
  auroraIntake,
  begun,
  booked,
  booking,
  bookingRules,
  type Dialogue,
  dialogue,
  filed,
  freeSlots,
  minimal,
  shortForm,
  slot,
} from './testdata/dialogue.ts';
import { appointmentNews } from './turn.ts';

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
  'book',
  'move',
  'remarcar',
  'cancel my visit',
  'desmarcar',
  'cambiar la cita',
  'visit',
  'keep it',
  'other time',
  'another day',
  'another doctor',
  'earlier',
  'later',
  'friday',
  'amanhã',
  '25/11',
  'tuesday 14:00',
  'Dr Serra',
  'not now',
  'I’ll be there',
  'não posso ir',
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
  'q:slots:later',
  'q:slots:slot%2Fprado-29925380',
  'q:slots:slot%2Fx',
  'q:slot-day:day%2F2026-11-27',
  'q:slot-clinician:clinician%2Fserra',
  'q:book?:book%2Ft1-hold-0',
  'q:book?:other',
  'q:cancel-visit?:yes%2F1795522800',
  'q:visit?:cancel%2F0',
  'q:offer:move',
  'q:offer:cancel',
  'q:offer:book',
  'q:stop-or-form?:visit%2F0',
  'r:confirm:t7-visit:1795522800',
  'r:cancel:other:0',
  'own-number',
  'STOP-ME',
];

type Act =
  | { readonly act: 'write'; readonly contents: readonly (string | InboundContent)[] }
  | { readonly act: 'tap'; readonly place: number }
  | { readonly act: 'wait' }
  | { readonly act: 'back'; readonly resume: boolean }
  /** The practice system answers what is under way, or tells what nobody asked for. */
  | { readonly act: 'answers'; readonly how: number }
  | { readonly act: 'reminder'; readonly action: 'confirm' | 'move' | 'cancel' | 'said' }
  | { readonly act: 'stray'; readonly place: number; readonly version: number }
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
  { weight: 1, arbitrary: fc.boolean().map((resume): Act => ({ act: 'back', resume })) },
  { weight: 4, arbitrary: fc.nat(9).map((how): Act => ({ act: 'answers', how })) },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('confirm' as const, 'move' as const, 'cancel' as const, 'said' as const)
      .map((action): Act => ({ act: 'reminder', action })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.nat(11), fc.nat(30))
      .map(([place, version]): Act => ({ act: 'stray', place, version })),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom('intake-filed' as const, 'intake-delayed' as const, 'intake-refused' as const)
      .map((kind): Act => ({ act: 'news', kind })),
  },
);

const manySlots = Array.from({ length: 7 }, (_, i) =>
  slot(`2026-11-2${i + 3}T1${i}:00:00Z`, i % 2 === 0 ? 'prado' : 'serra'),
);

const practices: fc.Arbitrary<Parameters<typeof dialogue>[0]> = fc.constantFrom(
  {},
  { practice: booking, scheduling: bookingRules, form: shortForm },
  { practice: { ...booking, jurisdiction: 'US', timeZone: 'America/New_York' }, scheduling: bookingRules },
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
      chat.staffDone(each.resume);
      break;
    case 'answers':
      answer(chat, each.how);
      break;
    case 'reminder':
      if (each.action === 'said') chat.isReminded();
      else chat.tapsReminder(each.action);
      break;
    case 'stray':
      chat.hearsOf(appointmentNews[each.place] ?? 'slots', undefined, each.version);
      break;
    default:
      chat.hears(each.kind);
  }
}

/** What the practice system may answer at this point; `how` picks one. */
function answer(chat: Dialogue, how: number): void {
  const visit = chat.visit();
  if (visit === undefined) return;
  const { found, choice, booked: stands, changing, round } = visit;
  const at = chat.now();
  if (found === 'searching' || found === 'delayed') {
    if (how === 0) chat.learns({ type: 'RecordSearchDelayed', round, code: 'TIMEOUT', at }, 'search-delayed');
    else if (how === 1) chat.learns({ type: 'RecordSearchRefused', round, code: 'NO', at }, 'search-refused');
    else chat.finds(how === 2 ? [] : how < 6 ? freeSlots : manySlots);
  } else if (choice !== undefined) {
    if (how === 0) chat.learns({ type: 'RecordBookingDelayed', code: 'TIMEOUT', at }, 'delayed');
    else if (how === 1) chat.loses();
    else if (choice.phase === 'holding') chat.holds();
    else if (choice.phase === 'booking') chat.books();
  } else if (stands !== undefined) {
    if (how === 0)
      chat.learns({ type: 'RecordFoundMoved', offer: slot('2026-11-27T12:00:00Z'), at }, 'found-moved');
    else if (how === 1) chat.learns({ type: 'RecordCancelled', by: 'practice', at }, 'cancelled');
    else if (changing === 'cancel') chat.learns({ type: 'RecordCancelled', by: 'patient', at }, 'cancelled');
    else if (changing === 'confirm') chat.learns({ type: 'RecordConfirmed', by: 'patient', at }, 'confirmed');
  }
}

/** Rows of a list, at Meta. A practice's form may have more choices than that: they are numbered then. */
const maxRows = 20;

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
    expect(content.choices.length).toBeLessThanOrEqual(maxRows);
    expect(new Set(content.choices.map(({ id }) => id)).size).toBe(content.choices.length);
    expect(new Set(content.choices.map(({ title }) => title)).size).toBe(content.choices.length);
    const areButtons =
      content.choices.length <= 3 && content.choices.every(({ description }) => !description);
    for (const { title, id, description = '' } of content.choices) {
      expect(title.length).toBeLessThanOrEqual(areButtons ? 20 : 24);
      expect(id.length).toBeLessThanOrEqual(200);
      expect(description.length).toBeLessThanOrEqual(72);
    }
  }
}

/** On the way to a visit, and after it. */
const starts = [
  () => filed(),
  () => filed('pt').finds(),
  () => filed('es').finds(manySlots).writes('1').holds(),
  () => booked(),
  () => booked('en', { practice: { ...booking, jurisdiction: 'US', timeZone: 'America/New_York' } }),
];

/** A question about a visit stands only while there is one to ask about; nothing is booked or cancelled unasked. */
function checkVisit(chat: Dialogue, before: Asked): void {
  const { asked, stopAsked, owner } = chat.state();
  const { conversation, appointment } = chat.result();
  const decided = (appointment?.events ?? []).map(({ type }) => type);
  if (decided.includes('CancellationRequested'))
    expect(['cancel-visit?', 'visit?', 'stop-or-form?']).toContain(before.what);
  if (decided.includes('BookingRequested')) expect(chat.types()).toContain('MessagesRead');
  if (!conversation.some(({ type }) => type === 'QuestionAsked')) return;
  expect(stopAsked).toBe(asked.what === 'stop-or-form?');
  const visit = chat.visit();
  if (asked.what === 'book?') expect(visit?.choice?.phase).toBe('held');
  if (asked.what === 'cancel-visit?' || asked.what === 'visit?') expect(visit?.booked).toBeDefined();
  if (asked.what === 'slots') expect(typeof visit?.found).toBe('object');
  if (owner === 'bot') expect(chat.said()).not.toBe('');
}

describe('whatever is written', () => {
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

  test('on the way to a visit and after it, a turn never fails either, and what is told stands', () => {
    fc.assert(
      fc.property(fc.constantFrom(...starts), fc.array(act, { maxLength: 20 }), (start, acts) => {
        const chat = start();
        for (const each of acts) {
          const { asked } = chat.state();
          const before = chat.input();
          play(chat, each);
          // Where there was nothing to tap, no turn was taken.
          if (chat.input() === before) continue;
          check(chat);
          checkVisit(chat, asked);
        }
      }),
      { numRuns: 120 },
    );
  });

  test('after a stop only its confirmation and the reminder are said, until START', () => {
    const withoutStart = act.filter(
      (each) => each.act !== 'write' || !each.contents.some((text) => text === 'START'),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          practices.map((options) => () => dialogue(options)),
          fc.constantFrom(...starts),
        ),
        fc.array(act, { maxLength: 12 }),
        fc.array(withoutStart, { maxLength: 8 }),
        (start, before, after) => {
          const chat = start();
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
            ...(chat.result().appointment?.events ?? []),
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
