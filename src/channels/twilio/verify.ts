import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { RawWebhook } from '#kernel/http.ts';
import type { TwilioAccount } from './account.ts';
import { readSignedParams } from './form.ts';

/** https://www.twilio.com/docs/usage/webhooks/webhooks-security */
const header = 'x-twilio-signature';

/** SHA-1 in base64: 20 bytes. */
const signatureShape = /^[A-Za-z0-9+/]{27}=$/;

/** The primary auth token and the secondary. */
const maxAuthTokens = 2;

/** Stands in the query when the body is no form, and is signed with the URL. */
const bodyHashParam = 'bodySHA256';

/**
 * Whether Twilio's signature was made with one of the account's auth tokens, over the public URL (with its query, without a fragment)
 * and every parameter of the form: the ones that we do not know as well. Of a body that is no form, the URL is signed, and in its query
 * stands the body's hash.
 *
 * The scheme puts names and values together with nothing between them, and names no time: a delivery that comes again is told by its
 * message's id and status.
 */
export function verify(webhook: RawWebhook, account: Pick<TwilioAccount, 'authTokens'>): boolean {
  const signature = webhook.headers[header];
  if (typeof signature !== 'string' || !signatureShape.test(signature)) return false;
  const url = withoutFragment(webhook.url);
  const params = signedParams(url, webhook.body);
  if (params === undefined) return false;
  const given = Buffer.from(signature, 'latin1');
  // An empty token would sign for anybody.
  const tokens = account.authTokens.slice(0, maxAuthTokens).filter((token) => token !== '');
  return (
    isSignedWithAny(tokens, url, params, given) || isSignedWithAny(tokens, otherSpelling(url), params, given)
  );
}

function withoutFragment(url: string): string {
  const at = url.indexOf('#');
  return at < 0 ? url : url.slice(0, at);
}

/** All tokens are tried, so that the time taken does not tell which one fits. */
function isSignedWithAny(tokens: readonly string[], url: string, params: Buffer, given: Buffer): boolean {
  return tokens.map((token) => timingSafeEqual(signed(token, url, params), given)).includes(true);
}

/** Compared as text: two spellings of base64 can stand for the same bytes. */
function signed(token: string, url: string, params: Buffer): Buffer {
  return Buffer.from(createHmac('sha1', token).update(url).update(params).digest('base64'), 'latin1');
}

/** What is signed after the URL; undefined where the body is not what the URL says, or no form. */
function signedParams(url: string, body: Uint8Array): Buffer | undefined {
  if (!url.includes('?')) return readSignedParams(body);
  const query = url.slice(url.indexOf('?') + 1);
  const hashes = new URLSearchParams(query).getAll(bodyHashParam);
  if (hashes.length === 0) return readSignedParams(body);
  return hashes.length === 1 && isHashOf(hashes[0] ?? '', body) ? Buffer.alloc(0) : undefined;
}

function isHashOf(hex: string, body: Uint8Array): boolean {
  if (!/^[0-9a-fA-F]{64}$/.test(hex)) return false;
  return timingSafeEqual(Buffer.from(hex, 'hex'), createHash('sha256').update(body).digest());
}

/** Twilio signs the URL at times with the scheme's own port and at times without any, whichever of them it called. */
function otherSpelling(url: string): string {
  const parts = /^(https?):\/\/([^/?]*?)(:\d{1,5})?([/?].*)?$/s.exec(url);
  if (parts === null) return url;
  const [, scheme, host, port, rest = ''] = parts;
  const own = scheme === 'https' ? ':443' : ':80';
  const other = port === undefined ? own : '';
  return `${scheme}://${host}${other}${rest}`;
}
