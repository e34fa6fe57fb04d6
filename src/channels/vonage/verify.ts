import { hash, timingSafeEqual } from 'node:crypto';
import type { RawWebhook } from '#kernel/http.ts';
import { type Claims, readToken } from '../hmac-token.ts';
import type { VonageAccount } from './account.ts';
import { clockToleranceSeconds, defaultTokenMaxAgeSeconds, maxTokenChars } from './limits.ts';

const scheme = 'Bearer ';

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
export function verify(webhook: RawWebhook, account: Verifier, nowMs: number): boolean {
  const { authorization } = webhook.headers;
  if (typeof authorization !== 'string' || !authorization.startsWith(scheme)) return false;
  if (authorization.length > maxTokenChars) return false;
  const claims = readToken(authorization.slice(scheme.length), {
    algorithms: ['HS256'],
    secrets: account.signatureSecrets,
    issuer: 'Vonage',
    nowMs,
    toleranceSeconds: clockToleranceSeconds,
    // `iat` must be there, `exp` may.
    maxAgeSeconds: account.tokenMaxAgeSeconds ?? defaultTokenMaxAgeSeconds,
  });
  return claims !== undefined && isForUs(claims, account) && isOver(claims, webhook.body);
}

/** One signature secret serves all applications of an API key: another application's delivery is signed as well, and not ours. */
function isForUs(claims: Claims, account: Verifier): boolean {
  if (account.apiKey === '' || claims.api_key !== account.apiKey) return false;
  if (claims.application_id === undefined) return account.acceptsUnnamedApplication === true;
  return account.applicationId !== '' && claims.application_id === account.applicationId;
}

function isOver({ payload_hash: claimed }: Claims, body: Uint8Array): boolean {
  if (typeof claimed !== 'string' || !/^[0-9a-fA-F]{64}$/.test(claimed)) return false;
  return timingSafeEqual(Buffer.from(claimed, 'hex'), hash('sha256', body, 'buffer'));
}
