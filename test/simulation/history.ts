import fc from 'fast-check';
import { stepsTo } from './random.ts';

/** What patients do, at random: sensible answers, and everything else that people send. */

/** A message as the provider writes it, without id, sender and time. */
type Content = Readonly<Record<string, unknown>>;

export type Written = {
  /** Which patient, from 0. */
  readonly patient: number;
  /** The how-manieth of theirs, from 0: the order in which they wrote. */
  readonly place: number;
  /** Between two windows, everything that was written is read and answered. */
  readonly window: number;
  readonly content: Content;
};

const text = (body: string): Content => ({ type: 'text', text: { body } });
const tap = (id: string): Content => ({
  type: 'interactive',
  interactive: { type: 'button_reply', button_reply: { id, title: 'x' } },
});

/** The whole way through the short form. */
const way: readonly Content[] = [
  text('oi'),
  text('Português'),
  tap('q:opt-in:yes'),
  text('Maria da Silva'),
  text('Azul'),
  text('dor no joelho'),
  text('pular'),
  tap('q:summary:send'),
];

const strays: readonly Content[] = [
  ...[
    'oi',
    'hello',
    'hola',
    'sim',
    'não',
    '1',
    '2',
    'voltar',
    'mudar',
    'mudar o nome',
    'ajuda',
    'recomeçar',
  ].map(text),
  ...[
    'STOP',
    'parar',
    'START',
    'pessoa',
    'continuar',
    'English',
    'español',
    'asdf',
    '😀',
    'Ana de Lima',
    '',
  ].map(text),
  text('estou com dor no peito e falta de ar'),
  tap('q:opt-in:no'),
  tap('q:stop-or-form?:form'),
  tap('q:start-over?:yes'),
  tap('a:colour:r'),
  tap('x:y:z'),
  { type: 'image', image: { id: 'm1', mime_type: 'image/jpeg' } },
  { type: 'location', location: { latitude: 1, longitude: 2 } },
  { type: 'reaction', reaction: { message_id: 'wamid.x', emoji: '👍' } },
  { type: 'sticker', sticker: { id: 'm2', mime_type: 'image/webp' } },
  { type: 'something_new', something_new: {} },
];

/** What one patient writes: the way, as far as they go, with strays in between and some steps left out. */
const onePatient: fc.Arbitrary<readonly Content[]> = fc
  .tuple(
    fc.integer({ min: 1, max: way.length }),
    fc.array(fc.tuple(fc.nat(way.length), fc.constantFrom(...strays)), { maxLength: 4 }),
    fc.array(fc.nat(way.length * 4), { maxLength: 2 }),
  )
  .map(([length, added, leftOut]) => {
    const steps = way.slice(0, length).filter((_, i) => !leftOut.includes(i));
    for (const [place, stray] of added) steps.splice(Math.min(place, steps.length), 0, stray);
    return steps.length === 0 ? way.slice(0, 1) : steps;
  });

/** The histories of several patients side by side. */
export const histories = (patients: number, windows: number): fc.Arbitrary<readonly Written[]> =>
  fc.array(fc.tuple(onePatient, fc.nat(1_000_000)), { minLength: patients, maxLength: patients }).map((all) =>
    all.flatMap(([contents, seed], patient) => {
      const cuts = stepsTo(seed, contents.length, windows);
      return contents.map((content, place) => ({ patient, place, window: cuts[place] ?? 0, content }));
    }),
  );
