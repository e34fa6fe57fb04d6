import { randomBytes } from 'node:crypto';
import type { Db } from '#platform/db/db.ts';
import { type KeyProvider, openWith, sealWith } from './key-provider.ts';
import {
  insertPracticeKey,
  openPracticeKeys,
  patientContext,
  selectPatientKeysToRewrap,
  selectPracticeKeys,
  updatePatientKey,
  updatePracticeKey,
  wrapPracticeKey,
} from './key-rows.ts';
import { subjectWrapping } from './subject-keys.ts';

/**
 * Rotating keys while the product runs. Each step leaves everything readable, by processes that know of it and by those that do not
 * yet, and can be taken again: whatever was broken off is finished by taking the steps once more.
 *
 * - **wrapping key**: the provider's; wraps the practices' keys. `addKey`, then `rewrapPractice` for each, then `removeKey`.
 * - **data key**: a practice's; wraps its subjects' keys. `addDataKey`, then `rewrapSubjects`. Earlier versions stay, for what they sealed
 *   themselves. The key of the blind index never changes: whatever is found by it would have to be hashed anew from what is sealed.
 */

export type KeyVersion = {
  readonly practiceId: string;
  readonly version: number;
  /** The provider's key that wraps it. */
  readonly providerKey: string;
  readonly createdAt: string;
};

/** Every practice's data keys, whoever is configured now. `db` acts as the ingest role, which may read them all. */
export async function keyVersions(db: Db): Promise<readonly KeyVersion[]> {
  const rows = await db.batch((tx) =>
    tx.query<{ practice_id: string; version: number; provider_key: string; created_at: Date }>(
      'select practice_id, version, provider_key, created_at from keys order by practice_id, version',
    ),
  );
  return rows.map((row) => ({
    practiceId: row.practice_id,
    version: row.version,
    providerKey: row.provider_key,
    createdAt: row.created_at.toISOString(),
  }));
}

export type SubjectKeys = {
  readonly version: number;
  readonly keys: number;
  /** Of these, how many need a share from outside of the database. */
  readonly shared: number;
};

/** How many of a practice's subjects each version of its data key wraps; destroyed ones left out. */
export async function subjectKeys(db: Db, practiceId: string): Promise<readonly SubjectKeys[]> {
  return await db.tx(practiceId, (tx) =>
    tx.query<SubjectKeys>(
      `select practice_key_version as version, count(*)::int as keys, count(share)::int as shared from patient_keys
       where practice_id = $1 and destroyed_at is null group by 1 order by 1`,
      [practiceId],
    ),
  );
}

/** Wraps a practice's data keys with the provider's newest key. Returns how many versions were not wrapped by it yet. */
export async function rewrapPractice(db: Db, provider: KeyProvider, practiceId: string): Promise<number> {
  const wanted = provider.currentKey;
  const rows = await db.tx(practiceId, (tx) => selectPracticeKeys(tx, practiceId));
  let changed = 0;
  for (const row of rows.filter(({ provider_key }) => provider_key !== wanted)) {
    const opened = await openPracticeKeys(provider, practiceId, [row]);
    if (opened === undefined) continue;
    const again = await wrapPracticeKey(provider, practiceId, opened.newest, opened.index);
    changed += (await db.tx(practiceId, (tx) => updatePracticeKey(tx, practiceId, row.provider_key, again)))
      .length;
  }
  return changed;
}

/** Gives a practice a new data key, which seals from now on. Processes that do not know it yet go on with theirs. Returns its version. */
export async function addDataKey(db: Db, provider: KeyProvider, practiceId: string): Promise<number> {
  const rows = await db.tx(practiceId, (tx) => selectPracticeKeys(tx, practiceId));
  const opened = await openPracticeKeys(provider, practiceId, rows);
  if (opened === undefined) throw new Error(`practice "${practiceId}" has no key`);
  const fresh = { version: opened.newest.version + 1, key: randomBytes(32) };
  const row = await wrapPracticeKey(provider, practiceId, fresh, opened.index);
  await db.tx(practiceId, (tx) => insertPracticeKey(tx, practiceId, row));
  return fresh.version;
}

/** Subjects' keys that are wrapped anew in one transaction. */
const rewrapBatch = 500;

/** Wraps all subjects' keys with the practice's newest data key. Returns how many were not. */
export async function rewrapSubjects(db: Db, provider: KeyProvider, practiceId: string): Promise<number> {
  const rows = await db.tx(practiceId, (tx) => selectPracticeKeys(tx, practiceId));
  const keys = await openPracticeKeys(provider, practiceId, rows);
  if (keys === undefined) return 0;
  const { newest, all } = keys;
  let after = '';
  let changed = 0;
  for (;;) {
    const batch = await db.tx(practiceId, async (tx) => {
      const found = await selectPatientKeysToRewrap(tx, practiceId, newest.version, after, rewrapBatch);
      for (const { subject, version, practice_key_version: by, share, wrapped } of found) {
        const old = all.get(by);
        if (old === undefined) throw new Error(`practice "${practiceId}" has no key version ${by}`);
        const again = rewrapped(provider, practiceId, subject, { version, share, wrapped }, old, newest.key);
        // Its share is gone: an erasure is about to empty the row.
        if (again === undefined) continue;
        const row = { version, practice_key_version: newest.version, wrapped: again };
        await updatePatientKey(tx, practiceId, subject, row);
        changed += 1;
      }
      return found;
    });
    after = batch.at(-1)?.subject ?? after;
    if (batch.length < rewrapBatch) return changed;
  }
}

function rewrapped(
  provider: KeyProvider,
  practiceId: string,
  subject: string,
  row: { readonly version: number; readonly share: string | null; readonly wrapped: Buffer },
  oldKey: Buffer,
  newKey: Buffer,
): Buffer | undefined {
  const context = patientContext(practiceId, subject, row.version);
  const before = subjectWrapping(provider, practiceId, subject, oldKey, row.share);
  const after = subjectWrapping(provider, practiceId, subject, newKey, row.share);
  return before && after && sealWith(after, context, openWith(before, context, row.wrapped));
}
