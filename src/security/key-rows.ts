import type { Queryable } from '#platform/db/db.ts';
import type { KeyProvider } from './key-provider.ts';

/** The rows of `keys` and `patient_keys`, what is bound to each, and what a practice's rows open to. */

export type KeyRow = { version: number; provider_key: string; wrapped: Buffer; index_wrapped: Buffer };

export type PatientKeyRow = {
  subject: string;
  version: number;
  practice_key_version: number;
  wrapped: Buffer;
  /** The tree that its share comes from; null where the practice's key alone wraps. */
  share: string | null;
  destroyed: boolean;
};

export const practiceContext = (practiceId: string, version: number) =>
  `practice-key|${practiceId}|${version}`;
export const indexContext = (practiceId: string, version: number) => `index-key|${practiceId}|${version}`;
export const patientContext = (practiceId: string, subject: string, version: number) =>
  `patient-key|${practiceId}|${subject}|${version}`;

export function selectPracticeKeys(db: Queryable, practiceId: string): Promise<KeyRow[]> {
  return db.query<KeyRow>(
    `select version, provider_key, wrapped, index_wrapped from keys where practice_id = $1 order by version`,
    [practiceId],
  );
}

/** Adds the version, if nobody else has added it meanwhile. */
export function insertPracticeKey(db: Queryable, practiceId: string, row: KeyRow): Promise<object[]> {
  return db.query(
    `insert into keys (practice_id, version, provider_key, wrapped, index_wrapped)
     values ($1, $2, $3, $4, $5) on conflict do nothing returning version`,
    [practiceId, row.version, row.provider_key, row.wrapped, row.index_wrapped],
  );
}

/** Wraps a version with another of the provider's keys; nothing where somebody else did so meanwhile. */
export function updatePracticeKey(
  db: Queryable,
  practiceId: string,
  before: string,
  row: KeyRow,
): Promise<object[]> {
  return db.query(
    `update keys set provider_key = $4, wrapped = $5, index_wrapped = $6
     where practice_id = $1 and version = $2 and provider_key = $3 returning version`,
    [practiceId, row.version, before, row.provider_key, row.wrapped, row.index_wrapped],
  );
}

const patientColumns =
  'subject, version, practice_key_version, wrapped, share, destroyed_at is not null as destroyed';

/** One look into the index per subject; a list of them, planned while the table was small, would read all of the practice. */
export const patientKeysSql = `
  select k.* from unnest($2::text[]) as wanted(subject)
  cross join lateral (
    select ${patientColumns} from patient_keys
    where practice_id = $1 and patient_keys.subject = wanted.subject
    order by version offset 0
  ) k`;

/** The keys of the subjects, each one's in the order of its versions. */
export function selectPatientKeys(
  db: Queryable,
  practiceId: string,
  subjects: readonly string[],
): Promise<PatientKeyRow[]> {
  return db.query<PatientKeyRow>(patientKeysSql, [practiceId, subjects]);
}

export type NewPatientKey = Omit<PatientKeyRow, 'destroyed'>;

/** Adds rows in their order. Returns those that are the first ones; not those where a racing transaction was first. */
export function insertPatientKeys(
  db: Queryable,
  practiceId: string,
  rows: readonly NewPatientKey[],
): Promise<{ subject: string }[]> {
  return db.query<{ subject: string }>(
    `insert into patient_keys (practice_id, subject, version, practice_key_version, wrapped, share)
     select $1, subject, version, practice_key_version, wrapped, share
     from unnest($2::text[], $3::int[], $4::int[], $5::bytea[], $6::text[]) with ordinality
       as k(subject, version, practice_key_version, wrapped, share, ord)
     order by ord
     on conflict do nothing returning subject`,
    [
      practiceId,
      rows.map((row) => row.subject),
      rows.map((row) => row.version),
      rows.map((row) => row.practice_key_version),
      rows.map((row) => row.wrapped),
      rows.map((row) => row.share),
    ],
  );
}

/** Keys of subjects after `after`, in their order, that another version than `wanted` wraps; locked. */
export function selectPatientKeysToRewrap(
  db: Queryable,
  practiceId: string,
  wanted: number,
  after: string,
  limit: number,
): Promise<PatientKeyRow[]> {
  return db.query<PatientKeyRow>(
    `select ${patientColumns} from patient_keys
     where practice_id = $1 and practice_key_version < $2 and destroyed_at is null and subject > $3
     order by subject, version limit $4 for update`,
    [practiceId, wanted, after, limit],
  );
}

export function updatePatientKey(
  db: Queryable,
  practiceId: string,
  subject: string,
  row: Pick<PatientKeyRow, 'version' | 'practice_key_version' | 'wrapped'>,
): Promise<object[]> {
  return db.query(
    `update patient_keys set practice_key_version = $4, wrapped = $5
     where practice_id = $1 and subject = $2 and version = $3`,
    [practiceId, subject, row.version, row.practice_key_version, row.wrapped],
  );
}

/** Empties the subjects' keys and leaves their rows: a key that was destroyed is not made anew. */
export async function destroyPatientKeys(
  db: Queryable,
  practiceId: string,
  subjects: readonly string[],
): Promise<void> {
  await db.query(
    `update patient_keys set wrapped = '', destroyed_at = coalesce(destroyed_at, now())
     where practice_id = $1 and subject = any($2)`,
    [practiceId, subjects],
  );
  await db.query(
    `insert into patient_keys (practice_id, subject, version, practice_key_version, wrapped, destroyed_at)
     select $1, s, 1, 1, '', now() from unnest($2::text[]) as s on conflict do nothing`,
    [practiceId, subjects],
  );
}

export type DataKey = { readonly version: number; readonly key: Buffer };

export type PracticeKeys = {
  readonly newest: DataKey;
  readonly all: ReadonlyMap<number, Buffer>;
  readonly index: Buffer;
};

/** Opens a practice's rows, oldest first; undefined where there is none. */
export async function openPracticeKeys(
  provider: KeyProvider,
  practiceId: string,
  rows: readonly KeyRow[],
): Promise<PracticeKeys | undefined> {
  const all = new Map<number, Buffer>();
  let newest: DataKey | undefined;
  let index: Buffer | undefined;
  for (const { version, provider_key, wrapped, index_wrapped } of rows) {
    const key = await provider.unwrap(provider_key, wrapped, practiceContext(practiceId, version));
    all.set(version, key);
    newest = { version, key };
    // The blind index must stay findable when the data key is rotated: the first index key is the index key.
    index ??= await provider.unwrap(provider_key, index_wrapped, indexContext(practiceId, version));
  }
  return newest === undefined || index === undefined ? undefined : { newest, all, index };
}

/** Wraps a version's two keys with the provider's newest. */
export async function wrapPracticeKey(
  provider: KeyProvider,
  practiceId: string,
  { version, key }: DataKey,
  index: Uint8Array,
): Promise<KeyRow> {
  const keyId = provider.currentKey;
  return {
    version,
    provider_key: keyId,
    wrapped: await provider.wrap(keyId, key, practiceContext(practiceId, version)),
    index_wrapped: await provider.wrap(keyId, index, indexContext(practiceId, version)),
  };
}
