import { createHash, timingSafeEqual } from 'node:crypto';
import { type JWTPayload, jwtVerify } from 'jose';
import type { RawWebhook } from '#kernel/http.ts';
import type { VonageAccount } from './account.ts';
import { clockToleranceSeconds, defaultTokenMaxAgeSeconds, maxTokenChars } from './limits.ts';

/** Three parts of base64url, as RFC 7515 writes them: no padding, no white space. */
const tokenShape = /^Bearer ([\w-]+\.[\w-]+\.([\w-]+))$/;

/** The current secret and the one that it replaces. */
const maxSecrets = 2;

type Verifier = Pick<
  VonageAccount,
  'apiKey' | 'applicationId' | 'signatureSecrets' | 'tokenMaxAgeSeconds' | 'acceptsUnnamedApplication'
>;

/**
 * Whether the delivery's token was signed with one of the account's signature secrets, for this application, for these very bytes,
 * and not too long ago. The token alone proves little: Vonage's own helper checks its signature and nothing else, so a token that was
 * once seen would carry any body. Never throws.
 *
 * Vonage says that it may, rarely, send a delivery unsigned, and signs it when it repeats it; it repeats after 5xx and 429 only.
 *
 * A token may be used again within its age; the bytes are then the same too, and a repeat of them is known by its `message_uuid`.
 *
 * https://developer.vonage.com/en/getting-started/concepts/webhooks (signed webhooks)
 *
 * @param nowMs Unix time in milliseconds
 */
export async function verify(webhook: RawWebhook, account: Verifier, nowMs: number): Promise<boolean> {
  try {
    const token = readToken(webhook.headers.authorization);
    if (token === undefined || !Number.isFinite(nowMs)) return false;
    // All secrets are tried, so that the time taken does not tell which one fits.
    const usable = await keysOf(account.signatureSecrets);
    const signed = await Promise.all(usable.map((key) => readClaims(token, key, account, nowMs)));
    return signed.some(
      (claims) => claims !== undefined && isForUs(claims, account) && isOver(claims, webhook.body),
    );
  } catch {
    return false;
  }
}

/** An account's secrets as keys, made once: to make one anew for each delivery costs as much as the rest of the check. */
const keys = new WeakMap<readonly string[], Promise<readonly CryptoKey[]>>();

function keysOf(secrets: readonly string[]): Promise<readonly CryptoKey[]> {
  const known = keys.get(secrets);
  if (known !== undefined) return known;
  // An empty secret would sign for anybody.
  const used = secrets.slice(0, maxSecrets).filter((secret) => secret !== '');
  const made = Promise.all(used.map(keyOf));
  keys.set(secrets, made);
  return made;
}

/** Good for HMAC with SHA-256 and for nothing else. */
function keyOf(secret: string): Promise<CryptoKey> {
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  return crypto.subtle.importKey('raw', Buffer.from(secret), algorithm, false, ['verify']);
}

/** Undefined where there is none, or more than one. A signature's last character has bits to spare: only one spelling is taken. */
function readToken(header: string | readonly string[] | undefined): string | undefined {
  if (typeof header !== 'string' || header.length > maxTokenChars) return undefined;
  const [, token, signature] = tokenShape.exec(header) ?? [];
  if (token === undefined || signature === undefined) return undefined;
  return Buffer.from(signature, 'base64url').toString('base64url') === signature ? token : undefined;
}

/** The algorithm is pinned: `none`, or an RSA public key taken for a secret, must not pass. `iat` must be there, `exp` may. */
async function readClaims(
  token: string,
  key: CryptoKey,
  { tokenMaxAgeSeconds = defaultTokenMaxAgeSeconds }: Verifier,
  nowMs: number,
): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: ['HS256'],
      issuer: 'Vonage',
      currentDate: new Date(nowMs),
      clockTolerance: clockToleranceSeconds,
      maxTokenAge: tokenMaxAgeSeconds,
    });
    return payload;
  } catch {
    return undefined;
  }
}

/** One signature secret serves all applications of an API key: another application's delivery is signed as well, and not ours. */
function isForUs(claims: JWTPayload, account: Verifier): boolean {
  if (account.apiKey === '' || claims.api_key !== account.apiKey) return false;
  if (claims.application_id === undefined) return account.acceptsUnnamedApplication === true;
  return account.applicationId !== '' && claims.application_id === account.applicationId;
}

function isOver({ payload_hash: claimed }: JWTPayload, body: Uint8Array): boolean {
  if (typeof claimed !== 'string' || !/^[0-9a-fA-F]{64}$/.test(claimed)) return false;
  return timingSafeEqual(Buffer.from(claimed, 'hex'), createHash('sha256').update(body).digest());
}
