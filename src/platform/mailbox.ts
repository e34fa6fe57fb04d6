import type { Tx } from './db/db.ts';

/**
 * Glossary of the mailbox words.
 *
 * - **mail**: something that a conversation must read: a patient's message, or news from inside.
 * - **wake**: the job that says "this mailbox has mail". One waits per mailbox at a time.
 * - **take**: reading all waiting mail under the mailbox's lock, in order, once.
 */

export type NewMail = {
  readonly mailboxId: string;
  /** Unique per practice: the same mail twice is one. */
  readonly key: Uint8Array;
  readonly kind: string;
  /** When it was written, by its sender's provider. Order of reading. */
  readonly sentAt: string;
  readonly subject: string;
  /** Sealed. */
  readonly body: Uint8Array;
};

export type WaitingMail = {
  readonly key: Buffer;
  readonly kind: string;
  readonly sentAt: string;
  readonly subject: string;
  readonly body: Buffer;
};

/**
 * Takes the locks of several mailboxes, and makes those that are new. In sorted order, so that two transactions that need the same
 * mailboxes cannot wait for each other in a ring: take all that a transaction needs in one call.
 */
export function lockMailboxes(tx: Tx, mailboxIds: readonly string[]): void {
  if (mailboxIds.length === 0) return;
  tx.send(
    `insert into mailboxes (practice_id, mailbox_id, counter)
     select $1, m, 1 from unnest($2::text[]) as m order by m
     on conflict (practice_id, mailbox_id) do update set counter = mailboxes.counter + 1`,
    [tx.practiceId, [...new Set(mailboxIds)].sort()],
  );
}

function insertMail(tx: Tx, mail: readonly NewMail[], arrivedAt: string): Promise<{ mailbox_id: string }[]> {
  return tx.query<{ mailbox_id: string }>(
    `insert into mailbox (practice_id, mail_key, mailbox_id, kind, sent_at, arrived_at, subject, body)
     select $1, key, mailbox_id, kind, sent_at, $8, subject, body
     from unnest($2::bytea[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::bytea[])
       with ordinality as m(key, mailbox_id, kind, sent_at, subject, body, ord)
     order by ord
     on conflict do nothing
     returning mailbox_id`,
    [
      tx.practiceId,
      mail.map((m) => m.key),
      mail.map((m) => m.mailboxId),
      mail.map((m) => m.kind),
      mail.map((m) => m.sentAt),
      mail.map((m) => m.subject),
      mail.map((m) => m.body),
      arrivedAt,
    ],
  );
}

/**
 * Adds mail; returns the mailboxes that got some (mail that was there already adds nothing). The caller enqueues their
 * wakes in the same transaction, and has locked the mailboxes (`lockMailboxes`) before: a turn that runs now either sees
 * this mail or waits for our commit, so a wake that is dropped as a duplicate is never the last one.
 */
export async function addMail(
  tx: Tx,
  mail: readonly NewMail[],
  arrivedAt: string,
): Promise<readonly string[]> {
  if (mail.length === 0) return [];
  const added = await insertMail(tx, mail, arrivedAt);
  return [...new Set(added.map((row) => row.mailbox_id))];
}

/** Those of these keys, in hexadecimal, whose mail is there, read or not. */
export async function knownMail(tx: Tx, keys: readonly Uint8Array[]): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const rows = await tx.query<{ key: Buffer }>(
    `select mail_key as key from mailbox where practice_id = $1 and mail_key = any($2::bytea[])`,
    [tx.practiceId, keys],
  );
  return new Set(rows.map(({ key }) => key.toString('hex')));
}

/** Waits for the mailbox's lock; it is held until the transaction ends. */
export async function lockMailbox(tx: Tx, mailboxId: string): Promise<void> {
  await tx.query(`select counter from mailboxes where practice_id = $1 and mailbox_id = $2 for update`, [
    tx.practiceId,
    mailboxId,
  ]);
}

