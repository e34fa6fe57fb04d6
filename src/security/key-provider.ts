import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import {
  changeKeyFile,
  freshShares,
  generateKeyFile,
  type KeyFile,
  keyFileStamp,
  placesOf,
  readKeyFile,
  type ShareKind,
  treeOf,
} from './key-file.ts';
import { type ShareTree, shareOf, takeOut, takeOutBefore } from './share-tree.ts';

/**
 * Holds the keys that wrap the practices' keys, and the shares without which no subject's key opens. It may stand outside the
 * machine, so what wraps is asynchronous and rare: once per practice and process. Shares are needed per subject, and are near.
 *
 * What another process changed is noticed within half a second.
 */
export type KeyProvider = {
  /** Names the key that wraps now; stored beside what it wrapped. */
  readonly currentKey: string;
  readonly keyIds: readonly string[];
  /** True when the provider made its own key on this machine: fit for the sandbox, refused in production. */
  readonly generated: boolean;
  /** Adds the shares where there are none yet and they can be written. Call once per process. */
  readonly prepare: () => Promise<void>;
  /** @param context bound to the wrapped bytes: unwrapping with another context fails. */
  readonly wrap: (keyId: string, plain: Uint8Array, context: string) => Promise<Buffer>;
  readonly unwrap: (keyId: string, wrapped: Uint8Array, context: string) => Promise<Buffer>;
  /** The tree that new shares come from; undefined where there is none. */
  readonly shareTree: string | undefined;
  /**
   * The share of a point, or the node above several.
   * @throws Error where the provider does not know the tree at all
   * @returns undefined when it was taken out
   */
  readonly share: (tree: string, kind: ShareKind, point: Uint8Array) => Buffer | undefined;
  /** Makes a new key the one that wraps. The others stay. Returns its name. */
  readonly addKey: () => Promise<string>;
  /** Forgets a key for good. @throws Error for the one that wraps now */
  readonly removeKey: (keyId: string) => Promise<void>;
  /** Takes shares out for good, and of raw deliveries all that come before `deliveriesBefore`. Harmless to repeat. */
  readonly takeOut: (
    gone: Readonly<Record<ShareKind, readonly Gone[]>>,
    deliveriesBefore: Uint8Array,
  ) => Promise<void>;
};

export type Gone = { readonly tree: string; readonly point: Uint8Array };

const ivBytes = 12;
/** Asking for random bytes costs as much as sealing a message; so there is a store of them. No byte is used twice. */
const storedIvs = 512;
let ivs = Buffer.alloc(0);

function freshIv(): Buffer {
  if (ivs.length === 0) ivs = randomBytes(ivBytes * storedIvs);
  const iv = ivs.subarray(0, ivBytes);
  ivs = ivs.subarray(ivBytes);
  return iv;
}

/** AES-256-GCM with a fresh 12-byte IV: iv ‖ ciphertext ‖ 16-byte tag. */
export function sealWith(key: Uint8Array, context: string, plain: Uint8Array): Buffer {
  const iv = freshIv();
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(Buffer.from(context));
  const head = cipher.update(plain);
  const tail = cipher.final();
  return Buffer.concat([iv, head, tail, cipher.getAuthTag()]);
}

/** Opens what `sealWith` made. Throws when the key, the context or a byte is not the same. */
export function openWith(key: Uint8Array, context: string, sealed: Uint8Array): Buffer {
  if (sealed.length < 28) throw new Error('sealed value is too short');
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, 12), { authTagLength: 16 });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(sealed.subarray(sealed.length - 16));
  return Buffer.concat([decipher.update(sealed.subarray(12, sealed.length - 16)), decipher.final()]);
}

function keyIn(file: KeyFile, id: string): Buffer {
  const text = file.keys[id];
  if (text === undefined) throw new Error(`the key file holds no key "${id}"`);
  const key = Buffer.from(text, 'base64');
  if (key.length !== 32) throw new Error(`key "${id}" is not 32 bytes long`);
  return key;
}

function withoutShares(
  file: KeyFile,
  gone: Readonly<Record<ShareKind, readonly Gone[]>>,
  deliveriesBefore: Uint8Array,
): KeyFile {
  if (file.shares === undefined) return file;
  const trees = Object.entries(file.shares.trees).map(([id, { subjects, deliveries }]) => {
    const points = (kind: ShareKind) => gone[kind].flatMap(({ tree, point }) => (tree === id ? [point] : []));
    const recent = takeOutBefore(treeOf(deliveries), deliveriesBefore);
    return [
      id,
      {
        subjects: placesOf(takeOut(treeOf(subjects), points('subjects'))),
        deliveries: placesOf(takeOut(recent, points('deliveries'))),
      },
    ] as const;
  });
  return { ...file, shares: { ...file.shares, trees: Object.fromEntries(trees) } };
}

