import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Choice, InboundContent } from '#channels/channel.ts';
import { asksNothing } from './commands-in-text.ts';
import { type Dialogue, dialogue, shortForm } from './testdata/dialogue.ts';

/** Dialogues at random, from the first word: what holds wherever chance leads. More of them: `npm run simulate`. */

const seed = Number(process.env.SIMULATE_SEED ?? 20_261_122);
const runs = (few: number) => ({ numRuns: Number(process.env.SIMULATE_RUNS ?? 1) * few, seed });

const words = [
  ...[
    'hi',
    'oi',
    'hola',
    'English',
    'português',
    'español',
    'yes',
    'sim',
    'sí',
    'no',
    'não',
    '1',
    '2',
    '3',
    'ok',
  ],
  ...[
    'Maria da Silva',
    'knee pain',
    'azul',
    'red',
    'skip',
    'pular',
    'back',
    'voltar',
    'change',
    'mudar o nome',
  ],
  ...[
    'help',
    'ajuda',
    'person',
    'pessoa',
    'start over',
    'recomeçar',
    'continue',
    'new form',
    'cancel',
    'thanks',
  ],
  ...['asdf', '😀', 'x'.repeat(3_000), '', '{name}', 'START', 'começar', 'all messages', 'cancelar', 'parar'],
];

const others: readonly InboundContent[] = [
  { kind: 'media', media: 'image', mediaId: 'm' },
  { kind: 'location', latitude: 0, longitude: 0 },
  { kind: 'unsupported', what: 'poll' },
  { kind: 'unknown', what: 'x' },
  { kind: 'choice', via: 'button', id: 'q:opt-in:no', title: 'x' },
  { kind: 'choice', via: 'button', id: 'q:start-over?:yes', title: 'x' },
  { kind: 'choice', via: 'list', id: 'a:colour:r', title: 'x' },
  { kind: 'choice', via: 'list', id: 'nothing of ours', title: 'x' },
];

type Act = { readonly writes: readonly (string | InboundContent)[] } | { readonly taps: number };

const content = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...words) },
  { weight: 1, arbitrary: fc.constantFrom(...others) },
);
const writing = fc.array(content, { minLength: 1, maxLength: 3 });
const acts: fc.Arbitrary<readonly Act[]> = fc.array(
  fc.oneof(
    writing.map((writes): Act => ({ writes })),
    fc.nat(9).map((taps): Act => ({ taps })),
  ),
  { maxLength: 20 },
);

/** Returns false where there was nothing to tap: no turn was taken. */
function act(chat: Dialogue, one: Act): boolean {
  if ('writes' in one) {
    chat.writes(...one.writes);
    return true;
  }
  const choices = chat.choices();
  const choice = choices[one.taps % Math.max(1, choices.length)];
  if (choice !== undefined) chat.tapsId(choice.id, choice.title);
  return choice !== undefined;
}

const isThanks = (said: string | InboundContent) => typeof said === 'string' && asksNothing(said);

const begin = () => dialogue({ form: shortForm });

function left(all: readonly Act[]): Dialogue {
  const chat = begin();
  for (const one of all) act(chat, one);
  return chat;
}

