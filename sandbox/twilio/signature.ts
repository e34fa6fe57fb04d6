import { createHmac } from 'node:crypto';

export type Params = readonly (readonly [name: string, value: string])[];

/**
 * `X-Twilio-Signature`: the URL as it is called, without its fragment, and each parameter, sorted by name.
 * https://www.twilio.com/docs/usage/webhooks/webhooks-security
 */
export function signatureOf(authToken: string, url: string, params: Params): string {
  const sorted = params.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const signed = (url.split('#')[0] ?? '') + sorted.map(([name, value]) => name + value).join('');
  return createHmac('sha1', authToken).update(signed, 'utf8').digest('base64');
}
