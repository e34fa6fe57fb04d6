import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyJson, anyText, expectSound, readOrRefused, spoiled } from '../../../test/channels/hostile.ts';
import { parse } from './parse.ts';

type Fixture = { given: { body?: unknown } };

const receivedAt = '2026-11-18T11:07:00.000Z';
const fixtures = JSON.parse(
  readFileSync(new URL('./testdata/parse.json', import.meta.url), 'utf8'),
) as Fixture[]; // our own file
const payloads = fixtures.flatMap(({ given }) => (given.body === undefined ? [] : [given.body]));

function parsed(body: Uint8Array | string) {
  return readOrRefused(() => parse({ body: Buffer.from(body), receivedAt }));
}

/** One delivery is one event. */
function expectOne(events: ReturnType<typeof parsed>): void {
  expectSound(events);
  if (events !== 'SyntaxError') expect(events).toHaveLength(1);
}

test('any bytes and any JSON: nothing is thrown but SyntaxError, and what is returned is sound', () => {
  fc.assert(fc.property(fc.uint8Array(), (body) => expectOne(parsed(body))));
  fc.assert(
    fc.property(anyJson, anyText, (value, type) => {
      const json = JSON.stringify(value);
      expectOne(parsed(json));
      const message = `"message_uuid":"u","from":"12025550143","message_type":${JSON.stringify(type)}`;
      expectOne(parsed(`{${message},"${type.length}":${json}}`));
      expectOne(parsed(`{"message_type":${json},"message_uuid":${json},"from":${json}}`));
      expectOne(parsed(`{"status":${json},"message_uuid":"u","error":${json},"to":${json}}`));
    }),
  );
});

test('real payloads with something replaced are read soundly', () => {
  expect(payloads.length).toBeGreaterThan(50);
  fc.assert(
    fc.property(spoiled(payloads), (json) => expectOne(parsed(json))),
    { numRuns: 3000 },
  );
});

test.each(['text', 'image', 'contact', 'reply', 'button', 'reaction', 'system', 'x'])(
  'JSON that nests a hundred thousand levels deep in a message of %s is read',
  (type) => {
    const deep = '['.repeat(100_000) + ']'.repeat(100_000);
    const message = `"message_uuid":"u","from":"12025550143","message_type":"${type}"`;
    expectOne(parsed(`{${message},"${type}":${deep}}`));
    expectOne(parsed(`{${message},"button":{"subtype":"flow","payload":${deep}}}`));
    expectOne(parsed(`{"x":${deep}}`));
  },
);

test('a key that every object has changes no object', () => {
  const evil = '{"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
  for (const key of ['profile', 'whatsapp', 'context', 'button', 'reply', 'contact', '__proto__']) {
    expectOne(parsed(`{"message_uuid":"u","from":"12025550143","message_type":"button","${key}":${evil}}`));
    expectOne(parsed(`{"message_uuid":"u","status":"rejected","${key}":${evil},"error":${evil}}`));
  }
});

test('a huge body is read in bounded time', () => {
  const text = 'a'.repeat(3_000_000);
  const events = parsed(
    JSON.stringify({ message_uuid: 'u', from: '12025550143', message_type: 'text', text }),
  );
  expect(events).toHaveLength(1);
  expectOne(parsed(JSON.stringify({ message_uuid: 'u', from: text, message_type: 'text', text: 'hi' })));
  expectOne(parsed(JSON.stringify({ message_uuid: 'u', status: 'rejected', error: { type: text } })));
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