type Opened = {
  readonly file: KeyFile;
  readonly trees: ReadonlyMap<string, Readonly<Record<ShareKind, ShareTree>>>;
};

function opened(file: KeyFile): Opened {
  keyIn(file, file.current);
  const trees = Object.entries(file.shares?.trees ?? {}).map(
    ([id, { subjects, deliveries }]) =>
      [id, { subjects: treeOf(subjects), deliveries: treeOf(deliveries) }] as const,
  );
  return { file, trees: new Map(trees) };
}

/** Milliseconds between two looks whether the file was changed. */
const lookEveryMs = 500;

/** Names that no key of the file has. */
function nextKeyId(file: KeyFile): string {
  const numbers = Object.keys(file.keys).map((id) => Number(/^k(\d+)$/.exec(id)?.[1] ?? 0));
  return `k${Math.max(0, ...numbers) + 1}`;
}

/** `file:` provider. Makes the file, with a random key, when there is none. */
export function fileKeyProvider(path: string): KeyProvider {
  let stamp = keyFileStamp(path);
  let now = opened(readKeyFile(path) ?? generateKeyFile(path));
  let lookedAt = performance.now();

  function read(): void {
    const fresh = keyFileStamp(path);
    if (fresh === undefined || fresh === stamp) return;
    try {
      const file = readKeyFile(path);
      if (file === undefined) return;
      now = opened(file);
      stamp = fresh;
    } catch {
      // Half of a copy, or not ours to read: what we have goes on, and the next look may find better.
    }
  }

  function looked(): Opened {
    if (performance.now() - lookedAt >= lookEveryMs) {
      lookedAt = performance.now();
      read();
    }
    return now;
  }

  /** A key that we do not know may have been added a moment ago. */
  function holding(keyId: string): KeyFile {
    if (looked().file.keys[keyId] === undefined) read();
    return now.file;
  }

  async function change(work: (file: KeyFile) => KeyFile): Promise<void> {
    await changeKeyFile(path, work);
    read();
  }

  return {
    get currentKey() {
      return looked().file.current;
    },
    get keyIds() {
      return Object.keys(looked().file.keys);
    },
    get generated() {
      return now.file.generated;
    },
    get shareTree() {
      return looked().file.shares?.current;
    },
    async prepare() {
      if (now.file.shares !== undefined) return;
      const unwritable = (error: unknown) => {
        const code = error instanceof Error && 'code' in error ? error.code : undefined;
        // A file that is given to us to read: erasure then ends with the live database.
        if (code !== 'EACCES' && code !== 'EROFS' && code !== 'EPERM' && code !== 'ERR_SQLITE_ERROR')
          throw error;
      };
      await change((file) => (file.shares ? file : { ...file, shares: freshShares() })).catch(unwritable);
    },
    wrap: async (keyId, plain, context) => sealWith(keyIn(holding(keyId), keyId), context, plain),
    unwrap: async (keyId, wrapped, context) => openWith(keyIn(holding(keyId), keyId), context, wrapped),
    share(tree, kind, point) {
      if (!looked().trees.has(tree)) read();
      const found = now.trees.get(tree);
      if (found === undefined) throw new Error(`the key file holds no share tree "${tree}"`);
      return shareOf(found[kind], point);
    },
    async addKey() {
      let added = '';
      await change((file) => {
        added = nextKeyId(file);
        const keys = { ...file.keys, [added]: randomBytes(32).toString('base64') };
        return { ...file, current: added, keys };
      });
      return added;
    },
    async removeKey(keyId) {
      await change((file) => {
        if (keyId === file.current) throw new Error(`"${keyId}" is the key that wraps now`);
        const { [keyId]: _, ...keys } = file.keys;
        return { ...file, keys };
      });
    },
    takeOut: (gone, deliveriesBefore) => change((file) => withoutShares(file, gone, deliveriesBefore)),
  };
}

/**
 * Opens the provider that a setting names.
 * @param setting `file:/path/to/keys.json`
 */
export function openKeyProvider(setting: string): KeyProvider {
  if (setting.startsWith('file:')) return fileKeyProvider(setting.slice('file:'.length));
  throw new Error('VESTIBULE_KEYS: expected "file:" and a path, such as "file:/etc/vestibule/keys.json"');
}
