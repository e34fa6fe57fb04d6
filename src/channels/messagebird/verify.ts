import { createHash, timingSafeEqual } from 'node:crypto';
import { type JWTPayload, jwtVerify } from 'jose';
import type { RawWebhook } from '#kernel/http.ts';
import type { MessageBirdAccount } from './account.ts';

/** https://developers.messagebird.com/docs/verify-http-requests ; claims as in messagebird-nodejs lib/webhook-signature-jwt.js */
const header = 'messagebird-signature-jwt';
const issuer = 'MessageBird';
const algorithms = ['HS256', 'HS384', 'HS512'];

/** As in MessageBird's own SDK. */
const defaultToleranceSeconds = 5;

/** The current key and the one that it replaces. */
const maxSigningKeys = 2;

/** Many times the length of MessageBird's own tokens; keeps the work for a stranger's small. */
const maxTokenChars = 8192;

const maxDateMs = 8.64e15;
const tokenShape = /^[\w-]+\.[\w-]+\.([\w-]+)$/;
const hashShape = /^[0-9a-fA-F]{64}$/;

type Signed = Pick<MessageBirdAccount, 'signingKeys' | 'clockToleranceSeconds'>;

/**
 * Whether the token in the header was signed with one of the account's keys, is neither expired nor from the future, and was made for
 * exactly this URL and this body. `webhook.url` is the public URL with its query, from configuration: the proxy's is another one. The
 * SDK's middleware must not be the model: it starts the same checks and does not wait for them.
 *
 * @param nowMs milliseconds since 1970
 */
export async function verify(webhook: RawWebhook, account: Signed, nowMs: number): Promise<boolean> {
  const token = readToken(webhook.headers[header]);
  // A time that is none would compare as neither too early nor too late.
  if (token === undefined || !(Math.abs(nowMs) <= maxDateMs)) return false;
  const told = account.clockToleranceSeconds;
  const tolerance = told !== undefined && told >= 0 && told < 3600 ? told : defaultToleranceSeconds;
  // All keys are tried, so that the time taken does not tell which one fits. An empty one would sign for anybody.
  const claims = await Promise.all(
    account.signingKeys
      .slice(0, maxSigningKeys)
      .filter((key) => key !== '')
      .map((key) => readClaims(token, key, nowMs, tolerance)),
  );
  return claims
    .map((each) => each !== undefined && isTimely(each, nowMs, tolerance) && isBound(each, webhook))
    .includes(true);
}

function readToken(value: string | readonly string[] | undefined): string | undefined {
  if (typeof value !== 'string' || value.length > maxTokenChars) return undefined;
  const signature = tokenShape.exec(value)?.[1];
  if (signature === undefined) return undefined;
  // Spare bits of the last character decode to nothing: one signature, one spelling.
  return Buffer.from(signature, 'base64url').toString('base64url') === signature ? value : undefined;
}

async function readClaims(
  token: string,
  key: string,
  nowMs: number,
  clockTolerance: number,
): Promise<JWTPayload | undefined> {
  try {
    const { payload } = await jwtVerify(token, new TextEncoder().encode(key), {
      algorithms,
      issuer,
      clockTolerance,
      currentDate: new Date(nowMs),
      requiredClaims: ['exp', 'jti'],
    });
    return payload;
  } catch {
    return undefined;
  }
}

/** One SDK sends `iat`, another only `nbf`: at least one has to say when the token was made, and neither may lie ahead. */
function isTimely({ iat, nbf }: JWTPayload, nowMs: number, tolerance: number): boolean {
  const made = [iat, nbf].filter((each) => each !== undefined);
  const latest = Math.floor(nowMs / 1000) + tolerance;
  return made.length > 0 && made.every((each) => typeof each === 'number' && each <= latest);
}

function isBound(claims: JWTPayload, { url, body }: RawWebhook): boolean {
  if (!isHashOf(claims.url_hash, url)) return false;
  return claims.payload_hash === undefined ? body.length === 0 : isHashOf(claims.payload_hash, body);
}

function isHashOf(claim: unknown, content: string | Uint8Array): boolean {
  if (typeof claim !== 'string' || !hashShape.test(claim)) return false;
  return timingSafeEqual(createHash('sha256').update(content).digest(), Buffer.from(claim, 'hex'));
}
