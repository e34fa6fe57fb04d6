import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  expectLength,
  expectReason,
  readMark,
  recipient,
  saidText,
  textAround,
} from '../../../test/channels/sayings.ts';
import type { OutboundContent } from '../channel.ts';
import { isRecord, type Json, list, record } from '../json.ts';
import type { BirdAccount } from './account.ts';
import { render } from './render.ts';

const account = JSON.parse(
  readFileSync(new URL('./testdata/account.json', import.meta.url), 'utf8'),
) as BirdAccount; // our own file

const choice = fc.record(
  {
    id: fc.oneof(textAround(3, 200, 256), fc.uuid()),
    title: textAround(3, 20, 24),
    description: textAround(0, 5),
  },
  { requiredKeys: ['id', 'title'] },
);

const content: fc.Arbitrary<OutboundContent> = fc.oneof(
  saidText(1, 4096),
  fc.record({
    kind: fc.constant('choices' as const),
    text: textAround(5, 1024, 4000, 4096),
    choices: fc.array(choice, { maxLength: 13 }),
    listLabel: textAround(5, 20),
  }),
  fc.record({
    kind: fc.constant('template' as const),
    name: fc.constantFrom('visit_reminder', 'visit_reminder', 'closed_today', 'other', ''),
    language: fc.constantFrom('pt_BR', 'en_US', 'es', ''),
    variables: fc.oneof(fc.constant(['Maria', '10:30']), fc.array(textAround(1, 30), { maxLength: 4 })),
    payloads: fc.oneof(
      fc.constant(['a', 'b', 'c']),
      fc.array(textAround(5, 128), { maxLength: 3 }),
      fc.uniqueArray(fc.uuid(), { minLength: 8, maxLength: 12 }),
    ),
    text: fc.oneof(fc.constant('Hello Maria'), textAround(5, 1024)),
    labels: fc.constant([]),
  }),
  readMark,
);

/** The limits, written down a second time on purpose: the codec's own constants must not judge themselves. */
function expectWithinLimits(sent: Json): void {
  expect(Object.keys(sent).toSorted()).toEqual(
    ['receiver', 'reference', sent.template === undefined ? 'body' : 'template'].toSorted(),
  );
  expectContact(record(list(record(sent.receiver).contacts)[0]));
  if (sent.template === undefined) expectBody(record(sent.body));
  else expectTemplate(record(sent.template));
}

function expectBody(body: Json): void {
  if (body.type === 'list') {
    expectList(record(body.list));
    return;
  }
  const text = record(body.text);
  const actions = list(text.actions);
  expectLength(text.text, 1, actions.length === 0 ? 4096 : 1024);
  if (text.actions !== undefined) expectActions(actions, 3, 256, 20);
}

function expectContact({ identifierKey, identifierValue }: Json): void {
  if (identifierKey === 'phonenumber') expect(identifierValue).toMatch(/^\+\d+$/);
  else expect([identifierKey, identifierValue]).toEqual(['whatsappbsuid', 'US.48213306590127745521']);
}

function expectList(shown: Json): void {
  expectLength(shown.text, 1, 4096);
  expectLength(shown.title, 1, 20);
  expect(list(shown.items)).toHaveLength(1);
  expectActions(list(record(list(shown.items)[0]).actions), 10, 200, 24);
}

function expectActions(actions: readonly unknown[], max: number, idChars: number, titleChars: number): void {
  expect(actions.length).toBeGreaterThanOrEqual(1);
  expect(actions.length).toBeLessThanOrEqual(max);
  const postbacks = actions.map((action) => record(record(action).postback));
  for (const { text, payload } of postbacks) {
    expectLength(text, 1, titleChars);
    expectLength(payload, 1, idChars);
  }
  expect(new Set(postbacks.map(({ payload }) => payload)).size).toBe(postbacks.length);
  expect(new Set(postbacks.map(({ text }) => text)).size).toBe(postbacks.length);
}

function expectTemplate(template: Json): void {
  for (const field of ['projectId', 'version', 'locale']) expectLength(template[field], 1, 40);
  for (const parameter of list(template.parameters).map(record)) {
    expect(parameter.type).toBe('string');
    expectLength(parameter.key, 1, 40);
    expect(parameter.value).toMatch(/^\S(?:[^\n\r\t]*\S)?$/);
  }
}

test('whatever is said stays within the limits, or is refused with a reason', () => {
  const seen = new Set<unknown>();
  fc.assert(
    fc.property(content, recipient, (said, user) => {
      const result = render({ id: 'm-0001', to: user, content: said }, account);
      if ('refused' in result) {
        seen.add(result.refused);
        expectReason(result);
        return;
      }
      const sent: unknown = JSON.parse(result.body ?? '');
      if (!isRecord(sent)) throw new Error('expected an object');
      const body = record(sent.body);
      seen.add(sent.template ? 'template' : record(body.text).actions ? 'buttons' : body.type);
      expect(sent.reference).toBe('m-0001');
      expectWithinLimits(sent);
    }),
    { numRuns: 3000, seed: 7 },
  );
  // The property would hold for a codec that refuses everything.
  expect([...seen].map(String).toSorted()).toEqual(
    [
      ...['DUPLICATE_ID', 'EMPTY', 'NOT_OFFERED', 'NO_RECIPIENT', 'TOO_LONG', 'TOO_MANY'],
      ...['buttons', 'list', 'template', 'text'],
    ].toSorted(),
  );
});

test('a key of the account stands in its header alone', () => {
  const said = { id: 'm', to: { phone: '12025550143' }, content: { kind: 'text' as const, text: 'Hello' } };
  const request = render(said, account);
  if ('refused' in request) throw new Error('expected a request');
  expect(request.headers.authorization).toBe('AccessKey fixture-access-key');
  expect(request.url + request.body).not.toContain('fixture-');
});

test('every choice reaches the patient: by its own title, in the order given', () => {
  const titles = fc.uniqueArray(
    fc.string({ unit: fc.constantFrom(...'abc xyz'), minLength: 1, maxLength: 40 }),
    { minLength: 1, maxLength: 20, selector: (title) => title.replaceAll(/\s+/g, ' ').trim() },
  );
  fc.assert(
    fc.property(titles, fc.constantFrom('interactive', 'numbered'), (all, choices) => {
      fc.pre(all.every((title) => title.trim() !== ''));
      const asked = {
        kind: 'choices' as const,
        text: 'Which one?',
        choices: all.map((title, index) => ({ id: `c${index}`, title })),
        listLabel: 'Choose',
      };
      const message = { id: 'm', to: { phone: '12025550143' }, content: asked };
      const result = render(message, { ...account, choices: choices as 'interactive' | 'numbered' }); // one of the two
      if ('refused' in result) throw new Error('expected a request');
      const shown = result.body ?? '';
      const places = all
        .map((title) => title.replaceAll(/\s+/g, ' ').trim())
        .map((title, index) =>
          Math.max(
            shown.indexOf(`"postback":{"text":"${all[index]}"`),
            shown.indexOf(`\\n${index + 1}. ${title}`),
          ),
        );
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      expect(places[0]).toBeGreaterThan(-1);
    }),
  );
});
