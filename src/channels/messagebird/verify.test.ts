import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { verify } from './verify.ts';

const url = 'https://intake.example/webhooks/messagebird/front-desk?ref=m-0001';
const key = 'fixture-signing-key-of-thirty-two';
const nowMs = 1_795_000_000_000;
const body = Buffer.from('{"type":"message.created","message":{"id":"a1b2","content":{"text":"olá"}}}');
const account = { signingKeys: [key] };

function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}

function delivery(content: Uint8Array, token: string | readonly string[] | undefined, to = url) {
  return { method: 'POST', url: to, headers: { 'messagebird-signature-jwt': token }, body: content };
}

function signed(claims: Record<string, unknown>, alg = 'HS256', secret = key): Promise<string> {
  return new SignJWT({
    iss: 'MessageBird',
    iat: nowMs / 1000,
    exp: nowMs / 1000 + 60,
    jti: '1',
    url_hash: sha256(url),
    payload_hash: sha256(body),
    ...claims,
  })
    .setProtectedHeader({ alg })
    .sign(new TextEncoder().encode(secret));
}

test('verify takes any bytes, headers, keys and times, and throws never', async () => {
  const part = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_'), maxLength: 40 });
  const header = fc.oneof(
    fc.constant(undefined),
    fc.string({ unit: 'binary' }),
    fc.array(fc.string()),
    fc.tuple(part, part, part).map((parts) => parts.join('.')),
    fc.tuple(fc.json(), fc.json(), part).map(([head, claims, end]) =>
      [head, claims]
        .map((json) => Buffer.from(json).toString('base64url'))
        .concat(end)
        .join('.'),
    ),
  );
  const keys = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\ud800', key)));
  await fc.assert(
    fc.asyncProperty(fc.uint8Array(), header, keys, fc.double(), async (bytes, token, signingKeys, now) => {
      expect(await verify(delivery(bytes, token), { signingKeys }, now)).toBe(false);
    }),
  );
});

test('a token that loses or gains a character is refused', async () => {
  const token = await signed({});
  for (let at = 0; at < token.length; at++) {
    expect(await verify(delivery(body, token.slice(0, at) + token.slice(at + 1)), account, nowMs)).toBe(
      false,
    );
    expect(await verify(delivery(body, `${token.slice(0, at)}A${token.slice(at)}`), account, nowMs)).toBe(
      false,
    );
  }
});

describe('at the edges of time', () => {
  const seconds = nowMs / 1000;

  test.each([
    ['expires in a second', { exp: seconds + 1 }, true],
    ['expired four seconds ago', { exp: seconds - 4 }, true],
    ['expired five seconds ago', { exp: seconds - 5 }, false],
    ['made five seconds from now', { iat: seconds + 5 }, true],
    ['made six seconds from now', { iat: seconds + 6 }, false],
    ['made at a time that is no number', { iat: '1' }, false],
    ['expires at a time that is no number', { exp: null }, false],
  ])('a token that %s', async (_, claims, isGood) => {
    expect(await verify(delivery(body, await signed(claims)), account, nowMs)).toBe(isGood);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 1e300, -1e300])('a clock that says %s', async (now) => {
    expect(await verify(delivery(body, await signed({})), account, now)).toBe(false);
  });

  test('the same delivery later is refused: a replay lives as long as its token', async () => {
    const token = await signed({});
    expect(await verify(delivery(body, token), account, nowMs + 60_000)).toBe(true);
    expect(await verify(delivery(body, token), account, nowMs + 66_000)).toBe(false);
  });
});

test('both keys count while one is being replaced, and only those', async () => {
  const keys = ['new-key', key, 'forgotten-key'];
  for (const alg of ['HS256', 'HS384', 'HS512']) {
    for (const [index, secret] of keys.entries()) {
      const token = await signed({}, alg, secret);
      expect(await verify(delivery(body, token), { signingKeys: keys }, nowMs)).toBe(index < 2);
    }
  }
});
