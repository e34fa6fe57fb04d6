import { createHmac, randomBytes } from 'node:crypto';
import type { Db, Queryable, Tx } from '#platform/db/db.ts';
import { createEventSealing, type EventSealing } from './event-seals.ts';
import { type KeyProvider, openWith, sealWith } from './key-provider.ts';

/**
 * Glossary of the sealing words.
 *
 * - **seal**: AES-256-GCM under a data key; the context (where the value stands) is bound to it, so that a sealed value
 *   moved to another row does not open.
 * - **subject**: whose key seals: a patient's id; a conversation's while no patient is known; `practice` for what is nobody's.
 * - **blind index**: an HMAC of a value under the practice's index key: equal values are found without being readable.
 */

/** The subject of what is nobody's in particular. What it sealed cannot be erased for one patient. */
export const practiceSubject = 'practice';

/** The subject's key was destroyed: what it sealed is gone for good. */
export class KeyDestroyed extends Error {
  constructor() {
    super('the key of this subject was destroyed');
    this.name = 'KeyDestroyed';
  }
}

export type Sealer = EventSealing & {
  /** Makes the practice's keys where there are none, and keeps them ready. Call once per practice at start. */
  readonly preparePractice: (practiceId: string) => Promise<void>;
  /** Seals with the practice's key; needs no database. */
  readonly sealForPractice: (practiceId: string, context: string, plain: Uint8Array) => Buffer;
  /** Seals with the subject's newest key, which is made in this transaction where there is none. */
  readonly seal: (tx: Tx, subject: string, context: string, plain: Uint8Array) => Promise<Buffer>;
  /** Throws `KeyDestroyed` when the subject's key is gone. */
  readonly open: (tx: Tx, subject: string, context: string, sealed: Uint8Array) => Promise<Buffer>;
  /** @param kind keeps equal values of different kinds apart: `address`, `external-id`. */
  readonly blind: (practiceId: string, kind: string, value: string) => Buffer;
};

type DataKey = { readonly version: number; readonly key: Buffer };
type PracticeKeys = {
  readonly newest: DataKey;
  readonly all: ReadonlyMap<number, Buffer>;
  readonly index: Buffer;
};

/** format (1 byte) ‖ key version (2 bytes) ‖ iv ‖ ciphertext ‖ tag */
const sealedFormat = 1;

function pack(version: number, sealed: Buffer): Buffer {
  const head = Buffer.alloc(3);
  head.writeUInt8(sealedFormat, 0);
  head.writeUInt16BE(version, 1);
  return Buffer.concat([head, sealed]);
}

function unpack(value: Uint8Array): { version: number; sealed: Uint8Array } {
  if (value.length < 3 || value[0] !== sealedFormat) throw new Error('sealed value has an unknown format');
  return { version: ((value[1] ?? 0) << 8) | (value[2] ?? 0), sealed: value.subarray(3) };
}

type KeyRow = { version: number; provider_key: string; wrapped: Buffer; index_wrapped: Buffer };
type PatientKeyRow = { version: number; practice_key_version: number; wrapped: Buffer };

function selectPracticeKeys(db: Queryable, practiceId: string): Promise<KeyRow[]> {
  return db.query<KeyRow>(
    `select version, provider_key, wrapped, index_wrapped from keys where practice_id = $1 order by version`,
    [practiceId],
  );
}

function insertPracticeKey(db: Queryable, practiceId: string, row: KeyRow): Promise<object[]> {
  return db.query(
    `insert into keys (practice_id, version, provider_key, wrapped, index_wrapped)
     values ($1, $2, $3, $4, $5) on conflict do nothing`,
    [practiceId, row.version, row.provider_key, row.wrapped, row.index_wrapped],
  );
}

function selectPatientKeys(db: Queryable, practiceId: string, subject: string): Promise<PatientKeyRow[]> {
  return db.query<PatientKeyRow>(
    `select version, practice_key_version, wrapped from patient_keys
     where practice_id = $1 and subject = $2 order by version`,
    [practiceId, subject],
  );
}

/** Returns the row where it is the first one; nothing where a racing transaction was first. */
function insertPatientKey(
  db: Queryable,
  practiceId: string,
  subject: string,
  row: PatientKeyRow,
): Promise<PatientKeyRow[]> {
  return db.query<PatientKeyRow>(
    `insert into patient_keys (practice_id, subject, version, practice_key_version, wrapped)
     values ($1, $2, $3, $4, $5) on conflict do nothing returning version, practice_key_version, wrapped`,
    [practiceId, subject, row.version, row.practice_key_version, row.wrapped],
  );
}

const practiceContext = (practiceId: string, version: number) => `practice-key|${practiceId}|${version}`;
const indexContext = (practiceId: string, version: number) => `index-key|${practiceId}|${version}`;
const patientContext = (practiceId: string, subject: string, version: number) =>
  `patient-key|${practiceId}|${subject}|${version}`;

/** Unwrapped patient keys kept in memory per process. An erased patient's key must not linger: see `forgetAfterMs`. */
const cachedPatientKeys = 20_000;
const forgetAfterMs = 60_000;

type CachedKeys = {
  readonly keys: ReadonlyMap<number, Buffer>;
  readonly newest: DataKey;
  readonly readAt: number;
};

