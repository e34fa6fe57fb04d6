import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { type HmacAlgorithm, readToken, type TokenRules } from './hmac-token.ts';

const nowMs = 1_795_000_000_000;
const now = nowMs / 1000;
const secret = 'a-shared-secret-of-some-length-or-other-which-nobody-knows-at-all';
const rules: TokenRules = {
  algorithms: ['HS256', 'HS384', 'HS512'],
  secrets: [secret],
  issuer: 'Provider',
  nowMs,
  toleranceSeconds: 60,
};
const claims = { iss: 'Provider', iat: now, jti: 'j1' };

function encoded(value: unknown): string {
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

function signed(said: unknown = claims, header: unknown = { alg: 'HS256' }, by = secret, hash = 'sha256') {
  const input = `${encoded(header)}.${encoded(said)}`;
  return `${input}.${createHmac(hash, by).update(input).digest('base64url')}`;
}

/** What jose makes of the same token under the same rules. */
async function byJose(token: string, { maxAgeSeconds, requires, ...rest }: TokenRules): Promise<boolean> {
  const options = {
    algorithms: [...rest.algorithms],
    issuer: rest.issuer,
    clockTolerance: rest.toleranceSeconds,
    currentDate: new Date(rest.nowMs),
    ...(maxAgeSeconds !== undefined && { maxTokenAge: maxAgeSeconds }),
    ...(requires !== undefined && { requiredClaims: [...requires] }),
  };
  return await jwtVerify(token, Buffer.from(secret), options).then(
    () => true,
    () => false,
  );
}

const time = fc.oneof(
  fc.integer({ min: -4000, max: 4000 }).map((offBy) => now + offBy),
  fc.constantFrom<unknown>(undefined, null, '', String(now), 0, -1, 1e300, [now], {}, true),
  fc.constantFrom(now - 3660, now - 3661, now - 60, now - 61, now + 60, now + 61).map((at) => at as unknown),
);

/** Mostly what is right, for else one wrong thing would hide another. */
function mostly<T>(right: T, ...others: unknown[]): fc.Arbitrary<unknown> {
  return fc.oneof(
    { weight: 6, arbitrary: fc.constant(right) },
    { weight: 1, arbitrary: fc.constantFrom(...others) },
  );
}

test('says the same as jose of every token that is rightly signed', async () => {
  const said = fc.oneof(
    {
      weight: 9,
      arbitrary: fc.record(
        {
          iss: mostly('Provider', 'provider', '', null, ['Provider']),
          iat: time,
          nbf: fc.oneof(time, fc.constant(now)),
          exp: fc.oneof(time, fc.constant(now + 60)),
          jti: mostly('j1', '', null, undefined),
        },
        { requiredKeys: ['iss'] },
      ),
    },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
  const header = fc.oneof(
    {
      weight: 9,
      arbitrary: fc.record(
        {
          alg: mostly('HS256', 'HS384', 'HS512', 'none', 'RS256', 'hs256', '', null, ['HS256']),
          typ: fc.jsonValue(),
          crit: mostly(undefined, [], ['exp'], 'b64', null),
        },
        { requiredKeys: ['alg'] },
      ),
    },
    { weight: 1, arbitrary: fc.jsonValue() },
  );
  const hash = mostly('sha256', 'sha384', 'sha512', 'sha1').map(String);
  const rule = fc.record(
    {
      maxAgeSeconds: fc.constantFrom(60, 3600),
      requires: fc.constantFrom<string[]>(['exp', 'jti'], ['jti'], []),
    },
    { requiredKeys: [] },
  );
  const taken = { yes: 0, no: 0 };
  await fc.assert(
    fc.asyncProperty(said, header, hash, rule, async (value, head, by, more) => {
      const token = signed(value, head, secret, by);
      const isTaken = readToken(token, { ...rules, ...more }) !== undefined;
      taken[isTaken ? 'yes' : 'no'] += 1;
      expect(isTaken).toBe(await byJose(token, { ...rules, ...more }));
    }),
    { numRuns: 600, seed: 5 },
  );
  expect(taken.yes).toBeGreaterThan(20);
  expect(taken.no).toBeGreaterThan(50);
});

test('each of the three algorithms, and no other than those that are allowed', () => {
  const hashes: readonly (readonly [HmacAlgorithm, string])[] = [
    ['HS256', 'sha256'],
    ['HS384', 'sha384'],
    ['HS512', 'sha512'],
  ];
  for (const [algorithm, hash] of hashes) {
    const token = signed(claims, { alg: algorithm }, secret, hash);
    expect(readToken(token, rules)).toEqual(claims);
    for (const [other] of hashes)
      expect(readToken(token, { ...rules, algorithms: [other] }) !== undefined).toBe(other === algorithm);
  }
  for (const alg of ['none', 'None', '', 'RS256', 'hs256', undefined, null, 256])
    for (const token of [signed(claims, { alg }), `${encoded({ alg })}.${encoded(claims)}.`])
      expect(readToken(token, rules)).toBe(undefined);
});

test('either of two secrets, no third, and never an empty one', () => {
  const secrets = ['new', 'old', 'older'];
  expect(readToken(signed(claims, { alg: 'HS256' }, 'new'), { ...rules, secrets })).toEqual(claims);
  expect(readToken(signed(claims, { alg: 'HS256' }, 'old'), { ...rules, secrets })).toEqual(claims);
  expect(readToken(signed(claims, { alg: 'HS256' }, 'older'), { ...rules, secrets })).toBe(undefined);
  expect(readToken(signed(claims, { alg: 'HS256' }, ''), { ...rules, secrets: [''] })).toBe(undefined);
  expect(readToken(signed(), { ...rules, secrets: [] })).toBe(undefined);
});

test('what must be understood and is not, is not taken', () => {
  for (const crit of [['b64'], ['exp'], [], null, 'exp'])
    expect(readToken(signed(claims, { alg: 'HS256', crit, b64: true }), rules)).toBe(undefined);
});

test('whatever comes, it throws never and takes nothing', () => {
  const part = fc.oneof(
    fc.base64String(),
    fc.json().map(encoded),
    fc.constantFrom('', 'e30', 'bnVsbA', '____'),
  );
  const token = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(part).map((parts) => parts.join('.')),
  );
  const when = fc.oneof(fc.double(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, nowMs));
  const secrets = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('', '\ud800')));
  fc.assert(
    fc.property(token, when, secrets, (value, at, by) => {
      expect(readToken(value, { ...rules, nowMs: at, secrets: by })).toBe(undefined);
    }),
  );
  expect(readToken(signed(), { ...rules, nowMs: Number.NaN })).toBe(undefined);
});

test('a token has one spelling', () => {
  const token = signed();
  expect(readToken(token, rules)).toEqual(claims);
  for (const more of ['=', ' ', '\n', '.', 'A']) expect(readToken(`${token}${more}`, rules)).toBe(undefined);
  const last = token.at(-1) ?? '';
  for (const other of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')
    expect(readToken(`${token.slice(0, -1)}${other}`, rules) !== undefined).toBe(other === last);
});
