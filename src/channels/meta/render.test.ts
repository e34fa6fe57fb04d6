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
  baseUrl: 'https://graph.facebook.com',
  apiVersion: 'v26.0',
  phoneNumberId: '700100200300401',
  accessToken: 'fixture-access-token',
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

/** Meta's limits, written down a second time on purpose: the codec's own constants must not judge themselves. */
function expectWithinLimits(body: Json): void {
  if (body.status === 'read') {
    expectLength(body.message_id, 1, Number.POSITIVE_INFINITY);
    return;
  }
  expectLength(body.biz_opaque_callback_data, 1, 512);
  expect([body.to, body.recipient].filter((each) => each !== undefined)).toHaveLength(1);
  if (body.to !== undefined) expect(body.to).toMatch(/^\+\d+$/);
  const interactive = record(body.interactive);
  if (body.type === 'template') expectTemplate(record(body.template));
  else if (body.type === 'text') expectLength(record(body.text).body, 1, 4096);
  else if (interactive.type === 'button') expectButtons(interactive);
  else expectList(interactive);
}

function expectButtons(interactive: Json): void {
  expectLength(record(interactive.body).text, 1, 1024);
  const replies = list(record(interactive.action).buttons).map((button) => record(record(button).reply));
  expectCount(replies, 3);
  for (const reply of replies) {
    expectLength(reply.id, 1, 256);
    expectLength(reply.title, 1, 20);
  }
}

function expectList(interactive: Json): void {
  expect(interactive.type).toBe('list');
  expectLength(record(interactive.body).text, 1, 4096);
  const action = record(interactive.action);
  expectLength(action.button, 1, 20);
  expect(list(action.sections)).toHaveLength(1);
  const rows = list(record(list(action.sections)[0]).rows).map(record);
  expectCount(rows, 10);
  for (const row of rows) {
    expectLength(row.id, 1, 200);
    expectLength(row.title, 1, 24);
    if (row.description !== undefined) expectLength(row.description, 1, 72);
  }
}

function expectTemplate(template: Json): void {
  expectLength(template.name, 1, 512);
  expectLength(record(template.language).code, 1, 20);
  const parameters = list(template.components).map((component) => list(record(component).parameters));
  const buttons = list(template.components).filter((component) => record(component).type === 'button');
  expect(buttons.length).toBeLessThanOrEqual(10);
  for (const parameter of parameters.flat().map(record)) {
    if (parameter.type === 'payload') expectLength(parameter.payload, 1, 128);
    else {
      expect(parameter.text).toMatch(/^\S(?:[^\n\r\t]*\S)?$/);
      expect(parameter.text).not.toMatch(/ {5}/);
    }
  }
}

/** Meta refuses an id, and a title, that stands there twice. */
function expectCount(items: readonly Json[], max: number): void {
  expect(items.length).toBeGreaterThanOrEqual(1);
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
      seen.add(record(body.interactive).type ?? body.type ?? body.status);
      expectWithinLimits(body);
    }),
    { numRuns: 3000, seed: 7 },
  );
  // The property would hold for a codec that refuses everything.
  expect([...seen].map(String).toSorted()).toEqual(
    [
      ...['DUPLICATE_ID', 'EMPTY', 'NO_RECIPIENT', 'TOO_LONG', 'TOO_MANY'],
      ...['button', 'list', 'read', 'template', 'text'],
    ].toSorted(),
  );
});

test('every choice reaches the patient: by its own title, in the order given', () => {
  const titles = fc.uniqueArray(
    fc.string({ unit: fc.constantFrom(...'abc xyz'), minLength: 1, maxLength: 40 }),
    {
      minLength: 1,
      maxLength: 20,
      selector: (title) => title.replaceAll(/\s+/g, ' ').trim(),
    },
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
