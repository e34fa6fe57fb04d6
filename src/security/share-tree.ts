import { hash } from 'node:crypto';

/**
 * A tree of shares, out of which single ones can be taken for good (a puncturable pseudorandom function, after Goldreich, Goldwasser
 * and Micali, and Boneh and Waters).
 *
 * - **point**: what a share belongs to, some bytes; each of its bits is a turn to the left or to the right on the way down.
 * - **share**: the 32 bytes at the end of that way. They follow from any node above, and from nothing else.
 * - **node**: what stands at a place in the tree. At first there is the root, from which every share follows. When a point is taken
 *   out, the node above it is replaced by those beside its way down: every other share still follows from them, this one never again.
 */
export type ShareTree = ReadonlyMap<string, Buffer>;

/** The root's place. A place is the turns that lead to it, as `0` and `1`. */
const top = '';

/** A tree that nothing was taken out of. */
export function newTree(root: Uint8Array): ShareTree {
  if (root.length !== 32) throw new Error('the root of a share tree has 32 bytes');
  return new Map([[top, Buffer.from(root)]]);
}

const scratch = Buffer.alloc(33);

/** SHA-256 over a node's 32 bytes and one more: of a fixed length, so nothing can be appended. */
function below(node: Uint8Array, turn: 0 | 1): Buffer {
  scratch.set(node);
  scratch[32] = turn;
  return hash('sha256', scratch, 'buffer');
}

const turnAt = (bits: string, depth: number): 0 | 1 => (bits[depth] === '1' ? 1 : 0);

/** The turns that lead to a point. */
export function bitsOf(point: Uint8Array): string {
  return Array.from(point, (byte) => byte.toString(2).padStart(8, '0')).join('');
}

/** What follows from a node by further turns. */
function descend(node: Uint8Array, bits: string): Buffer {
  let at: Buffer = Buffer.from(node);
  for (let depth = 0; depth < bits.length; depth += 1) at = below(at, turnAt(bits, depth));
  return at;
}

/** All nodes that follow from one by so many further turns, in order: two hashes each, where `descend` takes one per turn. */
export function allBelow(node: Uint8Array, turns: number): readonly Buffer[] {
  let row: readonly Buffer[] = [Buffer.from(node)];
  for (let depth = 0; depth < turns; depth += 1)
    row = row.flatMap((each) => [below(each, 0), below(each, 1)]);
  return row;
}

/** The place of the node that a place follows from; undefined where that was taken out, wholly or in part. */
function above(tree: ShareTree, bits: string): string | undefined {
  for (let depth = 0; depth <= bits.length; depth += 1) {
    const place = bits.slice(0, depth);
    if (tree.has(place)) return place;
  }
  return undefined;
}

/** The share of a point, or the node at a place above several; undefined once it, or part of it, was taken out. */
export function shareOf(tree: ShareTree, point: Uint8Array): Buffer | undefined {
  const bits = bitsOf(point);
  const place = above(tree, bits);
  const node = place === undefined ? undefined : tree.get(place);
  return node === undefined || place === undefined ? undefined : descend(node, bits.slice(place.length));
}

/** The tree without the shares of these points. What was taken out before stays out. */
export function takeOut(tree: ShareTree, points: readonly Uint8Array[]): ShareTree {
  const left = new Map(tree);
  for (const point of points) {
    const bits = bitsOf(point);
    const place = above(left, bits);
    let node = place === undefined ? undefined : left.get(place);
    if (place === undefined || node === undefined) continue;
    left.delete(place);
    for (let depth = place.length; depth < bits.length; depth += 1) {
      const turn = turnAt(bits, depth);
      left.set(bits.slice(0, depth) + (turn === 1 ? '0' : '1'), below(node, turn === 1 ? 0 : 1));
      node = below(node, turn);
    }
  }
  return left;
}

/** The tree without any share of a point that comes before this one, as numbers do. */
export function takeOutBefore(tree: ShareTree, point: Uint8Array): ShareTree {
  const bits = bitsOf(point);
  const left = new Map<string, Buffer>();
  for (const [place, node] of tree) {
    const shared = bits.slice(0, place.length);
    if (place > shared) left.set(place, node);
    if (place !== shared) continue;
    // The way to the point leads through this node: what lies to the right of it stays, and the point's own.
    let at = node;
    for (let depth = place.length; depth < bits.length; depth += 1) {
      const turn = turnAt(bits, depth);
      if (turn === 0) left.set(`${bits.slice(0, depth)}1`, below(at, 1));
      at = below(at, turn);
    }
    left.set(bits, at);
  }
  return left;
}
