import type { RawWebhook } from '#kernel/http.ts';
import { proofs } from './webhook-mutations.ts';

/**
 * Whether two deliveries are one and the same to the provider's way of signing. Written from the providers' pages, not from the codecs:
 * it says what a signature cannot tell apart, and everything else it must.
 */
export function isSameDelivery(provider: string, a: RawWebhook, b: RawWebhook): boolean {
  const names = proofs[provider] ?? [];
  const areProofsSame = names.every((name) => proofOf(provider, a, name) === proofOf(provider, b, name));
  return areProofsSame && signedOf(provider, a) === signedOf(provider, b);
}

/** A header that is there twice is another than one that is there once. */
function proofOf(provider: string, { headers }: RawWebhook, name: string): string {
  const proof = JSON.stringify(headers[name] ?? null);
  // Hexadecimal digits say the same in either case; the word before them is a word.
  return provider === 'meta' ? proof.replace(/=[0-9A-Fa-f]{64}"$/, (hex) => hex.toLowerCase()) : proof;
}

function signedOf(provider: string, { url, body }: RawWebhook): string {
  const bytes = Buffer.from(body).toString('latin1');
  switch (provider) {
    case 'meta':
    case 'vonage':
      return bytes;
    case 'twilio':
      return twilioSigns(url, bytes);
    default:
      return `${url}\n${bytes}`;
  }
}

/**
 * The URL, without a port (Twilio signs it with or without, and its own SDK takes either) and without what follows `#`, and then name and value of each parameter with nothing
 * between them, sorted by name; of a name that is there more than once, its different values. Where the query has the hash of the body,
 * the body counts as it is.
 */
function twilioSigns(url: string, body: string): string {
  const address = url.replace(/#.*$/s, '').replace(/^(https:\/\/[^/?]*?):\d{1,5}(?=[/?]|$)/, '$1');
  if (address.includes('bodySHA256=')) return `${address}\n${body}`;
  const byName = new Map<string, Set<string>>();
  for (const pair of body === '' ? [] : body.split('&')) {
    const [name = '', ...value] = pair.split('=');
    const values = byName.get(unescaped(name)) ?? new Set();
    byName.set(unescaped(name), values.add(unescaped(value.join('='))));
  }
  const names = [...byName.keys()].toSorted();
  const said = names.flatMap((name) => [...(byName.get(name) ?? [])].toSorted().map((value) => name + value));
  return address + said.join('');
}

/** To characters that stand for bytes: broken text must not look like other broken text. */
function unescaped(text: string): string {
  return text
    .replaceAll('+', ' ')
    .replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}
