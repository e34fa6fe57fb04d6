import type { Tx } from '#platform/db/db.ts';
import { type Gone, practiceSubject, type Sealer, shareOfSealed } from '#security/index.ts';
import { deliveryContext } from '../commands.ts';
import { addressContext } from '../threads/addresses/commands.ts';

/** What an erasure takes away of threads, addresses and raw deliveries. */

/** Past addresses say nothing of whoever has them now; of one person's conversations, each may know where they were continued. */
function selectSharing(tx: Tx, conversationIds: readonly string[]): Promise<{ id: string }[]> {
  return tx.query<{ id: string }>(
    `select b.conversation_id as id
     from conversation_addresses a join conversation_addresses b using (practice_id, address_hash)
     where a.practice_id = $1 and a.conversation_id = any($2) and a.until is null and b.until is null
     union
     select unnest(array[conversation_id, continued_in]) from channel_threads
     where practice_id = $1 and continued_in is not null and (conversation_id = any($2) or continued_in = any($2))`,
    [tx.practiceId, conversationIds],
  );
}

/**
 * These conversations and all others that the same number or user wrote in, whichever account it wrote to, and those that turned out
 * to be the same person's.
 */
export async function conversationsOfSameUsers(tx: Tx, ids: readonly string[]): Promise<readonly string[]> {
  const all = new Set(ids);
  for (let before = -1; before !== all.size; ) {
    before = all.size;
    for (const { id } of await selectSharing(tx, [...all])) all.add(id);
  }
  return [...all].sort();
}

/** Every address of these conversations, past ones and other spellings among them. */
export async function allAddresses(
  tx: Tx,
  sealer: Sealer,
  conversationIds: readonly string[],
): Promise<readonly string[]> {
  const rows = await tx.query<{
    conversation_id: string;
    kind: string;
    address: Buffer;
    subject: string;
  }>(
    `select conversation_id, kind, address, subject from conversation_addresses
     where practice_id = $1 and conversation_id = any($2)`,
    [tx.practiceId, conversationIds],
  );
  const values = new Set<string>();
  for (const { conversation_id, kind, address, subject } of rows) {
    try {
      values.add((await sealer.open(tx, subject, addressContext(conversation_id, kind), address)).toString());
    } catch (error) {
      // An erasure that was broken off: its deliveries are found by not opening.
      if (!(error instanceof Error && error.name === 'KeyDestroyed')) throw error;
    }
  }
  return [...values];
}

/** Takes the threads and their addresses away: nothing can be sent any more, and whoever writes again begins anew. */
export async function forgetThreads(tx: Tx, conversationIds: readonly string[]): Promise<void> {
  await tx.query(`delete from conversation_addresses where practice_id = $1 and conversation_id = any($2)`, [
    tx.practiceId,
    conversationIds,
  ]);
  await tx.query(`delete from channel_threads where practice_id = $1 and conversation_id = any($2)`, [
    tx.practiceId,
    conversationIds,
  ]);
}

export type HeldDelivery = {
  readonly day: string;
  readonly digest: Buffer;
  /** What only this delivery is sealed with; undefined where it was sealed before there were shares. */
  readonly gone: Gone | undefined;
};

type Row = { day: string; digest: Buffer; delivery_id: string; body: Buffer };

const pageSize = 500;

function selectPage(tx: Tx, day: string, digest: Buffer): Promise<Row[]> {
  return tx.query<Row>(
    `select day::text as day, digest, delivery_id, body from webhook_deliveries
     where practice_id = $1 and (day, digest) > ($2::date, $3) order by day, digest limit ${pageSize}`,
    [tx.practiceId, day, digest],
  );
}

/** The text without JSON's escapes, so that a number is found however it was written. */
function plainText(body: Buffer): string {
  const text = body.toString('utf8');
  if (!text.includes('\\')) return text;
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}

/**
 * The raw deliveries that name one of these addresses: messages, statuses, contacts alike. Every one that is kept is opened and
 * read, for no index says what is in them; that takes seconds per hundred thousand, and is done for erasures alone. Those that do
 * not open any more are among them: an erasure that was broken off left them.
 */
export async function deliveriesNaming(
  tx: Tx,
  sealer: Sealer,
  addresses: readonly string[],
): Promise<readonly HeldDelivery[]> {
  const found: HeldDelivery[] = [];
  let last: Pick<Row, 'day' | 'digest'> = { day: '-infinity', digest: Buffer.alloc(0) };
  for (;;) {
    const page = await selectPage(tx, last.day, last.digest);
    for (const row of page) {
      if (await names(tx, sealer, row, addresses))
        found.push({ day: row.day, digest: row.digest, gone: shareOfSealed(row.body) });
    }
    const end = page.at(-1);
    if (end === undefined || page.length < pageSize) return found;
    last = end;
  }
}

async function names(tx: Tx, sealer: Sealer, row: Row, addresses: readonly string[]): Promise<boolean> {
  try {
    const context = deliveryContext(row.delivery_id);
    const text = plainText(await sealer.open(tx, practiceSubject, context, row.body));
    return addresses.some((address) => text.includes(address));
  } catch (error) {
    if (error instanceof Error && error.name === 'KeyDestroyed') return true;
    throw error;
  }
}

export function removeDeliveries(tx: Tx, held: readonly HeldDelivery[]): Promise<object[]> {
  return tx.query(
    `delete from webhook_deliveries d using unnest($2::date[], $3::bytea[]) as gone(day, digest)
     where d.practice_id = $1 and d.day = gone.day and d.digest = gone.digest`,
    [tx.practiceId, held.map(({ day }) => day), held.map(({ digest }) => digest)],
  );
}
