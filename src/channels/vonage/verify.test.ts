import { createHash, createHmac, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { authorize } from './authorize.ts';
import { verify } from './verify.ts';

const url = 'https://intake.example/webhooks/vonage/front-desk';
const now = 1_795_000_000;
const body = Buffer.from('{"message_uuid":"aaaaaaaa-0001-4000-8000-000000000001","text":"Olá"}');
const account = {
  apiKey: 'fixture1',
  applicationId: '11111111-2222-4333-8444-555555555555',
  signatureSecrets: ['fixture-signature-secret'],
};

function delivery(bytes: Uint8Array, authorization: string | readonly string[] | undefined) {
  return { method: 'POST', url, headers: { authorization }, body: bytes };
}

const claims = {
  iss: 'Vonage',
  iat: now,
  jti: 'c0ffee00-0000-4000-8000-000000000001',
  api_key: account.apiKey,
  application_id: account.applicationId,
  payload_hash: createHash('sha256').update(body).digest('hex'),
};

function encoded(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

function signed(
  secret: string,
  said: object = claims,
  header: object = { alg: 'HS256', typ: 'JWT' },
): string {
  const input = `${encoded(header)}.${encoded(said)}`;
  return `Bearer ${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
}

test('verify takes any bytes, headers, secrets and times, and throws never', async () => {
  const part = fc.oneof(fc.base64String(), fc.json().map(encoded), fc.constantFrom('', 'e30', 'bnVsbA'));
  const header = fc.oneof(
    fc.constant(undefined),
    fc.string({ unit: 'binary' }),
    fc.array(fc.string()),
    fc.tuple(part, part, part).map((parts) => `Bearer ${parts.join('.')}`),
    fc.json().map((json) => `Bearer ${encoded({ alg: 'HS256' })}.${encoded(json)}.AAAA`),
  );
  const time = fc.oneof(fc.integer(), fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY));
  const secrets = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\ud800')));
  await fc.assert(
    fc.asyncProperty(
      fc.uint8Array(),
      header,
      secrets,
      time,
      async (bytes, token, signatureSecrets, nowMs) => {
        expect(await verify(delivery(bytes, token), { ...account, signatureSecrets }, nowMs)).toBe(false);
      },
    ),
  );
});

test('any claims under a right signature are read without an exception, and let no body through', async () => {
  const said = fc.oneof(
    fc.jsonValue(),
    fc.record({ iss: fc.constant('Vonage'), iat: fc.constant(now), payload_hash: fc.jsonValue() }),
  );
  await fc.assert(
    fc.asyncProperty(said, fc.uint8Array(), async (value, bytes) => {
      const token = signed('fixture-signature-secret', value as object); // any JSON may stand there
      expect(await verify(delivery(bytes, token), account, now * 1000)).toBe(false);
    }),
  );
});

test('a token cut off or lengthened anywhere does not verify', async () => {
  const token = signed('fixture-signature-secret');
  for (let end = 0; end < token.length; end += 3) {
    expect(await verify(delivery(body, token.slice(0, end)), account, now * 1000)).toBe(false);
  }
  for (const more of ['=', ' ', '\n', '.', 'A', '.AAAA', `, ${token}`]) {
    expect(await verify(delivery(body, `${token}${more}`), account, now * 1000)).toBe(false);
  }
});

test('what either secret signed is accepted', async () => {
  const secrets = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 2 });
  await fc.assert(
    fc.asyncProperty(secrets, fc.nat(1), async (signatureSecrets, which) => {
      const token = signed(signatureSecrets[which] ?? '');
      expect(await verify(delivery(body, token), { ...account, signatureSecrets }, now * 1000)).toBe(true);
    }),
    { numRuns: 30 },
  );
});

test('no key of another kind passes for the secret', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  // The application's own token, which every request of ours carries and Vonage's helper would take.
  const own = await authorize({ applicationId: account.applicationId, privateKey }, now * 1000);
  expect(await verify(delivery(body, own.headers.authorization), account, now * 1000)).toBe(false);
  const signatureSecrets = [publicKey];
  const confused = signed(publicKey, claims, { alg: 'RS256', typ: 'JWT' });
  expect(await verify(delivery(body, confused), { ...account, signatureSecrets }, now * 1000)).toBe(false);
});

test('what jose itself signs is understood', async () => {
  const token = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .sign(Buffer.from('fixture-signature-secret'));
  expect(await verify(delivery(body, `Bearer ${token}`), account, now * 1000)).toBe(true);
});
