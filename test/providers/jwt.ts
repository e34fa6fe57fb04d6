import { createHash, createHmac } from 'node:crypto';

/** A token signed with HMAC, by hand and not by the library that the product reads it with. RFC 7515. */
export function signedToken(
  claims: object,
  secret: string,
  header: { readonly alg: string; readonly typ?: string } = { alg: 'HS256', typ: 'JWT' },
): string {
  const input = [header, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const hash = header.alg.replace('HS', 'sha');
  return `${input}.${createHmac(hash, secret).update(input).digest('base64url')}`;
}

export function sha256(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
