import { createHash, createHmac } from 'node:crypto';
import type { RawWebhook } from '#kernel/http.ts';
import type { Provider } from '../providers/index.ts';
import { sha256, signedToken } from '../providers/jwt.ts';
import type { Random } from '../simulation/random.ts';
import { type Changed, oneOf } from './webhook-mutations.ts';

/**
 * Deliveries under a right signature that say something wrong: what the provider signed for another address, another body, another
 * application or another time, for the secret is one and the same for all of them.
 */
type Forge = (provider: Provider, valid: RawWebhook, nowMs: number, random: Random) => Changed;

type Claims = Readonly<Record<string, unknown>>;

const otherHash = sha256('another');

function claimsIn(token: string): Claims {
  const [, claims = ''] = token.split('.');
  return JSON.parse(Buffer.from(claims, 'base64url').toString()) as Claims; // what the provider's side wrote
}

function withClaims(
  { name, secrets }: Provider,
  valid: RawWebhook,
  nowMs: number,
  way: string,
  claims: object,
): Changed {
  const token = signedToken(claims, secrets[0]);
  const header =
    name === 'vonage' ? { authorization: `Bearer ${token}` } : { 'messagebird-signature-jwt': token };
  return { way: `claims: ${way}`, webhook: { ...valid, headers: { ...valid.headers, ...header } }, nowMs };
}

const forgeVonage: Forge = (provider, valid, nowMs, random) => {
  const said = claimsIn(String(valid.headers.authorization));
  const now = Math.floor(nowMs / 1000);
  const wrong: Readonly<Record<string, Claims>> = {
    'no hash of the body': { payload_hash: undefined },
    'another body': { payload_hash: otherHash },
    'a hash that is none': { payload_hash: [said.payload_hash] },
    'another issuer': { iss: 'vonage' },
    'no issuer': { iss: undefined },
    'another key': { api_key: 'another1' },
    'no key': { api_key: undefined },
    'another application': { application_id: '99999999-2222-4333-8444-555555555555' },
    'no application': { application_id: undefined },
    'no time': { iat: undefined },
    'too old': { iat: now - 25 * 3600 },
    'not yet': { iat: now + 600 },
    'not before later': { nbf: now + 600 },
    expired: { exp: now - 300 },
  };
  const way = oneOf(Object.keys(wrong), random);
  return withClaims(provider, valid, nowMs, way, { ...said, ...wrong[way] });
};

const forgeMessagebird: Forge = (provider, valid, nowMs, random) => {
  const said = claimsIn(String(valid.headers['messagebird-signature-jwt']));
  const now = Math.floor(nowMs / 1000);
  const wrong: Readonly<Record<string, Claims>> = {
    'no hash of the body': { payload_hash: undefined },
    'another body': { payload_hash: otherHash },
    'another address': { url_hash: sha256(valid.url.replace('front-desk', 'back-office')) },
    'no address': { url_hash: undefined },
    'another issuer': { iss: 'messagebird' },
    'no issuer': { iss: undefined },
    'no id': { jti: undefined },
    'no end': { exp: undefined },
    'no beginning': { iat: undefined, nbf: undefined },
    expired: { exp: now - 60, iat: now - 120, nbf: now - 120 },
    'not yet': { iat: now + 60, nbf: now + 60 },
  };
  const way = oneOf(Object.keys(wrong), random);
  return withClaims(provider, valid, nowMs, way, { ...said, ...wrong[way] });
};

const forgeBird: Forge = (provider, valid, nowMs, random) => {
  const now = Math.floor(nowMs / 1000);
  const stamp = oneOf(
    [
      String(now - 26 * 3600 - random.below(1e6)),
      String(now + 600 + random.below(1e6)),
      `${now}.0`,
      `+${now}`,
      ` ${now}`,
      new Date(nowMs).toISOString(),
      '',
      '0',
      String(now).padStart(13, '0'),
    ],
    random,
  );
  const hash = createHash('sha256').update(valid.body).digest();
  const signature = createHmac('sha256', provider.secrets[0])
    .update(`${stamp}\n${valid.url}\n`)
    .update(hash)
    .digest('base64');
  const proof = { 'messagebird-signature': signature, 'messagebird-request-timestamp': stamp };
  return {
    way: 'timestamp: wrong',
    webhook: { ...valid, headers: { ...valid.headers, ...proof } },
    nowMs,
  };
};

/** Signed with SHA-256 in place of SHA-1, or as it would be for a body that is not there. */
const forgeTwilio: Forge = (provider, valid, nowMs, random) => {
  const [secret] = provider.secrets;
  const { url, body } = valid;
  const params = [...new URLSearchParams(Buffer.from(body).toString())].flat().join('');
  const signature = oneOf(
    [
      createHmac('sha1', secret).update(`${url}?`),
      createHmac('sha1', secret).update(body),
      createHmac('sha1', secret).update(params),
      createHmac('sha256', secret).update(`${url}${params}`),
      createHmac('sha1', '').update(`${url}${params}`),
    ],
    random,
  ).digest('base64');
  const headers = { ...valid.headers, 'x-twilio-signature': signature };
  return { way: 'signature: over something else', webhook: { ...valid, headers }, nowMs };
};

/** The same hash over the body as text, over the body's hash, or another hash over the body. */
const forgeMeta: Forge = (provider, valid, nowMs, random) => {
  const [secret] = provider.secrets;
  const body = Buffer.from(valid.body);
  const made = oneOf(
    [
      createHmac('sha256', secret).update(sha256(body)).digest('hex'),
      createHmac('sha256', secret).update(`${body.toString()}\n`).digest('hex'),
      createHmac('sha1', secret).update(body).digest('hex').padEnd(64, '0'),
      createHash('sha256').update(secret).update(body).digest('hex'),
      createHmac('sha256', '').update(body).digest('hex'),
    ],
    random,
  );
  const headers = { ...valid.headers, 'x-hub-signature-256': `sha256=${made}` };
  return { way: 'signature: over something else', webhook: { ...valid, headers }, nowMs };
};

export const forgeries: Readonly<Record<string, Forge>> = {
  meta: forgeMeta,
  twilio: forgeTwilio,
  vonage: forgeVonage,
  messagebird: forgeMessagebird,
  bird: forgeBird,
};
