import { createHash, createHmac, randomUUID } from 'node:crypto';

export type Signing = {
  readonly key: string;
  readonly url: string;
  readonly body: string;
  readonly nowMs: number;
  readonly withPayloadHash: boolean;
};

/** Seconds that a token is good for. */
const lifeSeconds = 60;

/** The value of `MessageBird-Signature-JWT`, written by hand and not by the library that the product reads it with. */
export function signatureOf({ key, url, body, nowMs, withPayloadHash }: Signing): string {
  const iat = Math.floor(nowMs / 1000);
  const claims = {
    iss: 'MessageBird',
    iat,
    nbf: iat,
    exp: iat + lifeSeconds,
    jti: randomUUID(),
    url_hash: sha256(url),
    ...(withPayloadHash && body !== '' && { payload_hash: sha256(body) }),
  };
  const input = [{ alg: 'HS256', typ: 'JWT' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  return `${input}.${createHmac('sha256', key).update(input).digest('base64url')}`;
}

function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}
