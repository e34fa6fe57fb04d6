import fc from 'fast-check';
import { expect, test } from 'vitest';
import { media } from './media.ts';

const account = { baseUrl: 'https://api.nexmo.com', updateBaseUrl: 'http://127.0.0.1:9999' };

test('the token goes to no other host, whatever the address', () => {
  const address = fc.oneof(
    fc.webUrl({ withFragments: true, withQueryParameters: true }),
    fc.string().map((text) => `https://${text}`),
    fc.tuple(fc.string(), fc.string()).map(([a, b]) => `https://${a}.nexmo.com${b}`),
  );
  fc.assert(
    fc.property(address, (url) => {
      const step = media.begin({ kind: 'media', media: 'image', mediaId: 'x', url }, account);
      expect(media.allows(url, account)).toBe(step.kind === 'fetch');
      if (step.kind !== 'fetch') return;
      expect(new URL(step.request.url).hostname).toMatch(/^[a-z0-9-]+\.(nexmo|vonage)\.com$/);
    }),
  );
});
