import {
  browserSupportsWebAuthn,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  startAuthentication,
  startRegistration,
  WebAuthnError,
} from '@simplewebauthn/browser';
import { session } from '../api.ts';
import { codeOf } from '../request.ts';

export const canUsePasskeys = (): boolean => browserSupportsWebAuthn();

/** Proves with a passkey who one is; the answer sets the session's cookie. */
export async function provePasskey(practiceId: string): Promise<void> {
  const { challengeId, options } = await session.passkeyStart(practiceId);
  // The server's library made it, of the same family as the one that reads it here.
  const optionsJSON = options as PublicKeyCredentialRequestOptionsJSON;
  await session.passkeyFinish(challengeId, await startAuthentication({ optionsJSON }));
}

/** Makes a passkey on this device for the person whom the one-time link was for. */
export async function makePasskey(challengeId: string, options: unknown): Promise<void> {
  // As above.
  const optionsJSON = options as PublicKeyCredentialCreationOptionsJSON;
  await session.enrolFinish(challengeId, await startRegistration({ optionsJSON }));
}

/** Why it did not work: the server's code, or `CANCELLED`, `KNOWN_DEVICE`, `PASSKEY` of the browser's. */
export function passkeyCode(error: unknown): string {
  const name = error instanceof Error ? error.name : '';
  if (name === 'NotAllowedError' || name === 'AbortError') return 'CANCELLED';
  if (error instanceof WebAuthnError) {
    if (error.code === 'ERROR_AUTHENTICATOR_PREVIOUSLY_REGISTERED') return 'KNOWN_DEVICE';
    return error.code === 'ERROR_CEREMONY_ABORTED' ? 'CANCELLED' : 'PASSKEY';
  }
  return codeOf(error);
}
