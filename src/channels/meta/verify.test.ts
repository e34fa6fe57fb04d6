import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { verify, verifySubscription } from './verify.ts';

const url = 'https://intake.example/webhooks/meta/front-desk';

function delivery(body: Uint8Array, signature: string | readonly string[] | undefined) {
  return { method: 'POST', url, headers: { 'x-hub-signature-256': signature }, body };
}

const anySecret = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\ud800', 'secret'));

test('verify takes any bytes, headers and secrets, and throws never', () => {
  const hexLike = fc.string({
    unit: fc.constantFrom(...'0123456789abcdefABCDEFg é'),
    minLength: 60,
    maxLength: 66,
  });
  const header = fc.oneof(
    fc.constant(undefined),
    fc.string({ unit: 'binary' }),
    fc.array(fc.string()),
    hexLike.map((hex) => `sha256=${hex}`),
  );
  fc.assert(
    fc.property(fc.uint8Array(), header, fc.array(anySecret), (body, signature, appSecrets) => {
      expect(verify(delivery(body, signature), { appSecrets })).toBe(false);
    }),
  );
});

test('verify accepts what either secret signed, and nothing once a byte changed', () => {
  const secrets = fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 2, maxLength: 2 });
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1 }),
      secrets,
      fc.nat(1),
      fc.nat(),
      (body, appSecrets, which, at) => {
        const signature = `sha256=${createHmac('sha256', appSecrets[which] ?? '')
          .update(body)
          .digest('hex')}`;
        expect(verify(delivery(body, signature), { appSecrets })).toBe(true);
        const changed = body.map((byte, index) => (index === at % body.length ? byte ^ 1 : byte));
        expect(verify(delivery(changed, signature), { appSecrets })).toBe(false);
      },
    ),
  );
});

describe('verifySubscription', () => {
  const account = { verifyToken: 'fixture-verify-token' };
  const query = {
    'hub.mode': 'subscribe',
    'hub.challenge': '1158201444',
    'hub.verify_token': account.verifyToken,
  };

  test('gives back the challenge to whoever knows the token', () => {
    expect(verifySubscription(query, account)).toBe('1158201444');
  });

  test.each([
    ['another token', { ...query, 'hub.verify_token': 'fixture-verify-tokem' }],
    ['a shorter token', { ...query, 'hub.verify_token': 'fixture' }],
    ['an empty token', { ...query, 'hub.verify_token': '' }],
    ['no token', { 'hub.mode': 'subscribe', 'hub.challenge': '1' }],
    ['the token twice', { ...query, 'hub.verify_token': [account.verifyToken, account.verifyToken] }],
    ['another mode', { ...query, 'hub.mode': 'unsubscribe' }],
    ['no mode', { ...query, 'hub.mode': undefined }],
    ['no challenge', { ...query, 'hub.challenge': undefined }],
    ['an empty challenge', { ...query, 'hub.challenge': '' }],
    ['the challenge twice', { ...query, 'hub.challenge': ['1', '2'] }],
    ['a challenge that is a page', { ...query, 'hub.challenge': 'x'.repeat(513) }],
    ['nothing', {}],
  ])('refuses %s', (_, asked) => {
    expect(verifySubscription(asked, account)).toBeUndefined();
  });

  test('an account without a token answers nobody', () => {
    expect(verifySubscription({ ...query, 'hub.verify_token': '' }, { verifyToken: '' })).toBeUndefined();
  });
});
