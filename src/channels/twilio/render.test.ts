import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OutboundContent } from '../channel.ts';
import { record } from '../meta/json.ts';
import type { QuestionContent, TwilioAccount } from './account.ts';
import { capabilities } from './capabilities.ts';
import { parse } from './parse.ts';
import { render } from './render.ts';

const fixture = JSON.parse(
  readFileSync(new URL('./testdata/account.json', import.meta.url), 'utf8'),
) as TwilioAccount; // our own file

/** A content for every shape that Twilio offers. */
const questions: readonly QuestionContent[] = [
  ...Array.from({ length: 4 }, (_, i) => ({
    shape: 'buttons' as const,
    choices: i + 1,
    contentSid: `HXb${i + 1}`,
  })),
  ...Array.from({ length: 12 }, (_, i) => ({
    shape: 'list' as const,
    choices: i + 1,
    contentSid: `HXl${i + 1}`,
  })),
  ...Array.from({ length: 12 }, (_, i) => ({
    shape: 'list' as const,
    choices: i + 1,
    descriptions: true,
    contentSid: `HXd${i + 1}`,
  })),
];
const account: TwilioAccount = { ...fixture, questions };
const phone = '12025550143';

function sent(content: OutboundContent, to = { phone }, config = account) {
  const result = render({ id: 'm-0001', to, content }, config);
  if ('refused' in result) return result;
  return Object.fromEntries(new URLSearchParams(result.body));
}

function choices(count: number, titleChars: number, descriptionChars = 0): OutboundContent {
  return {
    kind: 'choices',
    text: 'Which one?',
    listLabel: 'Choose',
    choices: Array.from({ length: count }, (_, index) => ({
      id: `c${index}`,
      title: String(index).padEnd(titleChars, 'x'),
      ...(descriptionChars > 0 && { description: 'd'.repeat(descriptionChars) }),
    })),
  };
}

describe('what the capabilities offer renders, and what they do not falls back or is refused', () => {
  const { buttons, list, textChars } = capabilities;
  if (buttons === 'numbered' || list === 'numbered') throw new Error('expected buttons and lists');

  test('texts', () => {
    expect(sent({ kind: 'text', text: 'a'.repeat(textChars) })).toHaveProperty('Body');
    expect(sent({ kind: 'text', text: 'a'.repeat(textChars + 1) })).toMatchObject({
      refused: 'TOO_LONG',
      limit: textChars,
    });
  });

  test('buttons', () => {
    const { max, titleChars } = buttons;
    expect(sent(choices(max, titleChars))).toMatchObject({ ContentSid: `HXb${max}` });
    expect(sent(choices(max + 1, titleChars))).toMatchObject({ ContentSid: `HXl${max + 1}` });
    expect(sent(choices(max, titleChars + 1))).toMatchObject({ ContentSid: `HXl${max}` });
  });

  test('lists', () => {
    const { rows, titleChars, descriptionChars } = list;
    expect(sent(choices(rows, titleChars, descriptionChars))).toMatchObject({ ContentSid: `HXd${rows}` });
    expect(sent(choices(rows, titleChars))).toMatchObject({ ContentSid: `HXl${rows}` });
    for (const tooMuch of [
      choices(rows + 1, titleChars),
      choices(rows, titleChars + 1),
      choices(rows, titleChars, descriptionChars + 1),
    ])
      expect(sent(tooMuch)).toMatchObject({ Body: expect.stringMatching(/^Which one\?\n\n1\. 0/) });
  });

  test('templates, by the id of their content alone', () => {
    expect(capabilities.templates).toBe('content-sid');
    const said = {
      kind: 'template' as const,
      language: 'pt_BR',
      variables: [],
      payloads: [],
      text: 'Olá',
      labels: [],
    };
    expect(sent({ ...said, name: 'visit_followup' })).toMatchObject({
      ContentSid: expect.stringMatching(/^HX/),
    });
    expect(sent({ ...said, name: 'elsewhere' })).toMatchObject({ refused: 'NOT_OFFERED' });
  });

  test('typing, where the account allows it; reading, never by itself', () => {
    const read = (typing: boolean) => ({ kind: 'read' as const, externalId: 'SM1', typing });
    const allowing = { ...account, typing: true };
    expect([capabilities.typing, capabilities.readReceipts]).toEqual([true, false]);
    expect(sent(read(true), { phone }, allowing)).toEqual({ messageId: 'SM1', channel: 'whatsapp' });
    expect(sent(read(false), { phone }, allowing)).toMatchObject({ refused: 'NOT_OFFERED' });
    expect(sent(read(true))).toMatchObject({ refused: 'NOT_OFFERED' });
  });

  test('user ids, out and in', () => {
    expect([capabilities.bsuidIn, capabilities.bsuidOut]).toEqual([true, true]);
    const result = render(
      { id: 'm', to: { userId: 'US.1234' }, content: { kind: 'text', text: 'x' } },
      account,
    );
    expect(new URLSearchParams('body' in result ? result.body : '').get('To')).toBe('whatsapp:US.1234');
    const body = Buffer.from('MessageSid=SM1&From=whatsapp%3AUS.1234&Body=x');
    expect(parse({ body, query: '', receivedAt: '' })).toMatchObject([{ from: { userId: 'US.1234' } }]);
  });

  test('our id comes back in the query of a status', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom(...'abc019-_:.&=%/'), minLength: 1, maxLength: 60 }),
        (ourId) => {
          const result = render({ id: ourId, to: { phone }, content: { kind: 'text', text: 'x' } }, account);
          const callback =
            new URLSearchParams('body' in result ? result.body : '').get('StatusCallback') ?? '';
          const body = Buffer.from('MessageSid=SM1&MessageStatus=sent');
          const query = new URL(callback).search.slice(1);
          expect(parse({ body, query, receivedAt: '' })).toMatchObject([{ type: 'status', ourId }]);
        },
      ),
    );
  });
});

