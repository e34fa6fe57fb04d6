import type { ChannelEvent } from '../channel.ts';
import { fingerprint } from '../json.ts';

type Notice = Extract<ChannelEvent, { type: 'notice' }>;

/**
 * What is no message and no status of ours, or cannot be read as one. `identity` is what makes it the same thing when it comes again:
 * its id, or all of it. The key is always a hash: what it is made of may hold a phone number.
 */
export function notice(what: string, identity: unknown, known: boolean): Notice {
  return { type: 'notice', what, key: fingerprint([what, identity ?? null]), known };
}