export const holdSql = (waits: boolean) => `
  select m.mailbox_id from unnest($2::text[]) as wanted(mailbox_id)
  cross join lateral (
    select mailboxes.mailbox_id from mailboxes
    where practice_id = $1 and mailboxes.mailbox_id = wanted.mailbox_id
    offset 0 for update${waits ? '' : ' skip locked'}
  ) m`;

/**
 * Takes the locks of mailboxes that are there already, until the transaction ends; in sorted order. Returns those that it got.
 * @param waits false: one whose lock is held elsewhere is left out
 */
export async function holdMailboxes(
  tx: Tx,
  mailboxIds: readonly string[],
  waits: boolean,
): Promise<readonly string[]> {
  const sorted = [...new Set(mailboxIds)].sort();
  const rows = await tx.query<{ mailbox_id: string }>(holdSql(waits), [tx.practiceId, sorted]);
  return rows.map((row) => row.mailbox_id);
}

type MailRow = {
  mailbox_id: string;
  mail_key: Buffer;
  kind: string;
  sent_at: Date;
  subject: string;
  body: Buffer;
};

export const takeMailSql = `
  with waiting as (
    select wanted.taken_by, m.mail_key from unnest($2::text[], $3::text[]) as wanted(mailbox_id, taken_by)
    cross join lateral (
      select mail_key from mailbox
      where practice_id = $1 and mailbox.mailbox_id = wanted.mailbox_id and mailbox.taken_by is null
      order by sent_at, seq limit $4
    ) m
  ), taken as (
    update mailbox set taken_by = waiting.taken_by from waiting
    where practice_id = $1 and mailbox.mail_key = waiting.mail_key
    returning mailbox.mailbox_id, mailbox.mail_key, kind, sent_at, seq, subject, body
  )
  select mailbox_id, mail_key, kind, sent_at, subject, body from taken order by sent_at, seq`;

/** At most this much mail in one turn: a flood is taken in several. */
export const mailPerTurn = 100;

/** Who takes the mail of which mailbox. */
export type Taking = { readonly mailboxId: string; readonly takenBy: string };

/**
 * Takes what waits in mailboxes whose locks the caller holds; each in order. Whoever comes second gets nothing: a mailbox without
 * mail is left out.
 */
export async function takeMail(
  tx: Tx,
  takings: readonly Taking[],
): Promise<ReadonlyMap<string, readonly WaitingMail[]>> {
  if (takings.length === 0) return new Map();
  const rows = await tx.query<MailRow>(takeMailSql, [
    tx.practiceId,
    takings.map((taking) => taking.mailboxId),
    takings.map((taking) => taking.takenBy),
    mailPerTurn,
  ]);
  const taken = new Map<string, WaitingMail[]>();
  for (const row of rows) {
    const { mail_key: key, kind, subject, body } = row;
    const mail = { key, kind, sentAt: row.sent_at.toISOString(), subject, body };
    const own = taken.get(row.mailbox_id);
    if (own === undefined) taken.set(row.mailbox_id, [mail]);
    else own.push(mail);
  }
  return taken;
}

/** Mail by its key, whether it waits or was taken; undefined where it is not there (any more). */
export async function findMail(
  tx: Tx,
  key: Uint8Array,
): Promise<Pick<WaitingMail, 'key' | 'subject' | 'body'> | undefined> {
  const [row] = await tx.query<Pick<MailRow, 'mail_key' | 'subject' | 'body'>>(
    'select mail_key, subject, body from mailbox where practice_id = $1 and mail_key = $2',
    [tx.practiceId, key],
  );
  return row && { key: row.mail_key, subject: row.subject, body: row.body };
}

/** Mailboxes with mail that arrived before `before` and was not taken: the sweep's backstop. Normally none. */
export async function mailboxesWithOldMail(
  tx: Tx,
  before: string,
  limit: number,
): Promise<readonly string[]> {
  const rows = await tx.query<{ mailbox_id: string }>(
    `select distinct mailbox_id from mailbox
     where practice_id = $1 and taken_by is null and arrived_at < $2 limit $3`,
    [tx.practiceId, before, limit],
  );
  return rows.map((row) => row.mailbox_id);
}
