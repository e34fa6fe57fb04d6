import { createPublicKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { nobodysKey, relyingParty } from './passkeys.ts';

test('the key that stands in for an unknown passkey is a real one, so that checking it takes as long', () => {
  const hex = Buffer.from(nobodysKey).toString('hex');
  const [, x = '', y = ''] = /^a5010203262001215820([0-9a-f]{64})225820([0-9a-f]{64})$/.exec(hex) ?? [];
  const coordinate = (text: string) => Buffer.from(text, 'hex').toString('base64url');
  const jwk = { kty: 'EC', crv: 'P-256', x: coordinate(x), y: coordinate(y) };
  expect(createPublicKey({ key: jwk, format: 'jwk' }).asymmetricKeyType).toBe('ec');
});

test('the relying party is the host of the public URL, without its port', () => {
  expect(relyingParty('https://intake.example/').id).toBe('intake.example');
  expect(relyingParty('https://intake.example/').origins).toEqual(['https://intake.example']);
  expect(relyingParty('http://localhost:8080').id).toBe('localhost');
});
