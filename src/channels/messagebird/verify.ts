import { hash, timingSafeEqual } from 'node:crypto';
import type { RawWebhook } from '#kernel/http.ts';
import { type Claims, readToken } from '../hmac-token.ts';
import type { MessageBirdAccount } from './account.ts';

/** https://developers.messagebird.com/docs/verify-http-requests ; claims as in messagebird-nodejs lib/webhook-signature-jwt.js */
const header = 'messagebird-signature-jwt';
const issuer = 'MessageBird';

/** As in MessageBird's own SDK. */
const defaultToleranceSeconds = 5;

/** Many times the length of MessageBird's own tokens; keeps the work for a stranger's small. */
const maxTokenChars = 8192;

const hashShape = /^[0-9a-fA-F]{64}$/;

type Signed = Pick<MessageBirdAccount, 'signingKeys' | 'clockToleranceSeconds'>;

/**
 * Whether the token in the header was signed with one of the account's keys, is neither expired nor from the future, and was made for
 * exactly this URL and this body. `webhook.url` is the public URL with its query, from configuration: the proxy's is another one. The
 * SDK's middleware must not be the model: it starts the same checks and does not wait for them.
 *
 * @param nowMs milliseconds since 1970
 */
export function verify(webhook: RawWebhook, account: Signed, nowMs: number): boolean {
  const token = webhook.headers[header];
  if (typeof token !== 'string' || token.length > maxTokenChars) return false;
  const told = account.clockToleranceSeconds;
  const toleranceSeconds = told !== undefined && told >= 0 && told < 3600 ? told : defaultToleranceSeconds;
  const claims = readToken(token, {
    algorithms: ['HS256', 'HS384', 'HS512'],
    secrets: account.signingKeys,
    issuer,
    nowMs,
    toleranceSeconds,
    requires: ['exp', 'jti'],
  });
  return claims !== undefined && isTimely(claims, nowMs, toleranceSeconds) && isBound(claims, webhook);
}

/** One SDK sends `iat`, another only `nbf`: at least one has to say when the token was made, and neither may lie ahead. */
function isTimely({ iat, nbf }: Claims, nowMs: number, tolerance: number): boolean {
  const made = [iat, nbf].filter((each) => each !== undefined);
  const latest = Math.floor(nowMs / 1000) + tolerance;
  return made.length > 0 && made.every((each) => typeof each === 'number' && each <= latest);
}

function isBound(claims: Claims, { url, body }: RawWebhook): boolean {
  if (!isHashOf(claims.url_hash, url)) return false;
  return claims.payload_hash === undefined ? body.length === 0 : isHashOf(claims.payload_hash, body);
}

function isHashOf(claim: unknown, content: string | Uint8Array): boolean {
  if (typeof claim !== 'string' || !hashShape.test(claim)) return false;
  return timingSafeEqual(hash('sha256', content, 'buffer'), Buffer.from(claim, 'hex'));
}