describe('wherever chance leads', { timeout: 120_000 }, () => {
  test('the patient hears something, or a person has the conversation, or they have stopped it', () => {
    fc.assert(
      fc.property(acts, (all) => {
        const chat = begin();
        for (const one of all) {
          const [{ owner, asked }, { status }] = [chat.state(), chat.consent()];
          if (!act(chat, one)) continue;
          // "Ok", once all is settled, wants no answer.
          const isCourtesy = asked.what === 'offer' && 'writes' in one && one.writes.every(isThanks);
          const isWithStaff = owner === 'staff' && chat.state().owner === 'staff';
          const isQuiet = isWithStaff || status === 'withdrawn' || isCourtesy;
          if (!isQuiet) expect(chat.said()).not.toBe('');
          if (chat.consent().status === 'withdrawn' && status !== 'withdrawn')
            expect(chat.say()?.purpose).toBe('stop-confirmation');
        }
      }),
      runs(150),
    );
  });

  test('nobody has agreed who was not asked and did not say so, and nothing is asked or kept before', () => {
    fc.assert(
      fc.property(acts, (all) => {
        const chat = begin();
        for (const one of all) {
          const [asked, agreed] = [chat.state().asked, chat.consent().status === 'given'];
          if (!act(chat, one)) continue;
          const { consent, intake, conversation } = chat.result();
          if (consent.some(({ type }) => type === 'OptInGiven')) {
            const writes = 'writes' in one ? one.writes : [];
            const isStart = writes.some((text) => typeof text === 'string' && /^(START|começar)$/.test(text));
            const wasAskedNow = conversation.some(({ type }) => type === 'LanguageChosen');
            expect(asked.what === 'opt-in' || isStart || wasAskedNow).toBe(true);
            const isYes = writes.some(
              (text) => typeof text === 'string' && /^(yes|sim|sí|1|ok|START|começar)$/.test(text),
            );
            expect(isYes || 'taps' in one).toBe(true);
          }
          if (agreed || chat.consent().status === 'given') continue;
          expect(intake?.events.filter(({ type }) => type === 'AnswerGiven') ?? []).toEqual([]);
          // What was asked before a stop stays noted; asked again it is not.
          const questions = conversation.flatMap((each) =>
            each.type === 'QuestionAsked' ? [each.data.asked.what] : [],
          );
          expect(questions).not.toContain('step');
        }
      }),
      runs(150),
    );
  });

  test('who answers what is asked comes to an end: no question goes round in circles', () => {
    fc.assert(
      fc.property(acts, (all) => {
        const chat = left(all);
        let turns = 0;
        for (; turns < 40 && !isOver(chat); turns += 1) answer(chat);
        expect(isOver(chat), `still asked: ${chat.state().asked.what}`).toBe(true);
      }),
      runs(100),
    );
  });

  test('a sign of danger comes before all else, a stop included, and a stop is obeyed with it', () => {
    fc.assert(
      fc.property(acts, writing, writing, fc.boolean(), (all, before, behind, stops) => {
        const chat = left(all);
        const had = chat.state();
        const hadStopped = chat.consent().status === 'withdrawn';
        chat.writes(...before, 'I have chest pain and cannot breathe', ...behind, ...(stops ? ['STOP'] : []));
        expect(chat.state()).toMatchObject({ owner: 'staff' });
        if (had.owner === 'bot') {
          expect(chat.state().handover).toMatchObject({ reason: 'red-flag', priority: 'top' });
          // A stop's one confirmation says where to call as well.
          expect(chat.said()).toContain('192');
        }
        if (stops || hadStopped) expect(chat.consent().status).toBe('withdrawn');
        expect(chat.result().intake?.events.some(({ type }) => type === 'AnswerGiven') ?? false).toBe(false);
      }),
      runs(100),
    );
  });

  test('news that comes twice is told once', () => {
    fc.assert(
      fc.property(acts, fc.constantFrom('intake-filed' as const, 'intake-delayed' as const), (all, news) => {
        const chat = left(all);
        for (let turns = 0; turns < 40 && !isOver(chat); turns += 1) answer(chat);
        chat.hears(news);
        const { asked, owner } = chat.state();
        chat.hears(news).isSilent();
        expect(chat.state()).toMatchObject({ asked, owner });
      }),
      runs(40),
    );
  });
});

/** The form is sent, a person has it, or the patient wants no more messages. */
const isOver = (chat: Dialogue) =>
  chat.state().owner === 'staff' ||
  ['withdrawn', 'declined'].includes(chat.consent().status) ||
  !['none', 'asking', 'reviewing', 'discarded'].includes(chat.intake().status);

const answers: Readonly<Record<string, string>> = {
  name: 'Maria da Silva',
  reason: 'knee pain',
  remarks: 'none',
};

/** Ways back, and out, that somebody who wants to get on does not take. */
const isAway = ({ id }: Choice) => /^c:|:(change|no|stop)$/.test(id);

/** What a patient who wants to get on does: the first way forward that is offered, or an answer. */
function answer(chat: Dialogue): void {
  const { asked } = chat.state();
  const choice = chat.choices().find((each) => !isAway(each));
  if (asked.what === 'step' && 'linkId' in asked && answers[asked.linkId] !== undefined)
    chat.writes(answers[asked.linkId] ?? '');
  else if (choice !== undefined) chat.tapsId(choice.id, choice.title);
  else chat.writes('1');
}
