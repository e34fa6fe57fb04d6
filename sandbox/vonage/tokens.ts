import { createHash, createPublicKey, randomUUID } from 'node:crypto';
import { decodeJwt, errors, jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../provider/clock.ts';
import type { VonageAccount } from './accounts.ts';
import { VonageError } from './errors.ts';

/** The account whose application signed the request's token; throws 401 otherwise, as Vonage answers. */
export async function authorised(
  header: string | undefined,
  accounts: readonly VonageAccount[],
  clock: Clock,
): Promise<VonageAccount> {
  const token = /^Bearer (.+)$/.exec(header ?? '')?.[1] ?? '';
  const account = accounts.find(({ applicationId }) => applicationId === claimed(token));
  if (account === undefined) throw new VonageError('unauthorized');
  const options = {
    algorithms: ['RS256'],
    currentDate: new Date(clock.now()),
    requiredClaims: ['iat', 'exp', 'jti'],
  };
  try {
    await jwtVerify(token, createPublicKey(account.publicKey), options);
    return account;
  } catch (error) {
    throw new VonageError(error instanceof errors.JWTExpired ? 'jwt-expired' : 'unauthorized');
  }
}

function claimed(token: string): unknown {
  try {
    return decodeJwt(token).application_id;
  } catch {
    return undefined;
  }
}

/** A webhook's token: by the account's signature secret, over the bytes. */
export async function webhookToken(
  account: VonageAccount,
  bytes: Uint8Array,
  nowMs: number,
  secret: string = account.signatureSecrets[0],
): Promise<string> {
  return await new SignJWT({
    iss: 'Vonage',
    payload_hash: createHash('sha256').update(bytes).digest('hex'),
    api_key: account.apiKey,
    application_id: account.applicationId,
  })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setIssuedAt(Math.floor(nowMs / 1000))
    .setJti(randomUUID())
    .sign(Buffer.from(secret));
}
