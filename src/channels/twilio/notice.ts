import { createHash } from 'node:crypto';
import type { ChannelEvent } from '../channel.ts';

type Notice = Extract<ChannelEvent, { type: 'notice' }>;

/**
 * Something that is no message and no status to us, or cannot be read as one. `identity` is what makes it the same thing when it comes
 * again. The key is always a hash: what is hashed may name a person.
 */
export function notice(what: string, identity: readonly string[], known: boolean): Notice {
  const key = createHash('sha256')
    .update(JSON.stringify([what, ...identity]))
    .digest('hex');
  return { type: 'notice', what, key, known };
}
