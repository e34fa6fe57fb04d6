import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';

/**
 * Holds the keys that wrap the practices' keys. It may stand outside the machine, so its calls are asynchronous and
 * rare: once per practice and process.
 */
export type KeyProvider = {
  /** Names the key that wraps now; stored beside what it wrapped. */
  readonly currentKey: string;
  /** True when the provider made its own key on this machine: fit for the sandbox, refused in production. */
  readonly generated: boolean;
  /** @param context bound to the wrapped bytes: unwrapping with another context fails. */
  readonly wrap: (plain: Uint8Array, context: string) => Promise<Buffer>;
  readonly unwrap: (keyId: string, wrapped: Uint8Array, context: string) => Promise<Buffer>;
};

const keyFile = z.strictObject({
  current: z.string().min(1),
  generated: z.boolean().default(false),
  /** key id → 32 bytes in base64 */
  keys: z.record(z.string(), z.base64()),
});

type KeyFile = z.infer<typeof keyFile>;

/** AES-256-GCM with a fresh 12-byte IV: iv ‖ ciphertext ‖ 16-byte tag. */
export function sealWith(key: Uint8Array, context: string, plain: Uint8Array): Buffer {
  const iv = randomBytes(12);
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

/** Undefined when it is none: the parser's error would quote the text, which holds keys. */
function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function readKeyFile(path: string): KeyFile | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const parsed = keyFile.safeParse(asJson(text));
  if (!parsed.success)
    throw new Error(`the key file ${path} is not of the form {"current": "k1", "keys": {"k1": "<base64>"}}`);
  return parsed.data;
}

/** Written beside and renamed, so that a crash leaves no half of a key file. The first of two racing processes wins. */
function generateKeyFile(path: string): KeyFile {
  const made: KeyFile = { current: 'k1', generated: true, keys: { k1: randomBytes(32).toString('base64') } };
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.new`;
  writeFileSync(draft, `${JSON.stringify(made, null, 2)}\n`, { mode: 0o600 });
  const other = readKeyFile(path);
  if (other !== undefined) return other;
  renameSync(draft, path);
  return made;
}

/**
 * `file:` provider: keys in a JSON file with mode 600, kept apart from the database and its backups.
 * Makes the file, with a random key, when there is none.
 */
export function fileKeyProvider(path: string): KeyProvider {
  const file = readKeyFile(path) ?? generateKeyFile(path);
  const keyOf = (id: string): Buffer => {
    const text = file.keys[id];
    if (text === undefined) throw new Error(`the key file holds no key "${id}"`);
    const key = Buffer.from(text, 'base64');
    if (key.length !== 32) throw new Error(`key "${id}" is not 32 bytes long`);
    return key;
  };
  keyOf(file.current);
  return {
    currentKey: file.current,
    generated: file.generated,
    wrap: async (plain, context) => sealWith(keyOf(file.current), context, plain),
    unwrap: async (keyId, wrapped, context) => openWith(keyOf(keyId), context, wrapped),
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