/** Makes the sealer. `now` is monotonic milliseconds, for the age of cached keys. */
export function createSealer(options: {
  readonly db: Db;
  readonly provider: KeyProvider;
  readonly now?: () => number;
}): Sealer {
  const { db, provider } = options;
  const now = options.now ?? (() => performance.now());
  const practices = new Map<string, PracticeKeys>();
  const patients = new Map<string, CachedKeys>();
  // Keys read or made in a transaction that has not committed yet: seen by that transaction alone.
  const inTx = new WeakMap<Tx, Map<string, CachedKeys>>();

  function practiceKeys(practiceId: string): PracticeKeys {
    const keys = practices.get(practiceId);
    if (keys === undefined) throw new Error(`the keys of practice "${practiceId}" were not prepared`);
    return keys;
  }

  async function firstPracticeKey(practiceId: string): Promise<KeyRow> {
    return {
      version: 1,
      provider_key: provider.currentKey,
      wrapped: await provider.wrap(randomBytes(32), practiceContext(practiceId, 1)),
      index_wrapped: await provider.wrap(randomBytes(32), indexContext(practiceId, 1)),
    };
  }

  async function preparePractice(practiceId: string): Promise<void> {
    const candidate = await firstPracticeKey(practiceId);
    const rows = await db.tx(practiceId, async (tx) => {
      const found = await selectPracticeKeys(tx, practiceId);
      if (found.length > 0) return found;
      await insertPracticeKey(tx, practiceId, candidate);
      return await selectPracticeKeys(tx, practiceId);
    });
    const all = new Map<number, Buffer>();
    let newest: DataKey | undefined;
    let index: Buffer | undefined;
    for (const row of rows) {
      const key = await provider.unwrap(
        row.provider_key,
        row.wrapped,
        practiceContext(practiceId, row.version),
      );
      all.set(row.version, key);
      newest = { version: row.version, key };
      // The blind index must stay findable when the data key is rotated: the first index key is the index key.
      index ??= await provider.unwrap(
        row.provider_key,
        row.index_wrapped,
        indexContext(practiceId, row.version),
      );
    }
    if (newest === undefined || index === undefined) throw new Error(`practice "${practiceId}" has no key`);
    practices.set(practiceId, { newest, all, index });
  }

  function unwrapPatientKeys(
    practiceId: string,
    subject: string,
    rows: readonly PatientKeyRow[],
  ): CachedKeys | undefined {
    const keys = new Map<number, Buffer>();
    let newest: DataKey | undefined;
    for (const row of rows) {
      const wrapping = practiceKeys(practiceId).all.get(row.practice_key_version);
      if (wrapping === undefined)
        throw new Error(`practice "${practiceId}" has no key version ${row.practice_key_version}`);
      const key = openWith(wrapping, patientContext(practiceId, subject, row.version), row.wrapped);
      keys.set(row.version, key);
      newest = { version: row.version, key };
    }
    return newest === undefined ? undefined : { keys, newest, readAt: now() };
  }

  function remember(name: string, keys: CachedKeys): void {
    patients.delete(name);
    patients.set(name, keys);
    if (patients.size > cachedPatientKeys) {
      const oldest = patients.keys().next();
      if (!oldest.done) patients.delete(oldest.value);
    }
  }

  async function patientKeys(tx: Tx, subject: string, make: boolean): Promise<CachedKeys> {
    const { practiceId } = tx;
    const name = `${practiceId}|${subject}`;
    const cached = inTx.get(tx)?.get(name) ?? patients.get(name);
    if (cached !== undefined && now() - cached.readAt < forgetAfterMs) return cached;
    let rows = await selectPatientKeys(tx, practiceId, subject);
    if (rows.length === 0 && make) {
      const wrapping = practiceKeys(practiceId).newest;
      const wrapped = sealWith(wrapping.key, patientContext(practiceId, subject, 1), randomBytes(32));
      const fresh = { version: 1, practice_key_version: wrapping.version, wrapped };
      rows = await insertPatientKey(tx, practiceId, subject, fresh);
      if (rows.length === 0) rows = await selectPatientKeys(tx, practiceId, subject);
    }
    const keys = unwrapPatientKeys(practiceId, subject, rows);
    if (keys === undefined) throw new KeyDestroyed();
    inTx.set(tx, (inTx.get(tx) ?? new Map<string, CachedKeys>()).set(name, keys));
    tx.afterCommit(() => remember(name, keys));
    return keys;
  }

  const bind = (practiceId: string, context: string) => `${practiceId}|${context}`;

  function sealForPractice(practiceId: string, context: string, plain: Uint8Array): Buffer {
    const { newest } = practiceKeys(practiceId);
    return pack(newest.version, sealWith(newest.key, bind(practiceId, context), plain));
  }

  function practiceKey(practiceId: string, version?: number): DataKey | undefined {
    const { newest, all } = practiceKeys(practiceId);
    if (version === undefined) return newest;
    const key = all.get(version);
    return key && { version, key };
  }

  return {
    preparePractice,
    ...createEventSealing(practiceKey),
    sealForPractice,
    async seal(tx, subject, context, plain) {
      if (subject === practiceSubject) return sealForPractice(tx.practiceId, context, plain);
      const { newest } = await patientKeys(tx, subject, true);
      return pack(newest.version, sealWith(newest.key, bind(tx.practiceId, context), plain));
    },
    async open(tx, subject, context, value) {
      const { version, sealed } = unpack(value);
      const key =
        subject === practiceSubject
          ? practiceKeys(tx.practiceId).all.get(version)
          : (await patientKeys(tx, subject, false)).keys.get(version);
      if (key === undefined) throw new KeyDestroyed();
      return openWith(key, bind(tx.practiceId, context), sealed);
    },
    blind: (practiceId, kind, value) =>
      createHmac('sha256', practiceKeys(practiceId).index).update(`${kind}\n${value}`).digest(),
  };
}
