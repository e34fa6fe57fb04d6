import { createHmac, randomBytes } from 'node:crypto';
import type { Db, Queryable, Tx } from '#platform/db/db.ts';
import { createEventSealing, type EventSealing } from './event-seals.ts';
import { type Gone, type KeyProvider, openWith, sealWith } from './key-provider.ts';
import {
  type DataKey,
  insertPracticeKey,
  openPracticeKeys,
  type PracticeKeys,
  selectPracticeKeys,
  wrapPracticeKey,
} from './key-rows.ts';
import { createDeliveryShares, joined } from './shares.ts';
import { createSubjectKeys, KeyDestroyed } from './subject-keys.ts';

/**
 * Glossary of the sealing words.
 *
 * - **seal**: AES-256-GCM under a data key; the context (where the value stands) is bound to it, so that a sealed value
 *   moved to another row does not open.
 * - **subject**: whose key seals: a patient's id; a conversation's while no patient is known; `practice` for what is nobody's.
 * - **share**: the part of a key that stands outside of the database: see `shares.ts`.
 * - **blind index**: an HMAC of a value under the practice's index key: equal values are found without being readable.
 */

/** The subject of what is nobody's in particular. What it sealed cannot be erased for one patient. */
export const practiceSubject = 'practice';

export type Sealer = EventSealing & {
  /** Makes the practice's keys where there are none, and keeps them ready. Call once per practice at start. */
  readonly preparePractice: (practiceId: string) => Promise<void>;
  /** Reads again which versions the prepared practices have: another process may have made a new one. */
  readonly refresh: () => Promise<void>;
  /**
   * Seals with the practice's key, and a share that belongs to this value alone, so that it can be made unreadable by itself
   * (`shareOfSealed`). Needs no database. Opens for the subject `practice`.
   */
  readonly sealForPractice: (practiceId: string, context: string, plain: Uint8Array) => Buffer;
  /**
   * Reads the keys of these subjects at once, and makes those that are not there, before values are sealed for each. Not needed, but
   * otherwise each takes statements of its own.
   */
  readonly prepareSealing: (tx: Tx, subjects: readonly string[]) => Promise<void>;
  /** Reads the keys of these subjects at once, before values of each are opened. */
  readonly prepareOpening: (tx: Tx, subjects: readonly string[]) => Promise<void>;
  /** Seals with the subject's newest key, which is made in this transaction where there is none. */
  readonly seal: (tx: Tx, subject: string, context: string, plain: Uint8Array) => Promise<Buffer>;
  /** Throws `KeyDestroyed` when the subject's key is gone. */
  readonly open: (tx: Tx, subject: string, context: string, sealed: Uint8Array) => Promise<Buffer>;
  /** @param kind keeps equal values of different kinds apart: `address`, `external-id`. */
  readonly blind: (practiceId: string, kind: string, value: string) => Buffer;
};

/** format (1 byte) ‖ key version (2 bytes) ‖ iv ‖ ciphertext ‖ tag */
const sealedFormat = 1;

/** format (1 byte) ‖ key version (2 bytes) ‖ share tree (4 bytes) ‖ point (6 bytes) ‖ iv ‖ ciphertext ‖ tag */
const sharedFormat = 2;

function pack(format: number, version: number, ...rest: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(3);
  head.writeUInt8(format, 0);
  head.writeUInt16BE(version, 1);
  return Buffer.concat([head, ...rest]);
}

type Unpacked = { readonly version: number; readonly sealed: Uint8Array; readonly gone: Gone | undefined };

function unpack(value: Uint8Array): Unpacked {
  const version = ((value[1] ?? 0) << 8) | (value[2] ?? 0);
  if (value.length >= 3 && value[0] === sealedFormat)
    return { version, sealed: value.subarray(3), gone: undefined };
  if (value.length < 13 || value[0] !== sharedFormat) throw new Error('sealed value has an unknown format');
  const tree = Buffer.from(value.subarray(3, 7)).toString('hex');
  return { version, sealed: value.subarray(13), gone: { tree, point: value.subarray(7, 13) } };
}

/** The share that a value of `sealForPractice` needs; undefined where it needs none. */
export const shareOfSealed = (value: Uint8Array): Gone | undefined => unpack(value).gone;

const isPatient = (subject: string) => subject !== practiceSubject;

const bind = (practiceId: string, context: string) => `${practiceId}|${context}`;

