import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChannelEvent } from '../channel.ts';
import { parse } from './parse.ts';

type Fixture = { given: { body?: unknown } };

const fixtures = JSON.parse(
  readFileSync(new URL('./testdata/parse.json', import.meta.url), 'utf8'),
) as Fixture[]; // our own file
const payloads = fixtures.flatMap(({ given }) => (given.body === undefined ? [] : [given.body]));

function parsed(json: string): ChannelEvent[] | 'SyntaxError' {
  try {
    return parse({ body: Buffer.from(json) });
  } catch (error) {
    if (error instanceof SyntaxError) return 'SyntaxError';
    throw error;
  }
}

function envelope(change: string): string {
  return `{"object":"whatsapp_business_account","entry":[{"id":"1","changes":[${change}]}]}`;
}

/** What every reader of events relies on, whatever arrived. */
function expectSound(events: ChannelEvent[] | 'SyntaxError'): void {
  if (events === 'SyntaxError') return;
  expect(JSON.stringify(events)).not.toMatch(/\\ud[89a-f]|\\u0000/i);
  for (const event of events) {
    if (event.type === 'notice') {
      expect(event.what).toMatch(/^[A-Za-z][\w.-]*$/);
      expect(event.key).toMatch(/^[0-9a-f]{64}$/);
      continue;
    }
    expect(event.externalId).not.toBe('');
    expect(event.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    if (event.type === 'message') expect(event.from.userId ?? event.from.phone).toBeTruthy();
  }
}

/** A copy of the value in which one node, found by walking down with the picks, is another. */
function replaced(value: unknown, picks: readonly number[], by: unknown): unknown {
  const [pick, ...rest] = picks;
  if (pick === undefined || typeof value !== 'object' || value === null) return by;
  const keys = Object.keys(value);
  const key = keys[pick % Math.max(keys.length, 1)];
  if (key === undefined) return by;
  const fields = Object.entries(value).map(([name, item]): [string, unknown] => [
    name,
    name === key ? replaced(item, rest, by) : item,
  ]);
  return Array.isArray(value) ? fields.map(([, item]) => item) : Object.fromEntries(fields);
}

const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.constant('\ud800'),
);
const anyJson = fc.oneof(
  fc.jsonValue(),
  anyText,
  fc.constantFrom(null, true, 0, -1, 1e300, '', '0', '__proto__', 'constructor', [], {}),
);

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
      fc.property(
        fc.constantFrom(...payloads),
        fc.array(fc.nat(20), { maxLength: 12 }),
        anyJson,
        (payload, picks, by) => expectSound(parsed(JSON.stringify(replaced(payload, picks, by)))),
      ),
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
