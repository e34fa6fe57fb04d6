import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyJson, anyText, expectSound, readOrRefused, spoiled } from '../../../test/channels/hostile.ts';
import { parse } from './parse.ts';

type Fixture = { given: { body?: unknown } };

const fixtures = JSON.parse(
  readFileSync(new URL('./testdata/parse.json', import.meta.url), 'utf8'),
) as Fixture[]; // our own file
const payloads = fixtures.flatMap(({ given }) => (given.body === undefined ? [] : [given.body]));
const receivedAt = '2026-11-18T11:07:00.000Z';

function parsed(body: string | Uint8Array, query = '') {
  return readOrRefused(() => parse({ body: Buffer.from(body), query, receivedAt }));
}

/** One delivery is one event. */
function expectOne(events: ReturnType<typeof parsed>): void {
  expectSound(events);
  if (events !== 'SyntaxError') expect(events).toHaveLength(1);
}

describe('parse throws nothing but SyntaxError, and what it returns is sound', () => {
  test('on any bytes and any query', () => {
    fc.assert(fc.property(fc.uint8Array(), anyText, (body, query) => expectOne(parsed(body, query))));
  });

  test('on any JSON, as the body and inside the envelope', () => {
    fc.assert(
      fc.property(anyJson, anyText, (value, query) => {
        const json = JSON.stringify(value);
        const id = '"id":"a1","direction"';
        expectOne(parsed(json, query));
        expectOne(parsed(`{"type":${json},"message":${json}}`, query));
        expectOne(parsed(`{"type":"message.created","contact":${json},"message":{${id}:"received"}}`));
        for (const name of ['content', 'from', 'createdDatetime', 'type', 'error'])
          expectOne(
            parsed(
              `{"type":"message.created","message":{${id}:"received","from":"+5511955500001","${name}":${json}}}`,
            ),
          );
        expectOne(
          parsed(`{"type":"message.updated","message":{${id}:"sent","status":"failed","error":${json}}}`),
        );
      }),
    );
  });

  test('on payloads with something replaced', () => {
    expect(payloads.length).toBeGreaterThan(90);
    fc.assert(
      fc.property(spoiled(payloads), (json) => expectOne(parsed(json))),
      { numRuns: 3000 },
    );
  });

  test.each([
    ['an event nobody knows', (deep: string) => `{"type":"x","value":${deep}}`],
    ['a message', (deep: string) => `{"type":"message.created","message":{"content":${deep}}}`],
    ['a contact', (deep: string) => `{"type":"message.created","message":{},"contact":${deep}}`],
    ['the envelope of Object.prototype', (deep: string) => `{"type":"x","__proto__":{"polluted":${deep}}}`],
  ])('on JSON that nests a hundred thousand levels deep in %s', (_, body) => {
    expectOne(parsed(body('['.repeat(100_000) + ']'.repeat(100_000))));
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