function textAround(...limits: readonly number[]) {
  const length = fc.oneof(
    ...limits.map((limit) => fc.integer({ min: Math.max(limit - 2, 0), max: limit + 2 })),
  );
  const unit = fc.constantFrom('a', ' ', '\n', '👋', 'ß', '\ud83d', 'م');
  return fc.oneof(
    fc.tuple(length, unit).map(([count, one]) => one.repeat(count)),
    fc.string({ unit: 'grapheme', maxLength: 30 }),
  );
}

const content: fc.Arbitrary<OutboundContent> = fc.oneof(
  fc.record({ kind: fc.constant('text' as const), text: textAround(1, 1600) }),
  fc.record({
    kind: fc.constant('choices' as const),
    text: textAround(5, 1024, 1600),
    choices: fc.array(
      fc.record({
        id: fc.oneof(textAround(3, 200), fc.uuid()),
        title: textAround(3, 20, 24),
        description: textAround(0, 72),
      }),
      { maxLength: 13 },
    ),
    listLabel: textAround(5, 20),
  }),
  fc.record({
    kind: fc.constant('template' as const),
    name: fc.constantFrom('visit_reminder', 'visit_followup', ''),
    language: fc.constantFrom('pt_BR', 'es', ''),
    variables: fc.oneof(fc.constant(['Maria']), fc.array(textAround(1, 30, 1600), { maxLength: 4 })),
    payloads: fc.oneof(
      fc.array(textAround(5, 128), { maxLength: 3 }),
      fc.constant(['a', 'a']),
      fc.constant([]),
    ),
    text: fc.oneof(fc.constant('Olá'), textAround(5, 1024)),
    labels: fc.constant([]),
  }),
  fc.record({ kind: fc.constant('read' as const), externalId: fc.string(), typing: fc.boolean() }),
);

/** Twilio's limits, written down a second time on purpose: the codec's own constants must not judge themselves. */
function expectWithinLimits(params: Readonly<Record<string, string>>): void {
  if (params.messageId !== undefined) return;
  expect(params.To).toMatch(/^whatsapp:(\+\d{5,20}|US\.\d+)$/);
  expect([params.Body, params.ContentSid].filter((each) => each !== undefined)).toHaveLength(1);
  expect(JSON.stringify(params)).not.toMatch(/\\ud[89ab]/i);
  if (params.Body !== undefined) {
    expect(params.Body.length).toBeLessThanOrEqual(1600);
    expect(params.Body.trim()).not.toBe('');
    return;
  }
  const variables = Object.entries(record(JSON.parse(params.ContentVariables ?? '{}')));
  expect(variables.map(([name]) => name)).toEqual(variables.map((_, index) => String(index + 1)));
  expect(variables.length).toBeLessThanOrEqual(100);
  for (const [, value] of variables) {
    expect(typeof value === 'string' && value !== '').toBe(true);
    expect(String(value).length).toBeLessThanOrEqual(1600);
  }
}

test('whatever is said stays within the limits, or is refused with a reason', () => {
  const seen = new Set<string>();
  const to = fc.constantFrom(
    { phone },
    { phone: '+12025550143' },
    { userId: 'US.1234' },
    { phone: 'US.1234' },
    {},
    { phone: '1 2' },
  );
  fc.assert(
    fc.property(content, to, fc.boolean(), (said, user, typing) => {
      const result = render({ id: 'm-0001', to: user, content: said }, { ...account, typing });
      if ('refused' in result) {
        seen.add(result.refused);
        expect(result.field).toMatch(
          /^(text|to|kind|externalId|choices(\.\d+\.(id|title))?|name|language|(variables|payloads)(\.\d+)?)$/,
        );
        if (result.refused === 'TOO_LONG') expect(result.actual).toBeGreaterThan(result.limit ?? Number.NaN);
        return;
      }
      const params = Object.fromEntries(new URLSearchParams(result.body));
      seen.add(
        params.ContentSid?.slice(0, 3) ??
          Object.keys(params).find((name) => /^(Body|messageId)$/.test(name)) ??
          '',
      );
      expectWithinLimits(params);
    }),
    { numRuns: 3000, seed: 7 },
  );
  // The property would hold for a codec that refuses everything.
  for (const each of [
    'Body',
    'HXb',
    'HXl',
    'HXd',
    'HX0',
    'messageId',
    'EMPTY',
    'TOO_LONG',
    'NO_RECIPIENT',
    'NOT_OFFERED',
    'DUPLICATE_ID',
  ])
    expect([...seen]).toContain(each);
});
