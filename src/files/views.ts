import type { Tx } from '#platform/db/db.ts';
import type { FileState } from './file.ts';

export type FileOfMail = { readonly state: FileState; readonly code: string | null };

/** What became of the files that messages told of, by the hexadecimal key of the message in the mailbox. */
export async function filesOfMail(
  tx: Tx,
  mailKeys: readonly Uint8Array[],
): Promise<ReadonlyMap<string, FileOfMail>> {
  if (mailKeys.length === 0) return new Map();
  const rows = await tx.query<FileOfMail & { key: string }>(
    `select encode(mail_key, 'hex') as key, state, code from files where practice_id = $1 and mail_key = any($2)`,
    [tx.practiceId, mailKeys],
  );
  return new Map(rows.map(({ key, state, code }) => [key, { state, code }]));
}
