import { createHmac, hash, randomBytes } from 'node:crypto';
import type { KeyProvider } from './key-provider.ts';
import { allBelow } from './share-tree.ts';

/**
 * The shares of the keys: what stands outside of the database and can be taken out there for one subject, or one raw delivery, alone.
 * Then not even an old backup opens, though it holds the key as the practice's key wrapped it.
 */

/** A key that needs both: what the database holds and the share. */
export function joined(practiceKey: Uint8Array, share: Uint8Array): Buffer {
  return createHmac('sha256', practiceKey).update('share\n').update(share).digest();
}

/** 64 bits: two subjects of the same point would be erased together, and there are too few for that. */
export function subjectPoint(practiceId: string, subject: string): Buffer {
  return hash('sha256', `${practiceId}|${subject}`, 'buffer').subarray(0, 8);
}

const dayMs = 86_400_000;

/** The first point of a day of the system's clock: deliveries are sealed at points that begin with theirs. */
export function dayPoint(ms: number): Buffer {
  const point = Buffer.alloc(6);
  point.writeUInt16BE(Math.max(0, Math.floor(ms / dayMs)), 0);
  return point;
}

/** Where a delivery's share is found: the tree and the point, as they stand in the head of what it sealed. */
export type DeliveryShare = { readonly tree: string; readonly point: Buffer; readonly share: Buffer };

/** Turns from a bucket's node to its shares. */
const bucketTurns = 8;

/** The points that begin with the same five bytes: what a process takes one by one, once it has derived them together. */
type Bucket = {
  readonly tree: string;
  readonly start: Buffer;
  readonly shares: readonly Buffer[];
  taken: number;
};

/**
 * Gives every delivery a point of its own: its day, 24 random bits of the process's bucket, and a number within that. No point is
 * used twice by one process; two that meet by chance share a key, which harms nothing.
 */
export function createDeliveryShares(provider: KeyProvider, systemNow: () => number) {
  let bucket: Bucket | undefined;

  function fresh(tree: string): Bucket {
    const start = dayPoint(systemNow()).subarray(0, 5);
    randomBytes(3).copy(start, 2);
    const node = provider.share(tree, 'deliveries', start);
    if (node === undefined) throw new Error('the shares of this day were taken out: is the clock right?');
    return { tree, start, shares: allBelow(node, bucketTurns), taken: 0 };
  }

  return {
    /** Undefined where the provider has no shares. */
    next(): DeliveryShare | undefined {
      const tree = provider.shareTree;
      if (tree === undefined) return undefined;
      const isToday = bucket?.start.readUInt16BE(0) === dayPoint(systemNow()).readUInt16BE(0);
      if (bucket === undefined || bucket.tree !== tree || bucket.taken === bucket.shares.length || !isToday)
        bucket = fresh(tree);
      const share = bucket.shares[bucket.taken];
      if (share === undefined) throw new Error('a bucket without shares');
      const point = Buffer.concat([bucket.start, Buffer.from([bucket.taken])]);
      bucket.taken += 1;
      return { tree, point, share };
    },
  };
}
