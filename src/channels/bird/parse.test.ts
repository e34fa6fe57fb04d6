import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyJson, expectSound, readOrRefused, spoiled } from '../../../test/channels/hostile.ts';
import { failureRows } from './errors.ts';
import { parse } from './parse.ts';

const receivedAt = '2026-11-18T11:06:45.000Z';

type Fixture = { given: { body?: unknown } };

const fixtures = JSON.parse(
  readFileSync(new URL('./testdata/parse.json', import.meta.url), 'utf8'),
) as Fixture[]; // our own file
const payloads = fixtures.flatMap(({ given }) => (given.body === undefined ? [] : [given.body]));

function parsed(json: string) {
  return readOrRefused(() => parse({ body: Buffer.from(json), receivedAt }));
}

/** Bird names what an identifier is, so that a number is never an id as well. */
function expectBirds(events: ReturnType<typeof parsed>): void {
  expectSound(events);
  if (events === 'SyntaxError') return;
  expect(events.length).toBeGreaterThan(0);
  for (const event of events)
    if (event.type === 'message') expect(event.from.userId ?? '').not.toMatch(/^\+?\d+$/);
}

function envelope(payload: string, event = 'whatsapp.inbound'): string {
  return `{"service":"channels","event":"${event}","payload":${payload}}`;
}

const sender = '{"contact":{"identifierKey":"phonenumber","identifierValue":"+12025550143"}}';

describe('parse throws nothing but SyntaxError, and what it returns is sound', () => {
  test('on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (body) => expectBirds(parsed(Buffer.from(body).toString('latin1')))),
    );
  });

  test('on any JSON, as the body and inside the envelope', () => {
    const events = fc.constantFrom('whatsapp.inbound', 'whatsapp.outbound', 'whatsapp.interaction', 'x.y');
    const fields = fc.constantFrom('body', 'meta', 'status', 'failure', 'replyTo', 'createdAt', 'id');
    fc.assert(
      fc.property(anyJson, events, fields, (value, event, field) => {
        const json = JSON.stringify(value);
        expectBirds(parsed(json));
        expectBirds(parsed(envelope(json, event)));
        expectBirds(
          parsed(
            envelope(`{"id":"m","status":"sending_failed","sender":${sender},"${field}":${json}}`, event),
          ),
        );
        expectBirds(parsed(`{"event":${json},"payload":${json}}`));
      }),
    );
  });

  test('on real payloads with something replaced', () => {
    expect(payloads.length).toBeGreaterThan(100);
    fc.assert(
      fc.property(spoiled(payloads), (json) => expectBirds(parsed(json))),
      { numRuns: 3000 },
    );
  });

  test.each([
    ['a payload', (deep: string) => envelope(deep)],
    ['an event nobody knows', (deep: string) => envelope(deep, 'x.y')],
    ['a message', (deep: string) => envelope(`{"id":"m","sender":${sender},"body":${deep}}`)],
    [
      'the answers of a form',
      (deep: string) =>
        envelope(`{"id":"m","sender":${sender},"meta":{"formResponse":{"jsonResponse":${deep}}}}`),
    ],
  ])('on JSON that nests a hundred thousand levels deep in %s', (_, delivery) => {
    const events = parsed(delivery('['.repeat(100_000) + ']'.repeat(100_000)));
    expectBirds(events);
    expect(events).toHaveLength(1);
  });

  test('on a message of a hundred thousand files and as many actions', () => {
    const many = (one: string) => `[${Array.from({ length: 100_000 }, () => one).join(',')}]`;
    const files = many('{"mediaUrl":"https://media.api.bird.com/x"}');
    const events = parsed(
      envelope(`{"id":"m","sender":${sender},"body":{"type":"file","file":{"files":${files}}}}`),
    );
    expect(events.length).toBeLessThan(100);
    expectBirds(
      parsed(
        envelope(
          `{"id":"m","sender":${sender},"body":{"type":"text","text":{"text":"x","actions":${many('{"postback":{"text":"a"}}')}}}}`,
        ),
      ),
    );
  });
});

test('an error never repeats what stood in the body', () => {
  for (const body of ['Ana Example +12025550143', '{"event":"Ana Example"', '{"event":"Ana Example"}']) {
    expect(() => parse({ body: Buffer.from(body), receivedAt })).toThrow(/^expected [a-zA-Z ]+$/);
  }
});

test('a form is never a chat line, whatever stands in its body and in it', () => {
  fc.assert(
    fc.property(
      anyJson.filter((value) => value !== null),
      (form) => {
        const json = JSON.stringify(form);
        const events = parsed(
          envelope(
            `{"id":"m","sender":${sender},"body":{"type":"text","text":{"text":"x"}},"meta":{"formResponse":${json}}}`,
          ),
        );
        const [event] = events === 'SyntaxError' ? [] : events;
        if (event?.type !== 'message') throw new Error('expected a message');
        expect(['form', 'unknown']).toContain(event.content.kind);
      },
    ),
  );
});

test('no user id is ever made into a phone number', () => {
  const bsuid = fc
    .tuple(fc.constantFrom('US', 'BR', 'ES'), fc.stringMatching(/^[0-9]{8,20}$/))
    .map(([country, digits]) => `${country}.${digits}`);
  const key = fc.constantFrom('"phonenumber"', '"whatsappbsuid"', '"whatsappusername"', 'null', '7');
  fc.assert(
    fc.property(bsuid, key, (userId, identifierKey) => {
      const contact = `{"contact":{"identifierKey":${identifierKey},"identifierValue":"${userId}"}}`;
      const events = parsed(
        envelope(`{"id":"m","sender":${contact},"body":{"type":"text","text":{"text":"x"}}}`),
      );
      const [event] = events === 'SyntaxError' ? [] : events;
      if (event?.type !== 'message') throw new Error('expected a message');
      expect(event.from.userId).toBe(userId);
      expect(event.from.phone).toBeUndefined();
    }),
  );
});

test('a failure never names a number of more than seven digits', () => {
  const code = fc.oneof(fc.integer({ min: 10_000_000 }), fc.stringMatching(/^[1-9]\d{7,14}$/));
  fc.assert(
    fc.property(code, fc.constantFrom('whatsapp', 'sms-messagebird'), (number, name) => {
      const failure = JSON.stringify({ code: number, source: { name, code: number } });
      const events = parsed(
        envelope(
          `{"id":"m","status":"sending_failed","reason":"code: ${number}","failure":${failure}}`,
          'whatsapp.outbound',
        ),
      );
      expect(events).toMatchObject([{ type: 'status', status: 'failed', code: 'SENDING_FAILED' }]);
    }),
  );
});

test('every failure code of the table has a case of its own', () => {
  const table = JSON.stringify(fixtures);
  for (const { from, to, name } of failureRows()) {
    const isFamily = from !== to;
    const cases = [...table.matchAll(/"failure":\{"code":(\d+)/g)].map(([, code]) => Number(code));
    expect([name, cases.some((code) => (isFamily ? from <= code && code <= to : code === from))]).toEqual([
      name,
      true,
    ]);
  }
});
