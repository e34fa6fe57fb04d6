import { randomBytes, randomInt } from 'node:crypto';

export { bsuidOf } from '../provider/users.ts';

/**
 * A message id as Meta makes them: `wamid.` and base64 of a small binary that names the peer (phone number or
 * business-scoped user id) in clear text and ends with random hex digits. Observed in documented samples; Meta
 * promises no format.
 */
export function newWamid(peer: string, direction: 'in' | 'out'): string {
  const tail = randomBytes(direction === 'in' ? 10 : 9)
    .toString('hex')
    .toUpperCase();
  const name = Buffer.from(peer, 'latin1');
  const bytes = Buffer.concat([
    Buffer.from([0x1c, 0x18, name.length]),
    name,
    Buffer.from([0x15, 0x02, 0x00, direction === 'in' ? 0x12 : 0x11, 0x18, tail.length]),
    Buffer.from(tail, 'latin1'),
    Buffer.from([0x00]),
  ]);
  return `wamid.${bytes.toString('base64')}`;
}

/** Sixteen digits, like Meta's media and node ids. */
export function newNodeId(): string {
  return `${randomInt(1, 10)}${Array.from({ length: 15 }, () => randomInt(10)).join('')}`;
}

/** Meta's reference for support, in every error. */
export function newTrace(): string {
  return `A${randomBytes(16).toString('base64url')}`;
}

/** Meta: business-scoped user ids. `ENT.` marks the parent id of a business with several portfolios. */
export const bsuidPattern = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/;
