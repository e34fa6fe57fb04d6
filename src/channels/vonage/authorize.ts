import { createHash, createPrivateKey, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import type { Authorization } from '../channel.ts';
import type { VonageAccount } from './account.ts';

const lifeSeconds = 15 * 60;
/** What two clocks may differ by, and what a request may take, before a token that is still handed out has run out. */
const marginSeconds = 60;

/**
 * The application's token for requests to Vonage, and for its media: RS256, fifteen minutes. Basic authorization would send as well,
 * but then the application's webhooks say nothing of what was sent.
 *
 * The token's id is derived from the application and the time, so that it stays a function of what it is given: two processes in the
 * same millisecond make one and the same token, which is no other than using one twice.
 *
 * https://developer.vonage.com/en/getting-started/concepts/authentication#json-web-tokens
 *
 * @param nowMs Unix time in milliseconds
 * @throws Error where the private key is no RSA key; it says nothing of the key
 */
export async function authorize(
  account: Pick<VonageAccount, 'applicationId' | 'privateKey'>,
  nowMs: number,
): Promise<Authorization> {
  const issued = Math.floor(nowMs / 1000);
  const token = await new SignJWT({ application_id: account.applicationId })
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT' })
    .setIssuedAt(issued)
    .setExpirationTime(issued + lifeSeconds)
    .setJti(createHash('sha256').update(`${account.applicationId}|${nowMs}`).digest('hex').slice(0, 32))
    .sign(readKey(account.privateKey));
  return {
    headers: { authorization: `Bearer ${token}` },
    validForMs: (lifeSeconds - marginSeconds) * 1000,
  };
}

function readKey(pem: string): KeyObject {
  let key: KeyObject | undefined;
  try {
    key = createPrivateKey(pem);
  } catch {
    // The original error may quote the key.
  }
  if (key?.asymmetricKeyType !== 'rsa') throw new Error('expected an RSA private key in PEM');
  return key;
}
