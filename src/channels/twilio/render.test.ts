import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { expectReason, readMark, saidText, textAround } from '../../../test/channels/sayings.ts';
import type { OutboundContent } from '../channel.ts';
import { record } from '../json.ts';
import type { QuestionContent, TwilioAccount } from './account.ts';
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

test('our id comes back in the query of a status', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'abc019-_:.&=%/'), minLength: 1, maxLength: 60 }),
      (ourId) => {
        const result = render({ id: ourId, to: { phone }, content: { kind: 'text', text: 'x' } }, account);
        const callback = new URLSearchParams('body' in result ? result.body : '').get('StatusCallback') ?? '';
        const body = Buffer.from('MessageSid=SM1&MessageStatus=sent');
        const query = new URL(callback).search.slice(1);
        expect(parse({ body, query, receivedAt: '' })).toMatchObject([{ type: 'status', ourId }]);
      },
    ),
  );
});

const content: fc.Arbitrary<OutboundContent> = fc.oneof(
  saidText(1, 1600),
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
  readMark,
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
        expectReason(result);
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
