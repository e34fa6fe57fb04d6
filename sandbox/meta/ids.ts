import { createHash, randomBytes, randomInt } from 'node:crypto';

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

/**
 * The business-scoped user id of a user towards one business portfolio: country code, dot, digits. The same pair
 * always gets the same id; another portfolio gets another one.
 */
export function bsuidOf(user: { id: string; country: string }, portfolioId: string): string {
  const digest = createHash('sha256').update(`${portfolioId}/${user.id}`).digest();
  const digits = BigInt(`0x${digest.subarray(0, 8).toString('hex')}`)
    .toString()
    .padStart(20, '1');
  return `${user.country}.${digits}`;
}

/** Meta: business-scoped user ids. `ENT.` marks the parent id of a business with several portfolios. */
export const bsuidPattern = /^[A-Z]{2}\.(?:ENT\.)?[A-Za-z0-9]{1,128}$/;
