import type { HttpRequest } from '#kernel/http.ts';
import { fingerprint } from '../meta/json.ts';
import type { VonageAccount } from './account.ts';

const maxUrlChars = 2048;

/** Where Vonage keeps media (`https://api-eu.nexmo.com/v3/media/…`). The application's token goes nowhere else. */
const vonageHost = /^[a-z0-9-]{1,63}\.(nexmo|vonage)\.com$/;

/** An address of the web, as the standard spells it; undefined where it is none, or carries credentials of its own. */
export function readMediaUrl(value: unknown): string | undefined {
  const url = typeof value === 'string' && value.length <= maxUrlChars ? URL.parse(value) : null;
  if (url === null || !['https:', 'http:'].includes(url.protocol)) return undefined;
  return url.username === '' && url.password === '' ? url.href : undefined;
}

/** The last part of the address is Vonage's id of the file; of another address, a hash. */
export function mediaIdOf(url: string): string {
  const last = URL.parse(url)?.pathname.split('/').at(-1) ?? '';
  return /^[A-Za-z0-9_-]{8,128}$/.test(last) ? last : fingerprint(url);
}

/**
 * The request that fetches a file, without its authorization (`authorize`); undefined where the address is not Vonage's nor the
 * account's own host (a simulator's). A redirect must be judged in the same way before it is followed, and gets no token elsewhere.
 */
export function mediaRequest(
  url: string,
  account: Pick<VonageAccount, 'baseUrl' | 'updateBaseUrl'>,
): HttpRequest | undefined {
  const target = URL.parse(readMediaUrl(url) ?? '');
  if (target === null) return undefined;
  const own = [account.baseUrl, account.updateBaseUrl ?? ''].map((each) => URL.parse(each)?.origin);
  const isVonage = target.protocol === 'https:' && target.port === '' && vonageHost.test(target.hostname);
  return isVonage || own.includes(target.origin)
    ? { method: 'GET', url: target.href, headers: { accept: '*/*' } }
    : undefined;
}
