import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mediaRequest } from './media.ts';

const account = { baseUrl: 'https://api.nexmo.com', updateBaseUrl: 'http://127.0.0.1:9999' };

test.each([
  'https://api-eu.nexmo.com/v3/media/0c9a4d4e-0000-4000-8000-000000000001',
  'https://api-us.vonage.com/v3/media/0c9a4d4e-0000-4000-8000-000000000001?x=1',
  'http://127.0.0.1:9999/v3/media/0c9a4d4e-0000-4000-8000-000000000001',
])('%s is fetched', (url) => {
  expect(mediaRequest(url, account)).toEqual({ method: 'GET', url, headers: { accept: '*/*' } });
});

test.each([
  'http://api-eu.nexmo.com/v3/media/1',
  'https://api-eu.nexmo.com:8443/v3/media/1',
  'https://nexmo.com.evil.example/v3/media/1',
  'https://evilnexmo.com/v3/media/1',
  'https://a.b.nexmo.com/v3/media/1',
  'https://api.nexmo.com@evil.example/v3/media/1',
  'https://evil.example/#.nexmo.com',
  'https://evil.example\\.nexmo.com/',
  'http://127.0.0.1:9998/v3/media/1',
  'http://169.254.169.254/latest/meta-data',
  'file:///etc/passwd',
  '//api.nexmo.com/v3/media/1',
  'v3/media/1',
  '',
])('%s is not', (url) => {
  expect(mediaRequest(url, account)).toBeUndefined();
});

test('the token goes to no other host, whatever the address', () => {
  const address = fc.oneof(
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc.string().map((text) => `https://${text}`),
    fc.tuple(fc.string(), fc.string()).map(([a, b]) => `https://${a}.nexmo.com${b}`),
  );
  fc.assert(
    fc.property(address, (url) => {
      const request = mediaRequest(url, account);
      if (request === undefined) return;
      expect(new URL(request.url).hostname).toMatch(/^[a-z0-9-]+\.(nexmo|vonage)\.com$/);
    }),
  );
});
