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
const receivedAt = '2026-11-18T11:07:00.000Z';

function parsed(body: string | Uint8Array, query = ''): ChannelEvent[] | 'SyntaxError' {
  try {
    return parse({ body: Buffer.from(body), query, receivedAt });
  } catch (error) {
    if (error instanceof SyntaxError) return 'SyntaxError';
    throw error;
  }
}

/** What every reader of events relies on, whatever arrived. */
function expectSound(events: ChannelEvent[] | 'SyntaxError'): void {
  expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  if (events === 'SyntaxError') return;
  expect(events).toHaveLength(1);
  expect(JSON.stringify(events)).not.toMatch(/\\ud[89a-f]|\\u0000/i);
  for (const event of events) {
    if (event.type === 'notice') {
      expect(event.what).toMatch(/^[A-Za-z][\w.-]*$/);
      expect(event.key).toMatch(/^[0-9a-f]{64}$/);
      continue;
    }
    expect(event.externalId).not.toBe('');
    expect(event.at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    if (event.type !== 'message') continue;
    expect(event.from.userId ?? event.from.phone).toBeTruthy();
    if (event.from.phone !== undefined) expect(event.from.phone).toMatch(/^\d{5,20}$/);
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
  fc.constantFrom(null, true, 0, -1, 1e300, 5511955500001, '', '0', '__proto__', 'constructor', [], {}),
);

describe('parse throws nothing but SyntaxError, and what it returns is sound', () => {
  test('on any bytes and any query', () => {
    fc.assert(fc.property(fc.uint8Array(), anyText, (body, query) => expectSound(parsed(body, query))));
  });

  test('on any JSON, as the body and inside the envelope', () => {
    fc.assert(
      fc.property(anyJson, anyText, (value, query) => {
        const json = JSON.stringify(value);
        const id = '"id":"a1","direction"';
        expectSound(parsed(json, query));
        expectSound(parsed(`{"type":${json},"message":${json}}`, query));
        expectSound(parsed(`{"type":"message.created","contact":${json},"message":{${id}:"received"}}`));
        for (const name of ['content', 'from', 'createdDatetime', 'type', 'error'])
          expectSound(
            parsed(
              `{"type":"message.created","message":{${id}:"received","from":"+5511955500001","${name}":${json}}}`,
            ),
          );
        expectSound(
          parsed(`{"type":"message.updated","message":{${id}:"sent","status":"failed","error":${json}}}`),
        );
      }),
    );
  });

  test('on payloads with something replaced', () => {
    expect(payloads.length).toBeGreaterThan(90);
    fc.assert(
      fc.property(
        fc.constantFrom(...payloads),
        fc.array(fc.nat(20), { maxLength: 8 }),
        anyJson,
        (payload, picks, by) => expectSound(parsed(JSON.stringify(replaced(payload, picks, by)))),
      ),
      { numRuns: 3000 },
    );
  });

  test.each([
    ['an event nobody knows', (deep: string) => `{"type":"x","value":${deep}}`],
    ['a message', (deep: string) => `{"type":"message.created","message":{"content":${deep}}}`],
    ['a contact', (deep: string) => `{"type":"message.created","message":{},"contact":${deep}}`],
    ['the envelope of Object.prototype', (deep: string) => `{"type":"x","__proto__":{"polluted":${deep}}}`],
  ])('on JSON that nests a hundred thousand levels deep in %s', (_, body) => {
    expectSound(parsed(body('['.repeat(100_000) + ']'.repeat(100_000))));
  });
});

test('an error never repeats what stood in the body', () => {
  for (const body of ['Ana Example +12025550143', '{"x":"Ana Example"', '{"x":"Ana Example"}']) {
    expect(() => parse({ body: Buffer.from(body), query: '', receivedAt })).toThrow(/^expected [a-zA-Z ]+$/);
  }
});

test('a number of any length is kept to the last digit, or is no number at all', () => {
  const digits = fc.bigInt({ min: 1n, max: 10n ** 24n }).map(String);
  fc.assert(
    fc.property(digits, (msisdn) => {
      const events = parsed(
        `{"type":"message.created","contact":{"msisdn":${msisdn}},"message":{"id":"a1","direction":"received"}}`,
      );
      const event = events === 'SyntaxError' ? undefined : events[0];
      if (event?.type === 'message') expect(event.from.phone).toBe(msisdn);
      else expect(msisdn.length < 5 || Number(msisdn) > Number.MAX_SAFE_INTEGER).toBe(true);
    }),
  );
});

test('nothing that we sent ever reads as said by a patient', () => {
  const directions = fc.oneof(
    fc.constantFrom('sent', 'Received', 'RECEIVED', ' received', null, ''),
    anyJson,
  );
  fc.assert(
    fc.property(fc.constantFrom(...payloads), directions, (payload, direction) => {
      fc.pre(direction !== 'received');
      const { message } = payload as { message?: object }; // our own file
      const events = parsed(JSON.stringify({ type: 'message.created', message: { ...message, direction } }));
      expect(events === 'SyntaxError' || events.every((event) => event.type !== 'message')).toBe(true);
    }),
  );
});
