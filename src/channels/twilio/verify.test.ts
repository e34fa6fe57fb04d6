import { createHash, createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { verify } from './verify.ts';

const url = 'https://intake.example/webhooks/twilio/front-desk';
const authTokens = ['fixture-auth-token', 'fixture-secondary-token'];

function delivery(body: Uint8Array, signature: string | readonly string[] | undefined, to = url) {
  return { method: 'POST', url: to, headers: { 'x-twilio-signature': signature }, body };
}

function encoded(pairs: readonly (readonly [string, string])[]): Buffer {
  return Buffer.from(new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString());
}

/** Written down a second time on purpose, from Twilio's description: the codec must not judge itself. */
function signatureOf(token: string, to: string, pairs: readonly (readonly [string, string])[]): string {
  const names = [...new Set(pairs.map(([name]) => name))].toSorted();
  const said = names.map((name) => {
    const values = new Set(pairs.filter((pair) => pair[0] === name).map((pair) => pair[1]));
    return [...values]
      .toSorted()
      .map((value) => name + value)
      .join('');
  });
  return createHmac('sha1', token)
    .update(to + said.join(''))
    .digest('base64');
}

const pairs: readonly (readonly [string, string])[] = [
  ['MessageSid', `SM${'0'.repeat(32)}`],
  ['AccountSid', `AC${'0'.repeat(32)}`],
  ['Body', 'Olá! a=b&c 👋'],
  ['From', 'whatsapp:+5511955550143'],
  ['FromCity', ''],
  ['To', 'whatsapp:+12025550100'],
  ['Tag', 'b'],
  ['Tag', 'a'],
];
const body = encoded(pairs);
const signature = signatureOf(authTokens[0] ?? '', url, pairs);

test('verify takes any bytes, URLs, headers and tokens, and throws never', () => {
  const base64Like = fc
    .string({ unit: fc.constantFrom(...'ABCxyz019+/= é'), minLength: 26, maxLength: 29 })
    .map((text) => text);
  const header = fc.oneof(
    fc.constant(undefined),
    fc.string({ unit: 'binary' }),
    fc.array(fc.string()),
    base64Like,
  );
  const anyUrl = fc.oneof(
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(url, `${url}?bodySHA256=00`, 'https://', '?', '#'),
  );
  const tokens = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\ud800')));
  fc.assert(
    fc.property(fc.uint8Array(), anyUrl, header, tokens, (bytes, to, given, all) => {
      expect(verify(delivery(bytes, given, to), { authTokens: all })).toBe(false);
    }),
  );
});

test('verify accepts whatever either token signed', () => {
  const word = fc.string({ unit: fc.constantFrom(...'abcXYZ019_.'), minLength: 1, maxLength: 8 });
  const value = fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('', 'a b', '+', '%', '&='));
  const path = fc.constantFrom('', '?message=m-0001', '?a=%20&b=c+d');
  fc.assert(
    fc.property(fc.array(fc.tuple(word, value)), fc.nat(1), path, (all, which, query) => {
      const given = signatureOf(authTokens[which] ?? '', url + query, all);
      expect(verify(delivery(encoded(all), given, url + query), { authTokens })).toBe(true);
      expect(verify(delivery(encoded(all), given, `${url + query}x`), { authTokens })).toBe(false);
      expect(verify(delivery(encoded(all), given, url + query), { authTokens: ['another'] })).toBe(false);
    }),
  );
});

type Mutation = (bytes: Uint8Array, at: number, byte: number) => Uint8Array;

/** A changed byte, one left out, one put in, two in each other's place, and an end cut off. */
const mutations: readonly Mutation[] = [
  (bytes, at, byte) => bytes.with(at, byte),
  (bytes, at) => bytes.filter((_, index) => index !== at),
  (bytes, at, byte) => Buffer.concat([bytes.subarray(0, at), Buffer.of(byte), bytes.subarray(at)]),
  (bytes, at) => bytes.with(at, bytes[at + 1] ?? 0).with(Math.min(at + 1, bytes.length - 1), bytes[at] ?? 0),
  (bytes, at) => bytes.subarray(0, at),
];

/**
 * What Twilio signs of a body, in the order of its parameters' names: it does not tell `+` from `%20`, nor one order from another, nor
 * where a name ends.
 */
function meaning(bytes: Uint8Array): string {
  const latin1 = Buffer.from(bytes).toString('latin1').replaceAll('+', '%20');
  const all = latin1.split('&').map((pair) => {
    const unescaped = (text: string) =>
      text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    const [name = '', ...value] = pair.split('=');
    return [unescaped(name), unescaped(value.join('='))];
  });
  const sorted = all.toSorted(([a = '', c = ''], [b = '', d = '']) => (a < b || (a === b && c < d) ? -1 : 1));
  return sorted.flat().join('');
}

test('no mutation of a valid body verifies, in a thousand', () => {
  expect(verify(delivery(body, signature), { authTokens })).toBe(true);
  let refused = 0;
  fc.assert(
    fc.property(fc.constantFrom(...mutations), fc.nat(body.length - 1), fc.nat(255), (mutate, at, byte) => {
      const mutated = mutate(body, at, byte);
      // What says the same with other bytes (a space as `+` and as `%20`) is the same delivery.
      fc.pre(meaning(mutated) !== meaning(body));
      refused++;
      expect(verify(delivery(mutated, signature), { authTokens })).toBe(false);
    }),
    { numRuns: 1000, seed: 5 },
  );
  expect(refused).toBeGreaterThan(900);
});

test('no mutation of the URL, nor of the signature, verifies', () => {
  const flip = (text: string, at: number, byte: number) =>
    Buffer.from(Buffer.from(text).with(at % text.length, byte)).toString('latin1');
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 33, max: 126 }), (at, byte) => {
      const changed = flip(url, at, byte);
      // What follows `#` is for Twilio alone, and no webhook's URL has any.
      fc.pre(changed !== url && byte !== 35);
      expect(verify(delivery(body, signature, changed), { authTokens })).toBe(false);
      const forged = flip(signature, at, byte);
      fc.pre(forged !== signature);
      expect(verify(delivery(body, forged), { authTokens })).toBe(false);
    }),
    { numRuns: 1000 },
  );
});

test('no mutation of a body that is JSON verifies', () => {
  const json = Buffer.from('{"MessageSid":"SM1","MessageStatus":"sent"}');
  const to = `${url}?bodySHA256=${createHash('sha256').update(json).digest('hex')}`;
  const signed = signatureOf(authTokens[0] ?? '', to, []);
  expect(verify(delivery(json, signed, to), { authTokens })).toBe(true);
  fc.assert(
    fc.property(fc.nat(json.length - 1), fc.nat(255), (at, byte) => {
      fc.pre(json[at] !== byte);
      expect(verify(delivery(json.with(at, byte), signed, to), { authTokens })).toBe(false);
    }),
  );
});

test('a huge body is refused in bounded time', () => {
  const huge = Buffer.alloc(5_000_000, 'a=%41&');
  const began = performance.now();
  expect(verify(delivery(huge, signature), { authTokens })).toBe(false);
  expect(performance.now() - began).toBeLessThan(10_000);
});

/** Twilio puts names and values together with nothing between them. Known, and told here so that nobody relies on more. */
test('where a name ends and its value begins, Twilio does not sign', () => {
  const moved = encoded([['Bo', 'dyhi']]);
  expect(
    verify(delivery(moved, signatureOf(authTokens[0] ?? '', url, [['Body', 'hi']])), { authTokens }),
  ).toBe(true);
});
