import type { Tx } from '#platform/db/db.ts';
import { newId } from '#platform/ids.ts';
import { type FileState, keptStates, statesBefore } from './file.ts';

/** The rows of files: what is awaited, what came, what could not be had. The bytes are written by `pieces/`. */

export type NewFile = {
  readonly conversationId: string;
  /** The message's key in the mailbox. */
  readonly mailKey: Uint8Array;
  readonly channel: string;
  readonly accountId: string;
  readonly subject: string;
  /** ISO 8601: when its message was sent, by the provider. */
  readonly sentAt: string;
};

export type AwaitedFile = { readonly fileId: string; readonly conversationId: string };

/**
 * Notes files that messages told of; returns those that were not known. The caller enqueues what fetches them in the same
 * transaction.
 */
export async function awaitFiles(
  tx: Tx,
  files: readonly NewFile[],
  at: string,
): Promise<readonly AwaitedFile[]> {
  if (files.length === 0) return [];
  const rows = await insertFiles(tx, files, at);
  return rows.map(({ file_id, conversation_id }) => ({ fileId: file_id, conversationId: conversation_id }));
}

function insertFiles(
  tx: Tx,
  files: readonly NewFile[],
  at: string,
): Promise<{ file_id: string; conversation_id: string }[]> {
  return tx.query(
    `insert into files (practice_id, file_id, conversation_id, mail_key, channel, account_id, subject, state, sent_at, changed_at)
     select $1, file_id, conversation_id, mail_key, channel, account_id, subject, 'awaited', sent_at, $9
     from unnest($2::uuid[], $3::text[], $4::bytea[], $5::text[], $6::text[], $7::text[], $8::timestamptz[])
       as f(file_id, conversation_id, mail_key, channel, account_id, subject, sent_at)
     on conflict (practice_id, mail_key) do nothing
     returning file_id, conversation_id`,
    [
      tx.practiceId,
      files.map(() => newId()),
      files.map((file) => file.conversationId),
      files.map((file) => file.mailKey),
      files.map((file) => file.channel),
      files.map((file) => file.accountId),
      files.map((file) => file.subject),
      files.map((file) => file.sentAt),
      at,
    ],
  );
}

export type KnownFile = {
  readonly fileId: string;
  readonly conversationId: string;
  readonly mailKey: Buffer;
  readonly channel: string;
  readonly accountId: string;
  readonly subject: string;
  readonly state: FileState;
  readonly sentAt: string;
  /** The result of the last try, and how often in a row it came. */
  readonly code: string | null;
  readonly codeCount: number;
  readonly attempts: number;
};

type Row = {
  file_id: string;
  conversation_id: string;
  mail_key: Buffer;
  channel: string;
  account_id: string;
  subject: string;
  state: FileState;
  sent_at: Date;
  code: string | null;
  code_count: number;
  attempts: number;
};

/** Undefined where there is none (any more). */
export async function findFile(tx: Tx, fileId: string): Promise<KnownFile | undefined> {
  const [row] = await tx.query<Row>(
    `select file_id, conversation_id, mail_key, channel, account_id, subject, state, sent_at, code, code_count, attempts
     from files where practice_id = $1 and file_id = $2`,
    [tx.practiceId, fileId],
  );
  return (
    row && {
      fileId: row.file_id,
      conversationId: row.conversation_id,
      mailKey: row.mail_key,
      channel: row.channel,
      accountId: row.account_id,
      subject: row.subject,
      state: row.state,
      sentAt: row.sent_at.toISOString(),
      code: row.code,
      codeCount: row.code_count,
      attempts: row.attempts,
    }
  );
}

/** What was kept of a conversation since then: how many files, and how many bytes they have together. */
export async function keptLately(
  tx: Tx,
  conversationId: string,
  since: string,
): Promise<{ readonly files: number; readonly bytes: number }> {
  const [row] = await tx.query<{ files: number; bytes: string }>(
    `select count(*)::int as files, coalesce(sum(bytes), 0)::text as bytes from files
     where practice_id = $1 and conversation_id = $2 and state = any($4) and changed_at >= $3`,
    [tx.practiceId, conversationId, since, keptStates],
  );
  return { files: row?.files ?? 0, bytes: Number(row?.bytes ?? 0) };
}

/** Notes what came of a try that is to be repeated. False where nobody waits for the file any more. */
export async function putOffFile(tx: Tx, fileId: string, code: string, at: string): Promise<boolean> {
  const rows = await tx.query(
    `update files set attempts = attempts + 1, changed_at = $4,
       code_count = case when code = $3 then code_count + 1 else 1 end, code = $3
     where practice_id = $1 and file_id = $2 and state = 'awaited' returning file_id`,
    [tx.practiceId, fileId, code, at],
  );
  return rows.length > 0;
}

/** Gives a file up: it is not to be had. False where nobody waits for it any more. */
export async function missFile(tx: Tx, fileId: string, code: string, at: string): Promise<boolean> {
  const rows = await tx.query(
    `update files set state = 'missing', code = $3, attempts = attempts + 1, changed_at = $4, writing = null
     where practice_id = $1 and file_id = $2 and state = any($5) returning file_id`,
    [tx.practiceId, fileId, code, at, statesBefore('missing')],
  );
  if (rows.length > 0) await deletePieces(tx, fileId);
  return rows.length > 0;
}

function deletePieces(tx: Tx, fileId: string): Promise<object[]> {
  return tx.query('delete from file_pieces where practice_id = $1 and file_id = $2', [tx.practiceId, fileId]);
}

export type FilesBefore = {
  /** ISO 8601. What has been kept since before then goes. */
  readonly kept: string;
  /** What is still awaited since before then will not come: whatever was to fetch it did not. */
  readonly awaited: string;
  /** What stands of a file that is gone or missing goes as well. */
  readonly known: string;
};

/**
 * Takes away what has been kept long enough. Of the bytes nothing stays; that there was a file stays as long as its message does.
 * Returns how many files went.
 */
export async function expireFiles(tx: Tx, before: FilesBefore, at: string): Promise<number> {
  const gone = await tx.query<{ file_id: string }>(
    `update files set state = 'gone', changed_at = $3, writing = null, seal = null, sniffed_type = null, agrees = null
     where practice_id = $1 and state = any($4) and changed_at < $2 returning file_id`,
    [tx.practiceId, before.kept, at, keptStates],
  );
  await tx.query('delete from file_pieces where practice_id = $1 and file_id = any($2)', [
    tx.practiceId,
    gone.map(({ file_id }) => file_id),
  ]);
  await tx.query(
    `update files set state = 'missing', code = 'NOT_FETCHED', changed_at = $3, writing = null
     where practice_id = $1 and state = 'awaited' and sent_at < $2 and changed_at < $2`,
    [tx.practiceId, before.awaited, at],
  );
  await tx.query(
    `delete from files where practice_id = $1 and state in ('gone', 'missing') and changed_at < $2`,
    [tx.practiceId, before.known],
  );
  return gone.length;
}

/** Takes away everything of these conversations' files: their patient is erased. */
export async function forgetFiles(tx: Tx, conversationIds: readonly string[]): Promise<void> {
  await tx.query('delete from files where practice_id = $1 and conversation_id = any($2)', [
    tx.practiceId,
    conversationIds,
  ]);
}
