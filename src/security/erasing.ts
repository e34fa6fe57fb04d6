import type { Tx } from '#platform/db/db.ts';
import type { Gone, KeyProvider } from './key-provider.ts';
import { destroyPatientKeys } from './key-rows.ts';
import { dayPoint, subjectPoint } from './shares.ts';

/** Destroying keys: the rows in the caller's transaction, the shares outside of the database when that has committed. */

/** Empties the rows of the subjects' keys. What `sharesOf` finds is to be taken out afterwards. */
export async function destroyKeys(tx: Tx, subjects: readonly string[]): Promise<void> {
  await destroyPatientKeys(tx, tx.practiceId, subjects);
}

/** The shares of the subjects' keys, also of those that were destroyed. */
export async function sharesOf(
  tx: Tx,
  provider: KeyProvider,
  subjects: readonly string[],
): Promise<readonly Gone[]> {
  const { shareTree } = provider;
  const trees = new Set(shareTree === undefined ? [] : [shareTree]);
  for (const { share } of await selectShares(tx, subjects)) trees.add(share);
  return [...trees].flatMap((tree) =>
    subjects.map((subject) => ({ tree, point: subjectPoint(tx.practiceId, subject) })),
  );
}

function selectShares(tx: Tx, subjects: readonly string[]): Promise<{ share: string }[]> {
  return tx.query<{ share: string }>(
    `select distinct share from patient_keys where practice_id = $1 and subject = any($2) and share is not null`,
    [tx.practiceId, subjects],
  );
}

/** Whether some of the subjects' keys that are not destroyed yet have no share: earlier backups of those stay open. */
export async function isShareMissing(tx: Tx, subjects: readonly string[]): Promise<boolean> {
  const found = await tx.query(
    `select from patient_keys
     where practice_id = $1 and subject = any($2) and share is null and destroyed_at is null limit 1`,
    [tx.practiceId, subjects],
  );
  return found.length > 0;
}

const dayMs = 86_400_000;

/**
 * Takes shares out of the key provider for good: those of subjects, those of single raw deliveries, and by the way those of all
 * deliveries that are kept no longer. False where the provider has none, and the live database is all that was emptied.
 * @param keptDays for how many days raw deliveries are kept
 * @throws Error where a share is still there afterwards, or the provider does not know its tree
 */
export async function destroyShares(
  provider: KeyProvider,
  gone: { readonly subjects: readonly Gone[]; readonly deliveries: readonly Gone[] },
  keptDays: number,
): Promise<boolean> {
  if (provider.shareTree === undefined && gone.subjects.length + gone.deliveries.length === 0) return false;
  // Two days more: the zones of the days' names, and clocks that differ.
  await provider.takeOut(gone, dayPoint(Date.now() - (keptDays + 2) * dayMs));
  const isLeft = (kind: 'subjects' | 'deliveries') =>
    gone[kind].some(({ tree, point }) => provider.share(tree, kind, point) !== undefined);
  if (isLeft('subjects') || isLeft('deliveries'))
    throw new Error('the key file still holds shares that were taken out');
  return true;
}
