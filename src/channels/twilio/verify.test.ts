import { createHmac } from 'node:crypto';
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

test('a huge body is refused, and nothing waits for it', () => {
  const huge = Buffer.alloc(5_000_000, 'a=%41&');
  expect(verify(delivery(huge, signature), { authTokens })).toBe(false);
});

/** Twilio puts names and values together with nothing between them. Known, and told here so that nobody relies on more. */
test('where a name ends and its value begins, Twilio does not sign', () => {
  const moved = encoded([['Bo', 'dyhi']]);
  expect(
    verify(delivery(moved, signatureOf(authTokens[0] ?? '', url, [['Body', 'hi']])), { authTokens }),
  ).toBe(true);
});
