import { randomBytes, randomUUID } from 'node:crypto';

/** A random id. Not derived from anything about a patient. */
export function newId(): string {
  return randomUUID();
}

/** A short random id for what is made often, such as a turn: 96 bits, URL-safe. */
export function newShortId(): string {
  return randomBytes(12).toString('base64url');
}
