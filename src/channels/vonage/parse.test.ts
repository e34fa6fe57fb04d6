import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ChannelEvent } from '../channel.ts';
import { parse } from './parse.ts';

type Fixture = { given: { body?: unknown } };

const receivedAt = '2026-11-18T11:07:00.000Z';
const fixtures = JSON.parse(
  readFileSync(new URL('./testdata/parse.json', import.meta.url), 'utf8'),
) as Fixture[]; // our own file
const payloads = fixtures.flatMap(({ given }) => (given.body === undefined ? [] : [given.body]));

function parsed(body: Uint8Array | string): ChannelEvent[] | 'SyntaxError' {
  try {
    return parse({ body: Buffer.from(body), receivedAt });
  } catch (error) {
    if (error instanceof SyntaxError) return 'SyntaxError';
    throw error;
  }
}

/** What every reader of events relies on, whatever arrived. */
function expectSound(events: ChannelEvent[] | 'SyntaxError'): void {
  expect(Object.prototype).not.toHaveProperty('polluted');
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
    const person = event.type === 'message' ? event.from : event.type === 'status' ? event.recipient : {};
    expect(person.phone ?? '0').toMatch(/^\d+$/);
    expect(person.userId ?? 'x').toMatch(/^[A-Za-z0-9._-]+$/);
    if (event.type === 'message') expect(event.from.userId ?? event.from.phone).toBeTruthy();
    if (event.type === 'status') expect(event.code ?? 'X').toMatch(/^[A-Z][A-Z0-9_]*$/);
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

test('any bytes and any JSON: nothing is thrown but SyntaxError, and what is returned is sound', () => {
  fc.assert(fc.property(fc.uint8Array(), (body) => expectSound(parsed(body))));
  fc.assert(
    fc.property(anyJson, anyText, (value, type) => {
      const json = JSON.stringify(value);
      expectSound(parsed(json));
      const message = `"message_uuid":"u","from":"12025550143","message_type":${JSON.stringify(type)}`;
      expectSound(parsed(`{${message},"${type.length}":${json}}`));
      expectSound(parsed(`{"message_type":${json},"message_uuid":${json},"from":${json}}`));
      expectSound(parsed(`{"status":${json},"message_uuid":"u","error":${json},"to":${json}}`));
    }),
  );
});

test('real payloads with something replaced are read soundly', () => {
  expect(payloads.length).toBeGreaterThan(50);
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

test.each(['text', 'image', 'contact', 'reply', 'button', 'reaction', 'system', 'x'])(
  'JSON that nests a hundred thousand levels deep in a message of %s is read',
  (type) => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const message = `"message_uuid":"u","from":"12025550143","message_type":"${type}"`;
    expectSound(parsed(`{${message},"${type}":${deep}}`));
    expectSound(parsed(`{${message},"button":{"subtype":"flow","payload":${deep}}}`));
    expectSound(parsed(`{"x":${deep}}`));
  },
);

test('a key that every object has changes no object', () => {
  const evil = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
  for (const key of ['profile', 'whatsapp', 'context', 'button', 'reply', 'contact', '__proto__']) {
    expectSound(parsed(`{"message_uuid":"u","from":"12025550143","message_type":"button","${key}":${evil}}`));
    expectSound(parsed(`{"message_uuid":"u","status":"rejected","${key}":${evil},"error":${evil}}`));
  }
});

test('a huge body is read in bounded time', () => {
  const text = 'a'.repeat(3_000_000);
  const events = parsed(
    JSON.stringify({ message_uuid: 'u', from: '12025550143', message_type: 'text', text }),
  );
  expect(events).toHaveLength(1);
  expectSound(parsed(JSON.stringify({ message_uuid: 'u', from: text, message_type: 'text', text: 'hi' })));
  expectSound(parsed(JSON.stringify({ message_uuid: 'u', status: 'rejected', error: { type: text } })));
});

test('an error never repeats what stood in the body', () => {
  for (const body of ['Ana Example +12025550143', '{"text":"Ana Example"', '["Ana Example"]']) {
    expect(() => parse({ body: Buffer.from(body), receivedAt })).toThrow(/^expected [a-zA-Z ]+$/);
  }
});

test('a repeat of an unreadable thing has the same key, whatever the order of its fields', () => {
  const first = parsed('{"kind":"x","a":[1,2]}');
  expect(parsed('{"a":[1,2],"kind":"x"}')).toEqual(first);
  expect(parsed('{"a":[2,1],"kind":"x"}')).not.toEqual(first);
});
