import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { verify } from './verify.ts';

const url = 'https://intake.example/webhooks/bird/front-desk';
const nowMs = 1_795_000_002_000;
const timestamp = '1795000000';
const account = { signingKeys: ['fixture-signing-key'] };

/** Written down a second time on purpose, from the page and not from the codec. */
function sign(key: string, at: string, over: string, body: Uint8Array): string {
  const hash = createHash('sha256').update(body).digest();
  return createHmac('sha256', key).update(`${at}\n${over}\n`).update(hash).digest('base64');
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

function webhook(body: Uint8Array, headers: Headers, at = url) {
  return { method: 'POST', url: at, headers, body };
}

test('verify takes any bytes, headers and keys, and throws never', () => {
  const base64Like = fc
    .uint8Array({ minLength: 31, maxLength: 33 })
    .map((bytes) => Buffer.from(bytes).toString('base64'));
  const header = fc.oneof(
    fc.constant(undefined),
    fc.string({ unit: 'binary' }),
    fc.array(fc.string()),
    base64Like,
  );
  const time = fc.oneof(header, fc.constant(timestamp), fc.nat().map(String), fc.constant('9'.repeat(13)));
  const keys = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\ud800')));
  fc.assert(
    fc.property(
      fc.uint8Array(),
      header,
      time,
      keys,
      fc.string(),
      fc.double(),
      (body, signature, at, signingKeys, over, now) => {
        const headers = { 'messagebird-signature': signature, 'messagebird-request-timestamp': at };
        expect(verify(webhook(body, headers, over), { signingKeys }, now)).toBe(false);
      },
    ),
  );
});

test('verify accepts what either key signed', () => {
  const keys = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 2 });
  fc.assert(
    fc.property(fc.uint8Array(), keys, fc.nat(1), fc.webUrl(), (body, signingKeys, which, over) => {
      const signature = sign(signingKeys[which] ?? '', timestamp, over, body);
      const headers = { 'messagebird-signature': signature, 'messagebird-request-timestamp': timestamp };
      expect(verify(webhook(body, headers, over), { signingKeys }, nowMs)).toBe(true);
    }),
  );
});

const body = Buffer.from(
  '{"service":"channels","event":"whatsapp.inbound","payload":{"id":"m-1","text":"olá"}}',
);
const good = {
  signature: sign('fixture-signing-key', timestamp, `${url}?a=1`, body),
  timestamp,
  url: `${url}?a=1`,
};

/** Another character in the place of one, one taken out, or one put in. */
function mutated(value: string, at: number, how: number, by: string): string {
  const place = at % (value.length + (how === 2 ? 1 : 0));
  const rest = value.slice(how === 2 ? place : place + 1);
  return value.slice(0, place) + (how === 1 ? '' : by) + rest;
}

test('of a valid delivery with anything in it changed, none verifies', () => {
  const isGood = (signature: string, at: string, over: string, bytes: Uint8Array) =>
    verify(
      webhook(bytes, { 'messagebird-signature': signature, 'messagebird-request-timestamp': at }, over),
      account,
      nowMs,
    );
  expect(isGood(good.signature, good.timestamp, good.url, body)).toBe(true);
  const by = fc.constantFrom(...'abcXYZ019+/=-_ \n?&.:', 'é');
  fc.assert(
    fc.property(
      fc.nat(3),
      fc.nat(),
      fc.nat(2),
      by,
      fc.integer({ min: 1, max: 255 }),
      (part, at, how, one, bits) => {
        const signature = part === 0 ? mutated(good.signature, at, how, one) : good.signature;
        const time = part === 1 ? mutated(good.timestamp, at, how, one) : good.timestamp;
        const over = part === 2 ? mutated(good.url, at, how, one) : good.url;
        const bytes =
          part === 3 ? body.map((byte, index) => (index === at % body.length ? byte ^ bits : byte)) : body;
        const isSame =
          signature === good.signature && time === good.timestamp && over === good.url && part !== 3;
        fc.pre(!isSame);
        expect(isGood(signature, time, over, bytes)).toBe(false);
      },
    ),
    { numRuns: 1000 },
  );
});

test('a key signs for its own account only, and for no other URL of it', () => {
  const headers = { 'messagebird-signature': good.signature, 'messagebird-request-timestamp': timestamp };
  expect(verify(webhook(body, headers, good.url), { signingKeys: ['fixture-other-key'] }, nowMs)).toBe(false);
  for (const other of [url, `${url}?a=2`, `${url}?a=1#`, `${url}/?a=1`, good.url.replace('https', 'http')])
    expect(verify(webhook(body, headers, other), account, nowMs)).toBe(false);
});

test('the tables hold every way in which a signature can be wrong', () => {
  const table = readFileSync(new URL('./testdata/verify.json', import.meta.url), 'utf8');
  for (const word of ['twice', 'no signature', 'older than', 'another URL', "another account's", 'algorithm'])
    expect(table).toContain(word);
});
