import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { RawWebhook } from '#kernel/http.ts';
import type { MetaAccount } from './account.ts';

/** https://developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/create-webhook-endpoint */
const header = 'x-hub-signature-256';
const prefix = 'sha256=';
const hexChars = 64;

/** The current secret and the one that it replaces. */
const maxAppSecrets = 2;

/** Whether Meta's signature over the raw bytes was made with one of the account's app secrets. */
export function verify(webhook: RawWebhook, account: Pick<MetaAccount, 'appSecrets'>): boolean {
  const signature = readSignature(webhook.headers[header]);
  if (signature === undefined) return false;
  // All secrets are tried, so that the time taken does not tell which one fits. An empty one would sign for anybody.
  const fits = account.appSecrets
    .slice(0, maxAppSecrets)
    .filter((secret) => secret !== '')
    .map((secret) => timingSafeEqual(createHmac('sha256', secret).update(webhook.body).digest(), signature));
  return fits.includes(true);
}

function readSignature(value: string | readonly string[] | undefined): Buffer | undefined {
  if (typeof value !== 'string' || value.length !== prefix.length + hexChars) return undefined;
  if (!value.startsWith(prefix)) return undefined;
  const hex = value.slice(prefix.length);
  return /^[0-9a-fA-F]+$/.test(hex) ? Buffer.from(hex, 'hex') : undefined;
}

/** Longer than any challenge that Meta sends (ten digits today); keeps the echo small. */
const maxChallengeChars = 512;

/**
 * Answers Meta's question whether this address expects its webhooks: the challenge to send back, or undefined
 * where the question is another or the token is wrong (then: 403). Send it as `text/plain`: it comes from outside.
 *
 * @param query the parsed query string; a parameter given twice (an array) is refused.
 */
export function verifySubscription(
  query: Readonly<Record<string, unknown>>,
  account: Pick<MetaAccount, 'verifyToken'>,
): string | undefined {
  const token = query['hub.verify_token'];
  const challenge = query['hub.challenge'];
  if (query['hub.mode'] !== 'subscribe' || typeof token !== 'string' || typeof challenge !== 'string')
    return undefined;
  if (challenge === '' || challenge.length > maxChallengeChars || account.verifyToken === '')
    return undefined;
  // Hashes are of equal length, so that not even the token's length shows.
  return timingSafeEqual(digest(token), digest(account.verifyToken)) ? challenge : undefined;
}

function digest(value: string): Buffer {
  return createHash('sha256').update(value).digest();
}
