import { fingerprint } from '../json.ts';
import { type MediaCodec, mediaByUrl, weekMs } from '../media.ts';
import type { VonageAccount } from './account.ts';

type MediaAccount = Pick<VonageAccount, 'baseUrl' | 'updateBaseUrl' | 'mediaHosts'>;

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
 * Vonage keeps files on hosts of its regions, behind the application's own token. For how long is not confirmed, so they are fetched
 * at once; a redirect is followed to those hosts alone.
 */
export const media: MediaCodec<MediaAccount> = mediaByUrl({
  lifeMs: weekMs,
  places: [{ host: vonageHost, credentials: true }],
  own: ({ baseUrl, updateBaseUrl }) => [baseUrl, ...(updateBaseUrl === undefined ? [] : [updateBaseUrl])],
  withToken: true,
});
