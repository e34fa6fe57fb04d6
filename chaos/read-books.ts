import { readFile } from 'node:fs/promises';
import { openDb } from '#platform/db/db.ts';
import { createSealer, openKeyProvider, type Sealer } from '#security/index.ts';
import { type PracticeEntry, type ProviderEntry, readLines, type StaffEntry } from './ledgers.ts';
import { practiceLedger, providerLedger } from './paths.ts';
import { accountId, practiceId } from './setting.ts';
import type { BookEvent, Books, MailRow, MessageRow } from './verdict/index.ts';
import type { ProviderStanding, World } from './world.ts';

/** Reads every ledger: the other sides' files, and the product's tables past its own program. */
export async function readBooks(world: World, staff: readonly StaffEntry[]): Promise<Books> {
  const { folder } = world.setting;
  const provider = readLines<ProviderEntry>(await readFile(providerLedger(folder), 'utf8'));
  const practice = readLines<PracticeEntry>(await readFile(practiceLedger(folder), 'utf8').catch(() => ''));
  const standing = await world.provider.ask<ProviderStanding>({ type: 'standing' });
  return {
    provider,
    practice,
    staff,
    mail: await readMail(world, provider),
    events: await readEvents(world),
    messages: await readMessages(world),
    patients: standing.patients.map(({ patientId, wishes, lastSide, lastText, nudges }) => ({
      patientId,
      nudges,
      openWishes: wishes,
      lastSide,
      lastText,
    })),
    deadLetters: await world.query(
      `select name as queue, id::text from pgboss.job where name like '%-dead' and state <> 'completed'`,
    ),
  };
}

type Mail = Omit<MailRow, 'wamid' | 'seq'> & { readonly key: string; readonly seq: string };

/** Mailboxes keep a keyed hash of the provider's id; with the keys of this run it is found again. */
async function readMail(world: World, provider: readonly ProviderEntry[]): Promise<readonly MailRow[]> {
  const rows = await world.query<Mail>(
    `select encode(mail_key, 'hex') as key, mailbox_id as "conversationId", taken_by as "takenBy",
       sent_at::text as "sentAt", seq::text
     from mailbox where practice_id = $1 and kind = 'message'`,
    [practiceId],
  );
  const byKey = new Map(rows.map((row) => [row.key, row]));
  return await withSealer(world, (sealer) =>
    provider.flatMap((entry) => {
      if (entry.kind !== 'written') return [];
      const hash = sealer.blind(practiceId, 'mail', `meta/${accountId}/${entry.wamid}`).toString('hex');
      const row = byKey.get(hash);
      if (row === undefined) return [];
      const { conversationId, takenBy, sentAt, seq } = row;
      return [{ wamid: entry.wamid, conversationId, takenBy, sentAt, seq: Number(seq) }];
    }),
  );
}

async function withSealer<T>(world: World, work: (sealer: Sealer) => T): Promise<T> {
  const db = openDb({ url: world.database.url(), role: 'vestibule_app', maxConnections: 1 });
  try {
    const sealer = createSealer({ db, provider: openKeyProvider(world.keys) });
    await sealer.preparePractice(practiceId);
    return work(sealer);
  } finally {
    await db.close();
  }
}

async function readEvents(world: World): Promise<readonly BookEvent[]> {
  const rows = await world.query<Omit<BookEvent, 'position'> & { readonly position: string }>(
    `select position::text, stream, version, type, data, correlation_id as "correlationId"
     from events where practice_id = $1 order by events.position`,
    [practiceId],
  );
  return rows.map((row) => ({ ...row, position: Number(row.position) }));
}

async function readMessages(world: World): Promise<readonly MessageRow[]> {
  const rows = await world.query<Omit<MessageRow, 'position'> & { readonly position: string }>(
    `select message_id as "messageId", conversation_id as "conversationId", position::text, purpose, state, code
     from views_messages where practice_id = $1`,
    [practiceId],
  );
  return rows.map((row) => ({ ...row, position: Number(row.position) }));
}
