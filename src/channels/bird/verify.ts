import { createHmac, hash, timingSafeEqual } from 'node:crypto';
import type { RawWebhook } from '#kernel/http.ts';
import type { BirdAccount } from './account.ts';
import { defaultSignatureAgeMs, maxSignatureLeadMs, minSignatureAgeMs } from './limits.ts';

/** https://docs.bird.com/api/notifications-api/api-reference/webhooks/verifying-a-webhook */
const signatureHeader = 'messagebird-signature';
const timestampHeader = 'messagebird-request-timestamp';

/** The current key and the one that it replaces. */
const maxSigningKeys = 2;

/** The base64 of 32 bytes. */
const signatureShape = /^[A-Za-z0-9+/]{43}=$/;

/** Unix seconds, or milliseconds. */
const timestampShape = /^(?:\d{10}|\d{13})$/;

type Keyring = Pick<BirdAccount, 'signingKeys' | 'maxSignatureAgeMs'>;

/**
 * Whether Bird signed the request with one of the account's signing keys, for this very URL, not longer ago than its retries last.
 * A request that was taken once verifies again for as long: what makes a repeat harmless is the message's id.
 *
 * @param webhook its `url` is the public one, with its query, as Bird was told it: the signature covers it to the letter.
 * @param nowMs milliseconds since the epoch.
 */
export function verify(webhook: RawWebhook, account: Keyring, nowMs: number): boolean {
  const signature = readSignature(webhook.headers[signatureHeader]);
  const timestamp = webhook.headers[timestampHeader];
  if (signature === undefined || typeof timestamp !== 'string' || !timestampShape.test(timestamp))
    return false;
  if (!isTimely(timestamp, account, nowMs)) return false;
  const signed = Buffer.concat([
    Buffer.from(`${timestamp}\n${webhook.url}\n`),
    hash('sha256', webhook.body, 'buffer'),
  ]);
  // All keys are tried, so that the time taken does not tell which one fits. An empty one would sign for anybody.
  const fits = account.signingKeys
    .slice(0, maxSigningKeys)
    .filter((key) => key !== '')
    .map((key) => timingSafeEqual(createHmac('sha256', key).update(signed).digest(), signature));
  return fits.includes(true);
}

function isTimely(timestamp: string, account: Keyring, nowMs: number): boolean {
  const signedMs = timestamp.length === 10 ? Number(timestamp) * 1000 : Number(timestamp);
  const longest = Math.max(account.maxSignatureAgeMs ?? defaultSignatureAgeMs, minSignatureAgeMs);
  const age = nowMs - signedMs;
  return age <= longest && age >= -maxSignatureLeadMs;
}

/** Only the one spelling of its bytes counts: base64 leaves two bits of the last letter unused. */
function readSignature(value: string | readonly string[] | undefined): Buffer | undefined {
  if (typeof value !== 'string' || !signatureShape.test(value)) return undefined;
  const bytes = Buffer.from(value, 'base64');
  return bytes.toString('base64') === value ? bytes : undefined;
}