/** Makes the sealer. `now` is monotonic milliseconds, for the age of cached keys. */
export function createSealer(options: {
  readonly db: Db;
  readonly provider: KeyProvider;
  readonly now?: () => number;
}): Sealer {
  const { db, provider } = options;
  const practices = new Map<string, PracticeKeys>();
  const deliveryShares = createDeliveryShares(provider, Date.now);

  function practiceKeys(practiceId: string): PracticeKeys {
    const keys = practices.get(practiceId);
    if (keys === undefined) throw new Error(`the keys of practice "${practiceId}" were not prepared`);
    return keys;
  }

  /** True when the practice has keys. */
  async function readPractice(tx: Queryable, practiceId: string): Promise<boolean> {
    const keys = await openPracticeKeys(provider, practiceId, await selectPracticeKeys(tx, practiceId));
    if (keys !== undefined) practices.set(practiceId, keys);
    return keys !== undefined;
  }

  async function preparePractice(practiceId: string): Promise<void> {
    await provider.prepare();
    if (await db.tx(practiceId, (tx) => readPractice(tx, practiceId))) return;
    const first = { version: 1, key: randomBytes(32) };
    const row = await wrapPracticeKey(provider, practiceId, first, randomBytes(32));
    await db.tx(practiceId, async (tx) => {
      await insertPracticeKey(tx, practiceId, row);
      await readPractice(tx, practiceId);
    });
  }

  /** A version that we do not know yet is one that another process made since. */
  async function practiceKey(tx: Tx, version: number): Promise<Buffer> {
    const known = practiceKeys(tx.practiceId).all.get(version);
    if (known !== undefined) return known;
    await readPractice(tx, tx.practiceId);
    const key = practiceKeys(tx.practiceId).all.get(version);
    if (key === undefined) throw new Error(`practice "${tx.practiceId}" has no key version ${version}`);
    return key;
  }

  const subjects = createSubjectKeys(
    provider,
    { newest: (practiceId) => practiceKeys(practiceId).newest, version: practiceKey },
    options.now ?? (() => performance.now()),
  );

  async function keyFor(tx: Tx, subject: string, { version, gone }: Unpacked): Promise<Buffer | undefined> {
    if (subject !== practiceSubject) return (await subjects.get(tx, subject, false)).keys.get(version);
    const key = await practiceKey(tx, version);
    if (gone === undefined) return key;
    const share = provider.share(gone.tree, 'deliveries', gone.point);
    return share && joined(key, share);
  }

  function dataKey(practiceId: string, version?: number): DataKey | undefined {
    const { newest, all } = practiceKeys(practiceId);
    if (version === undefined) return newest;
    const key = all.get(version);
    return key && { version, key };
  }

  return {
    preparePractice,
    ...createEventSealing(dataKey),
    async refresh() {
      for (const practiceId of practices.keys())
        await db.tx(practiceId, (tx) => readPractice(tx, practiceId));
    },
    sealForPractice(practiceId, context, plain) {
      const { newest } = practiceKeys(practiceId);
      const own = deliveryShares.next();
      const bound = bind(practiceId, context);
      if (own === undefined) return pack(sealedFormat, newest.version, sealWith(newest.key, bound, plain));
      const sealed = sealWith(joined(newest.key, own.share), bound, plain);
      return pack(sharedFormat, newest.version, Buffer.from(own.tree, 'hex'), own.point, sealed);
    },
    prepareSealing: (tx, wanted) => subjects.prepare(tx, wanted.filter(isPatient), true),
    prepareOpening: (tx, wanted) => subjects.prepare(tx, wanted.filter(isPatient), false),
    async seal(tx, subject, context, plain) {
      const { newest } =
        subject === practiceSubject ? practiceKeys(tx.practiceId) : await subjects.get(tx, subject, true);
      return pack(sealedFormat, newest.version, sealWith(newest.key, bind(tx.practiceId, context), plain));
    },
    async open(tx, subject, context, value) {
      const unpacked = unpack(value);
      const key = await keyFor(tx, subject, unpacked);
      if (key === undefined) throw new KeyDestroyed();
      return openWith(key, bind(tx.practiceId, context), unpacked.sealed);
    },
    blind: (practiceId, kind, value) =>
      createHmac('sha256', practiceKeys(practiceId).index).update(`${kind}\n${value}`).digest(),
  };
}
