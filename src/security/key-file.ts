import { randomBytes } from 'node:crypto';
import {
  chownSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { lock } from '#platform/db/file-lock.ts';
import { newTree, type ShareTree } from './share-tree.ts';

/** The file of the `file:` key provider: JSON, mode 600, kept apart from the database and its backups. */

/** A tree by the places of its nodes: 32 bytes each, in base64. */
const nodes = z.record(z.string().regex(/^[01]{0,64}$/), z.base64());

/** Two trees: what seals for subjects, and what seals raw deliveries, whose places begin with their day. */
const trees = z.strictObject({ subjects: nodes, deliveries: nodes });

const keyFile = z.strictObject({
  current: z.string().min(1),
  generated: z.boolean().default(false),
  /** key id → 32 bytes in base64 */
  keys: z.record(z.string(), z.base64()),
  /** Absent in files that were written by hand, until the program could add it. */
  shares: z
    .strictObject({
      /** Of the trees, by its id: the one that seals what is new. */
      current: z.string().regex(/^[0-9a-f]{8}$/),
      trees: z.record(z.string(), trees),
    })
    .optional(),
});

export type KeyFile = z.infer<typeof keyFile>;

/** What the trees of a file are for. */
export type ShareKind = keyof z.infer<typeof trees>;

export const treeOf = (places: Readonly<Record<string, string>>): ShareTree =>
  new Map(Object.entries(places).map(([place, node]) => [place, Buffer.from(node, 'base64')]));

export const placesOf = (tree: ShareTree): Record<string, string> =>
  Object.fromEntries([...tree].map(([place, node]) => [place, node.toString('base64')]));

/** Trees of their own, with an id that no other file has. */
export function freshShares(): NonNullable<KeyFile['shares']> {
  const current = randomBytes(4).toString('hex');
  const fresh = () => placesOf(newTree(randomBytes(32)));
  return { current, trees: { [current]: { subjects: fresh(), deliveries: fresh() } } };
}

/** Undefined when it is none: the parser's error would quote the text, which holds keys. */
function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined);

/** Undefined where there is no such file. Throws when it is not of the right form, without quoting it. */
export function readKeyFile(path: string): KeyFile | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = keyFile.safeParse(asJson(text));
  if (!parsed.success)
    throw new Error(`the key file ${path} is not of the form {"current": "k1", "keys": {"k1": "<base64>"}}`);
  return parsed.data;
}

/** Tells one content of the file from the next. Undefined while there is none to be seen. */
export function keyFileStamp(path: string): string | undefined {
  try {
    const { ino, size, mtimeMs } = statSync(path);
    return `${ino}/${size}/${mtimeMs}`;
  } catch {
    return undefined;
  }
}

/** Written and on the disk, beside the file that it is to become. */
function writeDraft(path: string, file: KeyFile): string {
  const draft = `${path}.${process.pid}.new`;
  const handle = openSync(draft, 'w', 0o600);
  try {
    writeSync(handle, `${JSON.stringify(file, null, 2)}\n`);
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
  return draft;
}

function syncFolder(path: string): void {
  const handle = openSync(dirname(path), 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

/** Makes a file with a random key. The first of two racing processes wins, and both have its keys. */
export function generateKeyFile(path: string): KeyFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const keys = { k1: randomBytes(32).toString('base64') };
  const draft = writeDraft(path, { current: 'k1', generated: true, keys, shares: freshShares() });
  try {
    linkSync(draft, path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  } finally {
    unlinkSync(draft);
  }
  const made = readKeyFile(path);
  if (made === undefined) throw new Error(`the key file ${path} is gone again`);
  return made;
}

/** Milliseconds that a change waits for another one. */
const lockMs = 10_000;

/**
 * Changes the file: one change at a time, whatever the processes, and at every moment either the old content or the new one stands
 * there. The owner stays who it is, so that root may change the file of the program's user.
 */
export async function changeKeyFile(path: string, change: (file: KeyFile) => KeyFile): Promise<void> {
  const held = await lock(`${path}.lock`, 'exclusive', lockMs);
  try {
    const before = readKeyFile(path);
    if (before === undefined) throw new Error(`there is no key file ${path}`);
    const after = change(before);
    if (after === before) return;
    const { uid, gid } = statSync(path);
    const draft = writeDraft(path, after);
    if (process.getuid?.() === 0) {
      chownSync(draft, uid, gid);
      chownSync(`${path}.lock`, uid, gid);
    }
    renameSync(draft, path);
    syncFolder(path);
  } finally {
    held.release();
  }
}
