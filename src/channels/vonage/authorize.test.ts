import { generateKeyPairSync } from 'node:crypto';
import { jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { authorize } from './authorize.ts';

const applicationId = '11111111-2222-4333-8444-555555555555';
const nowMs = 1_795_000_000_500;
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const pem = (type: 'pkcs1' | 'pkcs8') => privateKey.export({ type, format: 'pem' }).toString();

test.each(['pkcs1', 'pkcs8'] as const)('a token by a key in %s, as Vonage documents it', async (type) => {
  const { headers, validForMs } = await authorize({ applicationId, privateKey: pem(type) }, nowMs);
  const token = headers.authorization?.replace(/^Bearer /, '') ?? '';
  const options = { algorithms: ['RS256'], currentDate: new Date(nowMs + validForMs) };
  const { payload, protectedHeader } = await jwtVerify(token, publicKey, options);
  expect(protectedHeader).toEqual({ alg: 'RS256', typ: 'JWT' });
  expect(payload).toEqual({
    application_id: applicationId,
    iat: 1_795_000_000,
    exp: 1_795_000_900,
    jti: expect.stringMatching(/^[0-9a-f]{32}$/),
  });
});

test('another time or application has another token, and another id', async () => {
  const ids = await Promise.all(
    [
      { applicationId, at: nowMs },
      { applicationId, at: nowMs + 1 },
      { applicationId: 'another', at: nowMs },
    ].map(async ({ applicationId: of, at }) => {
      const { headers } = await authorize({ applicationId: of, privateKey: pem('pkcs8') }, at);
      const part = headers.authorization?.split('.')[1] ?? '';
      return (JSON.parse(Buffer.from(part, 'base64url').toString()) as { jti: string }).jti; // our own token
    }),
  );
  expect(new Set(ids).size).toBe(3);
});

test.each([
  ['no key', ''],
  ['no PEM', 'fixture-private-key'],
  ['half of a key', pem('pkcs8').slice(0, 200)],
  ['a public key', publicKey.export({ type: 'spki', format: 'pem' }).toString()],
  [
    'a key of another kind',
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  ],
])('with %s it says so, and nothing of the key', async (_, key) => {
  await expect(authorize({ applicationId, privateKey: key }, nowMs)).rejects.toThrow(
    /^expected an RSA private key in PEM$/,
  );
});
