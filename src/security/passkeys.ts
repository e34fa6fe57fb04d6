import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
  WebAuthnCredential,
} from '@simplewebauthn/server';
import { z } from 'zod';
import type { Tx } from '#platform/db/db.ts';
import { ownOrigins } from './same-origin.ts';

/**
 * Passkeys. The relying party is the host of `PUBLIC_URL`; the person must have been verified by the device (a fingerprint, a PIN):
 * that is the second factor.
 */
export type RelyingParty = { readonly id: string; readonly origins: string[] };

export function relyingParty(publicUrl: string): RelyingParty {
  const { hostname } = new URL(publicUrl);
  return { id: hostname, origins: [...ownOrigins(publicUrl)] };
}

/** Four hundred files, a quarter of what the program would read at its start: they are loaded when somebody first needs them. */
const library = () => import('@simplewebauthn/server');

/** COSE: EdDSA, ES256, RS256 (Windows Hello). */
const algorithms = [-8, -7, -257];

/** Milliseconds that the browser waits for the person. */
const patienceMs = 5 * 60_000;

const base64url = z
  .string()
  .max(64 * 1024)
  .regex(/^[A-Za-z0-9_-]*$/);

const credentialAnswer = {
  id: base64url.min(1).max(1400),
  rawId: base64url.max(1400),
  type: z.literal('public-key'),
  clientExtensionResults: z.record(z.string(), z.unknown()).default({}),
  authenticatorAttachment: z.enum(['cross-platform', 'platform']).optional(),
};

const registrationAnswer = z.object({
  ...credentialAnswer,
  response: z.object({
    clientDataJSON: base64url,
    attestationObject: base64url,
    transports: z.array(z.string().max(40)).max(10).default([]),
  }),
});

const authenticationAnswer = z.object({
  ...credentialAnswer,
  response: z.object({
    clientDataJSON: base64url,
    authenticatorData: base64url,
    signature: base64url,
    userHandle: base64url.max(128).nullish(),
  }),
});

/** What the browser is asked for to make a passkey. */
export async function registrationOptions(
  party: RelyingParty,
  person: { readonly staffId: string; readonly name: string },
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { generateRegistrationOptions } = await library();
  return await generateRegistrationOptions({
    rpName: 'Vestibule',
    rpID: party.id,
    userID: new TextEncoder().encode(person.staffId),
    userName: person.name,
    userDisplayName: person.name,
    timeout: patienceMs,
    attestationType: 'none',
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: algorithms,
  });
}

/** What the browser is asked for to sign in: any passkey it has for us, so that nobody has to be named first. */
export async function authenticationOptions(
  party: RelyingParty,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { generateAuthenticationOptions } = await library();
  const asked = { rpID: party.id, userVerification: 'required', timeout: patienceMs } as const;
  return await generateAuthenticationOptions(asked);
}

export type NewPasskey = {
  readonly credentialId: string;
  readonly publicKey: Uint8Array;
  readonly counter: number;
  readonly transports: readonly string[];
  readonly backedUp: boolean;
};

/** Checks what the browser answered; undefined where it is not good. */
export async function checkRegistration(
  party: RelyingParty,
  challenge: string,
  answer: unknown,
): Promise<NewPasskey | undefined> {
  const parsed = registrationAnswer.safeParse(answer);
  if (!parsed.success) return undefined;
  const { verifyRegistrationResponse } = await library();
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      // The library's type lists extension results by name; ours takes them as they come, and nothing reads them.
      response: parsed.data as RegistrationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: party.origins,
      expectedRPID: party.id,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithms,
    });
    if (!verified) return undefined;
    const { credential, credentialBackedUp } = registrationInfo;
    return {
      credentialId: credential.id,
      publicKey: credential.publicKey,
      counter: credential.counter,
      transports: parsed.data.response.transports,
      backedUp: credentialBackedUp,
    };
  } catch {
    // The library throws for whatever does not hold; which part it was is nobody's business outside.
    return undefined;
  }
}

