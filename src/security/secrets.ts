import { createHash, randomBytes } from 'node:crypto';

/**
 * Secrets that the outside holds and we only recognise: session cookies, enrolment links, states. They name their practice, for
 * a row is found only within one: `<practiceId>.<secret>`.
 */
export type Bearer = { readonly practiceId: string; readonly hash: Buffer };

/** 256 bits; guessing one is out of reach, so a plain hash of it is enough. */
export const newSecret = (): string => randomBytes(32).toString('base64url');

export const hashSecret = (secret: string): Buffer => createHash('sha256').update(secret).digest();

const bearerForm = /^([a-z][a-z0-9-]{1,39})\.([A-Za-z0-9_-]{43})$/;

/** Reads `<practiceId>.<secret>`; undefined where it is not of that form. */
export function readBearer(text: string | undefined): Bearer | undefined {
  const [, practiceId, secret] = bearerForm.exec(text ?? '') ?? [];
  return practiceId === undefined || secret === undefined
    ? undefined
    : { practiceId, hash: hashSecret(secret) };
}
