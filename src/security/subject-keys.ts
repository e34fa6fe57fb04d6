import { randomBytes } from 'node:crypto';
import type { Tx } from '#platform/db/db.ts';
import { type KeyProvider, openWith, sealWith } from './key-provider.ts';
import {
  type DataKey,
  insertPatientKeys,
  type NewPatientKey,
  type PatientKeyRow,
  patientContext,
  selectPatientKeys,
} from './key-rows.ts';
import { joined, subjectPoint } from './shares.ts';

/** The keys of subjects: read and made for many at once, and kept in memory for a while. */

/** The subject's key was destroyed: what it sealed is gone for good. */
export class KeyDestroyed extends Error {
  constructor() {
    super('the key of this subject was destroyed');
    this.name = 'KeyDestroyed';
  }
}

/**
 * What wraps a subject's key: the practice's key, and the subject's share where it has one. Undefined when the share was taken out.
 */
export function subjectWrapping(
  provider: KeyProvider,
  practiceId: string,
  subject: string,
  practiceKey: Buffer,
  tree: string | null,
): Buffer | undefined {
  if (tree === null) return practiceKey;
  const share = provider.share(tree, 'subjects', subjectPoint(practiceId, subject));
  return share && joined(practiceKey, share);
}

/** Kept in memory per process. An erased patient's key must not linger: see `forgetAfterMs`. */
const cachedSubjects = 20_000;
const forgetAfterMs = 60_000;

export type OpenKeys = {
  readonly keys: ReadonlyMap<number, Buffer>;
  readonly newest: DataKey;
  readonly readAt: number;
};

export type SubjectKeys = {
  /**
   * Reads the keys that are not at hand, in one statement for all; with `make`, makes those that are not there, in another. One that
   * was destroyed spoils none of the others.
   */
  readonly prepare: (tx: Tx, subjects: readonly string[], make: boolean) => Promise<void>;
  /** @throws KeyDestroyed when the subject's key is gone, or was never there and is not to be made */
  readonly get: (tx: Tx, subject: string, make: boolean) => Promise<OpenKeys>;
};

export type PracticeKeyring = {
  readonly newest: (practiceId: string) => DataKey;
  /** @throws Error when the practice has no such version */
  readonly version: (tx: Tx, version: number) => Promise<Buffer>;
};

/** @param now monotonic milliseconds, for the age of what is kept */
export function createSubjectKeys(
  provider: KeyProvider,
  practice: PracticeKeyring,
  now: () => number,
): SubjectKeys {
  const kept = new Map<string, OpenKeys>();
  // Keys read or made in a transaction that has not committed yet: seen by that transaction alone.
  const inTx = new WeakMap<Tx, Map<string, OpenKeys>>();

  function atHand(tx: Tx, subject: string): OpenKeys | undefined {
    const name = `${tx.practiceId}|${subject}`;
    const found = inTx.get(tx)?.get(name) ?? kept.get(name);
    return found !== undefined && now() - found.readAt < forgetAfterMs ? found : undefined;
  }

  function keep(name: string, keys: OpenKeys): void {
    kept.delete(name);
    kept.set(name, keys);
    if (kept.size > cachedSubjects) {
      const oldest = kept.keys().next();
      if (!oldest.done) kept.delete(oldest.value);
    }
  }

  /** Undefined where one of the subject's keys was destroyed: none of them opens anything any more. */
  async function unwrapped(
    tx: Tx,
    subject: string,
    rows: readonly PatientKeyRow[],
  ): Promise<OpenKeys | undefined> {
    const { practiceId } = tx;
    const keys = new Map<number, Buffer>();
    let newest: DataKey | undefined;
    for (const row of rows) {
      if (row.destroyed) return undefined;
      const own = await practice.version(tx, row.practice_key_version);
      const wrapping = subjectWrapping(provider, practiceId, subject, own, row.share);
      if (wrapping === undefined) return undefined;
      const key = openWith(wrapping, patientContext(practiceId, subject, row.version), row.wrapped);
      keys.set(row.version, key);
      newest = { version: row.version, key };
    }
    return newest && { keys, newest, readAt: now() };
  }

  /** Makes first keys. Left out is who has one by now that another transaction made, and whose share was taken out. */
  async function made(tx: Tx, subjects: readonly string[]): Promise<Map<string, OpenKeys>> {
    const { practiceId } = tx;
    const own = practice.newest(practiceId);
    const share = provider.shareTree ?? null;
    const fresh = new Map<string, { readonly row: NewPatientKey; readonly key: Buffer }>();
    for (const subject of subjects) {
      const wrapping = subjectWrapping(provider, practiceId, subject, own.key, share);
      if (wrapping === undefined) continue;
      const key = randomBytes(32);
      const wrapped = sealWith(wrapping, patientContext(practiceId, subject, 1), key);
      const row = { subject, version: 1, practice_key_version: own.version, wrapped, share };
      fresh.set(subject, { row, key });
    }
    const rows = [...fresh.values()].map(({ row }) => row);
    const opened = new Map<string, OpenKeys>();
    for (const { subject } of await insertPatientKeys(tx, practiceId, rows)) {
      const key = fresh.get(subject)?.key;
      if (key === undefined) continue;
      opened.set(subject, { keys: new Map([[1, key]]), newest: { version: 1, key }, readAt: now() });
    }
    return opened;
  }

  async function read(tx: Tx, subjects: readonly string[]) {
    const rows = await selectPatientKeys(tx, tx.practiceId, subjects);
    return Map.groupBy(rows, (row) => row.subject);
  }

  /** @param wanted none twice */
  async function fetched(tx: Tx, wanted: readonly string[], make: boolean): Promise<Map<string, OpenKeys>> {
    const stored = await read(tx, wanted);
    const missing = make ? wanted.filter((subject) => !stored.has(subject)) : [];
    const opened = missing.length === 0 ? new Map<string, OpenKeys>() : await made(tx, missing);
    const elsewhere = missing.filter((subject) => !opened.has(subject));
    if (elsewhere.length > 0)
      for (const [subject, rows] of await read(tx, elsewhere)) stored.set(subject, rows);
    for (const [subject, rows] of stored) {
      const keys = await unwrapped(tx, subject, rows);
      if (keys !== undefined) opened.set(subject, keys);
    }
    const own = inTx.get(tx) ?? new Map<string, OpenKeys>();
    inTx.set(tx, own);
    const nameOf = (subject: string) => `${tx.practiceId}|${subject}`;
    for (const [subject, keys] of opened) own.set(nameOf(subject), keys);
    tx.afterCommit(() => {
      for (const [subject, keys] of opened) keep(nameOf(subject), keys);
    });
    return opened;
  }

  return {
    async prepare(tx, subjects, make) {
      const wanted = [...new Set(subjects)].filter((subject) => atHand(tx, subject) === undefined);
      // Sorted: two transactions that make the same ones wait for each other in one order.
      if (wanted.length > 0) await fetched(tx, wanted.toSorted(), make);
    },
    async get(tx, subject, make) {
      const keys = atHand(tx, subject) ?? (await fetched(tx, [subject], make)).get(subject);
      if (keys === undefined) throw new KeyDestroyed();
      return keys;
    },
  };
}
