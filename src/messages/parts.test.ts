import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OutboundContent } from '#channels/channel.ts';
import { partsOf } from './commands.ts';
import { inParts } from './parts.ts';

const text = (words: string): OutboundContent => ({ kind: 'text', text: words });
const said = (contents: readonly OutboundContent[]) =>
  contents.map((each) => ('text' in each ? each.text : ''));

const question: Extract<OutboundContent, { kind: 'choices' }> = {
  kind: 'choices',
  text: 'Which insurance do you have?',
  listLabel: 'Choose',
  choices: [
    { id: 'a', title: 'Public' },
    { id: 'b', title: 'Private', description: 'paid by yourself or your work' },
  ],
};

describe('a text', () => {
  test.each([
    ['that fits is one message', 'as it is', 8, ['as it is']],
    [
      'is parted between paragraphs',
      'One line.\nTwo.\n\nThree words more.',
      20,
      ['One line.\nTwo.', 'Three words more.'],
    ],
    ['else between sentences', 'Come at nine. Bring your card.', 20, ['Come at nine.', 'Bring your card.']],
    ['else between words', 'one two three four', 11, ['one two', 'three four']],
    ['else where it must be', 'abcdefghij', 4, ['abcd', 'efgh', 'ij']],
    ['but not within a sign', '👩‍👩‍👧👩‍👩‍👧', 12, ['👩‍👩‍👧', '👩‍👩‍👧']],
    ['that ends in white space has no empty last message', `${'a'.repeat(10)}   `, 10, ['a'.repeat(10)]],
  ])('%s', (_, words, limit, parts) => {
    expect(said(inParts(text(words), limit))).toEqual(parts);
  });

  test('loses nothing, in order, and no part is too long or empty', () => {
    const words = fc.array(fc.constantFrom('a', 'bb. ', '\n', '\n\n', ' ', 'é', '🦷', '123456789'), {
      minLength: 1,
      maxLength: 80,
    });
    fc.assert(
      fc.property(words, fc.integer({ min: 4, max: 40 }), (pieces, limit) => {
        const whole = `x${pieces.join('')}x`;
        const parts = said(inParts(text(whole), limit));
        expect(parts.every((part) => part.length <= limit && part.trim() !== '')).toBe(true);
        expect(parts.join('').replaceAll(/\s/g, '')).toBe(whole.replaceAll(/\s/g, ''));
        expect(parts.every((part) => part.isWellFormed())).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a question', () => {
  test('whose choices fit below it goes as it is', () => {
    expect(inParts(question, 200)).toEqual([question]);
  });

  test('that is long is said first, and its choices follow', () => {
    const long = { ...question, text: `${'Please read this. '.repeat(8)}Which?` };
    const parts = inParts(long, 160);
    expect(parts.at(-1)).toEqual({ ...long, text: 'Choose' });
    expect(said(parts.slice(0, -1)).join(' ')).toBe(long.text);
  });

  test('with more choices than one message holds names them over several, numbered throughout', () => {
    const choices = Array.from({ length: 12 }, (_, i) => ({ id: String(i), title: `Choice ${i + 1}` }));
    const parts = said(inParts({ ...question, choices }, 60));
    expect(parts.every((part) => part.length <= 60)).toBe(true);
    expect(parts.join('\n').match(/\d+\. Choice \d+/g)).toEqual(
      choices.map((_, i) => `${i + 1}. Choice ${i + 1}`),
    );
  });
});

test('a template, and a read mark, are whole', () => {
  const read: OutboundContent = { kind: 'read', externalId: 'x', typing: false };
  expect(inParts(read, 1)).toEqual([read]);
});

describe('a message of a channel', () => {
  const long = {
    messageId: 'staff-1',
    purpose: 'staff' as const,
    dataClass: 'none' as const,
    content: text('Bring your card. '.repeat(120).trim()),
    answers: 'SM1',
  };

  test('becomes as many as it needs: the first has its id and marks the answered one as read', () => {
    const parts = partsOf(long, 'twilio');
    expect(parts.map(({ messageId, answers }) => [messageId, answers])).toEqual([
      ['staff-1', 'SM1'],
      ['staff-1.2', undefined],
    ]);
    expect(said(parts.map(({ content }) => content)).join(' ')).toBe(said([long.content]).join());
  });

  test('is one where the channel carries it, and where nothing is known of the channel', () => {
    expect(partsOf(long, 'meta')).toEqual([long]);
    expect(partsOf(long, 'of-another-release')).toEqual([long]);
  });
});
