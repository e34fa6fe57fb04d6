import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyJson, expectSound, readOrRefused, spoiled } from '../../../test/channels/hostile.ts';
import { parse } from './parse.ts';

type Fixture = { given: { body?: unknown } };

const fixtures = JSON.parse(
  readFileSync(new URL('./testdata/parse.json', import.meta.url), 'utf8'),
) as Fixture[]; // our own file
const payloads = fixtures.flatMap(({ given }) => (given.body === undefined ? [] : [given.body]));

function parsed(json: string) {
  return readOrRefused(() => parse({ body: Buffer.from(json) }));
}

function envelope(change: string): string {
  return `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[${change}]}]}`;
}

describe('parse throws nothing but SyntaxError, and what it returns is sound', () => {
  test('on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (body) => expectSound(parsed(Buffer.from(body).toString('latin1')))),
    );
  });

  test('on any JSON, as the body and inside the envelope', () => {
    fc.assert(
      fc.property(anyJson, fc.constantFrom('messages', 'statuses', 'errors', 'contacts'), (value, key) => {
        const json = JSON.stringify(value);
        expectSound(parsed(json));
        expectSound(parsed(`{"object":"whatsapp_business_account","entry":${json}}`));
        expectSound(parsed(envelope(json)));
        expectSound(parsed(envelope(`{"field":"messages","value":${json}}`)));
        expectSound(parsed(envelope(`{"field":"messages","value":{"${key}":${json}}}`)));
        expectSound(parsed(envelope(`{"field":${json},"value":${json}}`)));
      }),
    );
  });

  test('on real payloads with something replaced', () => {
    expect(payloads.length).toBeGreaterThan(50);
    fc.assert(
      fc.property(spoiled(payloads), (json) => expectSound(parsed(json))),
      { numRuns: 3000 },
    );
  });

  test.each([
    ['a field nobody knows', (deep: string) => `{"field":"x","value":${deep}}`],
    ['a message', (deep: string) => `{"field":"messages","value":{"messages":[${deep}]}}`],
    [
      'the answers of a Flow',
      (deep: string) =>
        `{"field":"messages","value":{"messages":[{"id":"w","from":"12025550143","timestamp":"1795000000","type":"interactive",
          "interactive":{"type":"nfm_reply","nfm_reply":{"response_json":${deep}}}}]}}`,
    ],
  ])('on JSON that nests a hundred thousand levels deep in %s', (_, change) => {
    const events = parsed(envelope(change('['.repeat(100_000) + ']'.repeat(100_000))));
    expectSound(events);
    expect(events).toHaveLength(1);
  });
});

test('an error never repeats what stood in the body', () => {
  for (const body of ['Ana Example +12025550143', '{"object":"Ana Example"', '{"object":"Ana Example"}']) {
    expect(() => parse({ body: Buffer.from(body) })).toThrow(/^expected [a-zA-Z_ ]+$/);
  }
});

test('of a full batch, every update becomes an event, in order', () => {
  const messages = Array.from({ length: 1000 }, (_, index) => ({
    from: '12025550143',
    id: `wamid.batch-${index}`,
    timestamp: '1795000000',
    type: 'text',
    text: { body: String(index) },
  }));
  const events = parsed(envelope(`{"field":"messages","value":${JSON.stringify({ messages })}}`));
  if (events === 'SyntaxError') throw new Error('expected events');
  expect(events.map((event) => (event.type === 'message' ? event.externalId : event.type))).toEqual(
    messages.map((message) => message.id),
  );
});

test('the order of keys does not change the key of a notice, the order of a list does', () => {
  const keyOf = (json: string) => parsed(envelope(json)).at(0);
  const first = keyOf('{"field":"x","value":{"a":[1,2],"b":{"c":null,"d":"e"}}}');
  expect(keyOf('{"value":{"b":{"d":"e","c":null},"a":[1,2]},"field":"x"}')).toEqual(first);
  expect(keyOf('{"field":"x","value":{"a":[2,1],"b":{"c":null,"d":"e"}}}')).not.toEqual(first);
  expect(keyOf('{"field":"x","value":{"a":[12],"b":{"c":null,"d":"e"}}}')).not.toEqual(first);
});