type Passkey = { readonly staffId: string; readonly credential: WebAuthnCredential };

/**
 * A well-formed public key that belongs to nobody: an unknown credential is checked against it, so that the answer takes as long
 * as for a known one. ES256; the point is the curve's generator.
 */
export const nobodysKey = new Uint8Array(
  Buffer.from(
    'a5010203262001215820' +
      '6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296' +
      '225820' +
      '4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5',
    'hex',
  ),
);

export type Proof = { readonly staffId: string; readonly credentialId: string; readonly newCounter: number };

/**
 * Checks what the browser answered against the passkey it names; undefined where it is not good, or nobody's.
 * @param find looks a credential up
 */
export async function checkAuthentication(
  party: RelyingParty,
  challenge: string,
  answer: unknown,
  find: (credentialId: string) => Promise<Passkey | undefined>,
): Promise<Proof | undefined> {
  const parsed = authenticationAnswer.safeParse(answer);
  if (!parsed.success) return undefined;
  const { id, response } = parsed.data;
  const { verifyAuthenticationResponse } = await library();
  const known = await find(id);
  const nobody: WebAuthnCredential = { id, publicKey: nobodysKey, counter: 0 };
  const verified = await verifyAuthenticationResponse({
    // As above; and an absent user handle may be sent as null.
    response: parsed.data as AuthenticationResponseJSON,
    expectedChallenge: challenge,
    expectedOrigin: party.origins,
    expectedRPID: party.id,
    requireUserVerification: true,
    credential: known?.credential ?? nobody,
  }).catch(() => undefined);
  if (known === undefined || verified?.verified !== true) return undefined;
  const handle = response.userHandle ?? '';
  if (Buffer.from(handle, 'base64url').toString('utf8') !== known.staffId) return undefined;
  return { staffId: known.staffId, credentialId: id, newCounter: verified.authenticationInfo.newCounter };
}

type PasskeyRow = { staff_id: string; public_key: Buffer; counter: string; transports: string[] };

/** The passkey with an id, of an active person. */
export async function findPasskey(tx: Tx, credentialId: string): Promise<Passkey | undefined> {
  const [row] = await tx.query<PasskeyRow>(
    `select staff_id, public_key, counter, transports from passkeys join staff using (practice_id, staff_id)
     where practice_id = $1 and credential_id = $2 and active`,
    [tx.practiceId, credentialId],
  );
  return (
    row && {
      staffId: row.staff_id,
      credential: {
        id: credentialId,
        publicKey: new Uint8Array(row.public_key),
        counter: Number(row.counter),
      },
    }
  );
}

/** Makes this the person's only passkey: whoever gets a new link has lost what they had, and so may somebody have found it. */
export async function replacePasskeys(tx: Tx, staffId: string, passkey: NewPasskey): Promise<void> {
  await tx.query(`delete from passkeys where practice_id = $1 and staff_id = $2`, [tx.practiceId, staffId]);
  await tx.query(
    `insert into passkeys (practice_id, credential_id, staff_id, public_key, counter, transports, backed_up)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      tx.practiceId,
      passkey.credentialId,
      staffId,
      Buffer.from(passkey.publicKey),
      passkey.counter,
      [...passkey.transports],
      passkey.backedUp,
    ],
  );
}

/**
 * Notes a passkey's use. False where its counter did not grow: two devices then hold the same key, or the same proof came twice.
 * Synced passkeys always say 0.
 */
export async function usePasskey(tx: Tx, proof: Proof): Promise<boolean> {
  const rows = await tx.query(
    `update passkeys set counter = $3, last_used_at = now()
     where practice_id = $1 and credential_id = $2 and (counter < $3 or (counter = 0 and $3 = 0))
     returning credential_id`,
    [tx.practiceId, proof.credentialId, proof.newCounter],
  );
  return rows.length > 0;
}
