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
import { render } from './render.ts';

const account = {
  channelId: '5a0cbe1f3d2e4f7a9b8c7d6e5f403122',
  baseUrl: 'https://conversations.messagebird.com',
  accessKey: 'fixture-access-key',
  templateNamespace: '0f1e2d3c_4b5a_6978_8796_a5b4c3d2e1f0',
  reportUrl: 'https://intake.example/webhooks/messagebird/front-desk',
};

const choice = fc.record({
  id: fc.oneof(textAround(3, 200, 256), fc.uuid()),
  title: textAround(3, 20, 24),
  description: textAround(0, 72),
});

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
    name: fc.oneof(fc.constant('visit_reminder'), textAround(1, 512)),
    language: fc.constantFrom('pt_BR', 'es', ''),
    variables: fc.oneof(fc.constant(['Maria', '10:30']), fc.array(textAround(1, 30), { maxLength: 4 })),
    payloads: fc.oneof(
      fc.array(textAround(5, 128), { maxLength: 3 }),
      fc.uniqueArray(fc.uuid(), { minLength: 8, maxLength: 12 }),
      fc.constant(['r:move:a:1', 'r:move:a:1']),
    ),
    text: fc.oneof(fc.constant('Hello Maria'), textAround(5, 1024)),
    labels: fc.constant([]),
  }),
  readMark,
);

/** The limits, written down a second time on purpose: the codec's own constants must not judge themselves. */
function expectWithinLimits(body: Json): void {
  expect(body.to).toBe('+12025550143');
  expect(body.from).toBe(account.channelId);
  expect(record(body.source).ref).toBe('m-0001');
  const said = record(body.content);
  const interactive = record(said.interactive);
  if (body.type === 'hsm') expectTemplate(record(said.hsm));
  else if (body.type === 'text') expectLength(said.text, 1, 4096);
  else if (interactive.type === 'button') expectButtons(interactive);
  else expectList(interactive);
}

function expectButtons(interactive: Json): void {
  expectLength(record(interactive.body).text, 1, 1024);
  const shown = list(record(interactive.action).buttons).map(record);
  expectCount(shown, 3);
  for (const button of shown) {
    expectLength(button.id, 1, 256);
    expectLength(button.title, 1, 20);
  }
}

function expectList(interactive: Json): void {
  expect(interactive.type).toBe('list');
  expectLength(record(interactive.body).text, 1, 4096);
  const action = record(interactive.action);
  expectLength(action.button, 1, 20);
  const rows = list(record(list(action.sections)[0]).rows).map(record);
  expectCount(rows, 10);
  for (const row of rows) {
    expectLength(row.id, 1, 200);
    expectLength(row.title, 1, 24);
    if (row.description !== undefined) expectLength(row.description, 1, 72);
  }
}

function expectTemplate(hsm: Json): void {
  expectLength(hsm.templateName, 1, 512);
  expect([hsm.params, hsm.components].filter((each) => each !== undefined)).toHaveLength(1);
  const texts = [
    ...list(hsm.params).map((each) => record(each).default),
    ...list(hsm.components).flatMap((each) =>
      list(record(each).parameters).map((one) => record(one).text ?? record(one).payload),
    ),
  ];
  for (const each of texts) {
    expectLength(each, 1, 1024);
    expect(each).not.toMatch(/\ud83d(?![\udc00-\udfff])/);
  }
}

function expectCount(items: readonly Json[], max: number): void {
  expect(items.length).toBeGreaterThan(0);
  expect(items.length).toBeLessThanOrEqual(max);
  expect(new Set(items.map((item) => item.id)).size).toBe(items.length);
  expect(new Set(items.map((item) => item.title)).size).toBe(items.length);
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
      const body: unknown = JSON.parse(result.body ?? '');
      if (!isRecord(body)) throw new Error('expected an object');
      seen.add(record(record(body.content).interactive).type ?? body.type);
      expectWithinLimits(body);
    }),
    { numRuns: 3000, seed: 7 },
  );
  // The property would hold for a codec that refuses everything.
  expect([...seen].map(String).toSorted()).toEqual(
    [
      ...['DUPLICATE_ID', 'EMPTY', 'NOT_OFFERED', 'NO_RECIPIENT', 'TOO_LONG', 'TOO_MANY'],
      ...['button', 'list', 'hsm', 'text'],
    ].toSorted(),
  );
});

test('every choice reaches the patient: by its own title, in the order given', () => {
  const titles = fc.uniqueArray(
    fc.string({ unit: fc.constantFrom(...'abc xyz'), minLength: 1, maxLength: 40 }),
    { minLength: 1, maxLength: 20, selector: (title) => title.replaceAll(/\s+/g, ' ').trim() },
  );
  fc.assert(
    fc.property(titles, (all) => {
      fc.pre(all.every((title) => title.trim() !== ''));
      const choices = all.map((title, index) => ({ id: `c${index}`, title }));
      const asked = { kind: 'choices' as const, text: 'Which one?', choices, listLabel: 'Choose' };
      const result = render({ id: 'm', to: { phone: '12025550143' }, content: asked }, account);
      if ('refused' in result) throw new Error('expected a request');
      const shown = result.body ?? '';
      const places = all
        .map((title) => title.replaceAll(/\s+/g, ' ').trim())
        .map((title, index) =>
          Math.max(shown.indexOf(`"title":"${all[index]}"`), shown.indexOf(`\\n${index + 1}. ${title}`)),
        );
      expect(places).toEqual(places.toSorted((a, b) => a - b));
      expect(places[0]).toBeGreaterThan(-1);
    }),
  );
});

test('a user id never becomes a phone number', () => {
  const userId = fc.stringMatching(/^[A-Z]{2}\.[0-9]{5,20}$/);
  fc.assert(
    fc.property(userId, fc.boolean(), (id, isMisplaced) => {
      const user = isMisplaced ? { phone: id } : { userId: id };
      const said = { kind: 'text' as const, text: 'Hello' };
      expect(render({ id: 'm', to: user, content: said }, account)).toEqual({
        refused: 'NO_RECIPIENT',
        field: 'to',
      });
    }),
  );
});

test('our id comes back whole from the report URL', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1, maxLength: 50 }), (id) => {
      const said = { kind: 'text' as const, text: 'Hello' };
      const result = render({ id, to: { phone: '12025550143' }, content: said }, account);
      if ('refused' in result) throw new Error('expected a request');
      const { reportUrl } = JSON.parse(result.body ?? '');
      const [address, query] = String(reportUrl).split('?');
      expect(address).toBe(account.reportUrl);
      expect(new URLSearchParams(query).get('ref')).toBe(id.toWellFormed());
    }),
  );
});
