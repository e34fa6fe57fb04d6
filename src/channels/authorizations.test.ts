import { expect, test } from 'vitest';
import type { Account } from './accounts.ts';
import { createAuthorizations } from './authorizations.ts';

const config = {
  practiceId: 'aurora',
  id: 'aurora-wa',
  number: '12025550100',
  apiKey: 'key',
  applicationId: 'app',
  privateKey: '',
  signatureSecrets: ['s'],
  baseUrl: 'https://api.example',
};
const account: Account = { practiceId: 'aurora', id: 'aurora-wa', channel: 'vonage', config };
const other: Account = { ...account, id: 'aurora-two' };

function maker() {
  let count = 0;
  const make = async () => {
    count += 1;
    return { headers: { authorization: `Bearer ${count}` }, validForMs: 1000 };
  };
  return { authorize: createAuthorizations(make), made: () => count };
}

test('a token is made once for those who ask together, and used while it is good', async () => {
  const { authorize, made } = maker();
  const both = await Promise.all([authorize(account, 0), authorize(account, 0)]);
  expect(both).toEqual([{ authorization: 'Bearer 1' }, { authorization: 'Bearer 1' }]);
  expect(await authorize(account, 999)).toEqual({ authorization: 'Bearer 1' });
  expect(await authorize(account, 1000)).toEqual({ authorization: 'Bearer 2' });
  expect(made()).toBe(2);
});

test('each account has its own, and a clock that was set back makes a new one', async () => {
  const { authorize } = maker();
  await authorize(account, 5000);
  expect(await authorize(other, 5000)).toEqual({ authorization: 'Bearer 2' });
  expect(await authorize(account, 10)).toEqual({ authorization: 'Bearer 3' });
});

test('what failed is tried again', async () => {
  let fails = true;
  const authorize = createAuthorizations(async () => {
    if (fails) throw new Error('expected an RSA private key in PEM');
    return { headers: { authorization: 'Bearer x' }, validForMs: 1 };
  });
  await expect(authorize(account, 0)).rejects.toThrow('RSA');
  fails = false;
  expect(await authorize(account, 0)).toEqual({ authorization: 'Bearer x' });
});

test('an account whose requests say all themselves has no more headers', async () => {
  const authorize = createAuthorizations(async () => undefined);
  expect(await authorize(account, 0)).toEqual({});
});
