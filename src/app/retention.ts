import { ingestQueue } from '#channels/index.ts';
import { expireFiles } from '#files/index.ts';
import type { Db, Queryable, Tx } from '#platform/db/db.ts';
import { sqlState } from '#platform/db/db.ts';
import { deadLetterOf } from '#platform/queue.ts';
import { lockPartitions } from './partitions.ts';
import type { Parts } from './parts.ts';

/**
 * What is kept no longer than it has to be. docs/operator/retention.md lists every table.
 *
 * Days of the product's clock decide about deliveries and mail, whose times are that clock's; the database's own about sign-ins.
 */

export type Keep = {
  /** Days that raw deliveries are kept. */
  readonly deliveriesDays: number;
  /** Days that read mail is kept. */
  readonly mailDays: number;
  /** Days that files which patients sent are kept. */
  readonly filesDays: number;
};

export const defaultKeep: Keep = { deliveriesDays: 30, mailDays: 365, filesDays: 90 };

const dayMs = 86_400_000;

/** Providers keep a file for seven days, its job gives it up then; what is awaited longer has lost its job. */
const awaitedDays = 10;

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10);

/** Of the days that have a partition, those before `before`, the oldest first. */
async function daysBefore(tx: Queryable, before: string): Promise<readonly string[]> {
  const rows = await tx.query<{ day: string }>(
    `select to_date(right(c.relname, 8), 'YYYYMMDD')::text as day
     from pg_inherits i join pg_class c on c.oid = i.inhrelid
     where i.inhparent = 'webhook_deliveries'::regclass and c.relname ~ '_[0-9]{8}$' order by 1`,
  );
  return rows.map(({ day }) => day).filter((day) => day < before);
}

/** Days of which some practice's deliveries wait to be read, or could not be. */
async function unreadDays(tx: Queryable): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ day: string }>(
    `select distinct data->>'day' as day from pgboss.job
     where name = any($1) and state in ('created', 'retry', 'active') and data->>'day' is not null`,
    [[ingestQueue, deadLetterOf(ingestQueue)]],
  );
  return new Set(rows.map(({ day }) => day));
}

async function dropDay(db: Db, practiceId: string, day: string): Promise<void> {
  await db.tx(practiceId, async (tx) => {
    await lockPartitions(tx);
    await tx.query('select drop_delivery_partition($1)', [day]);
  });
}

/** Those that came on a day without a partition. */
function deleteStrays(tx: Tx, before: string, staying: readonly string[]): Promise<object[]> {
  return tx.query(
    `delete from webhook_deliveries where practice_id = $1 and day < $2::date and day <> all($3::date[])`,
    [tx.practiceId, before, staying],
  );
}

function deleteReadMail(tx: Tx, before: string): Promise<object[]> {
  return tx.query(`delete from mailbox where practice_id = $1 and taken_by is not null and arrived_at < $2`, [
    tx.practiceId,
    before,
  ]);
}

/** How people signed in: who did what stands in the audit trail. */
async function deleteOldSignIns(tx: Tx): Promise<void> {
  const values = [tx.practiceId];
  await tx.query(
    `delete from staff_sessions where practice_id = $1
       and least(coalesce(revoked_at, ends_at), idle_ends_at, ends_at) < now() - interval '90 days'`,
    values,
  );
  await tx.query(
    `delete from enrolments where practice_id = $1
       and least(coalesce(used_at, expires_at), expires_at) < now() - interval '90 days'`,
    values,
  );
  await tx.query(
    `delete from webauthn_challenges where practice_id = $1 and expires_at < now() - interval '1 day'`,
    values,
  );
  await tx.query(
    `delete from oidc_logins where practice_id = $1 and expires_at < now() - interval '1 day'`,
    values,
  );
  await tx.query(
    `delete from sign_in_attempts where practice_id = $1 and window_ends_at < now() - interval '1 day'`,
    values,
  );
}

export type RetentionParts = Pick<Parts, 'db' | 'clock' | 'log' | 'metrics'> & {
  readonly practiceIds: readonly string[];
  readonly keep: Keep;
};

/** Lock not available: somebody was busy with the deliveries for longer than we wait. */
const lockNotAvailable = '55P03';

/**
 * Makes the look that takes away what has been kept long enough: once per day of the clock, and again at the next look where
 * something was in the way. A day of deliveries goes whole, and only when all of it was read: otherwise it stays, and says so.
 */
export function retentionLook(parts: RetentionParts): () => Promise<void> {
  let doneOn: string | undefined;
  return async () => {
    const today = dayOf(parts.clock.now());
    if (doneOn === today) return;
    if (await clearOnce(parts)) doneOn = today;
  };
}

/** False when something was in the way. */
async function clearOnce({ db, clock, log, metrics, practiceIds, keep }: RetentionParts): Promise<boolean> {
  const [first] = practiceIds;
  if (first === undefined) return true;
  const before = dayOf(clock.now() - keep.deliveriesDays * dayMs);
  const { days, unread } = await db.tx(first, async (tx) => ({
    days: await daysBefore(tx, before),
    unread: await unreadDays(tx),
  }));
  const staying = new Set(unread);
  let isDone = true;
  for (const day of days) {
    if (unread.has(day)) {
      log.error('raw deliveries that were not read are kept past their time', { what: day });
      metrics.count('vestibule_unread_days_kept');
      continue;
    }
    try {
      await dropDay(db, first, day);
      log.info('raw deliveries of a day are gone', { what: day });
    } catch (error) {
      if (sqlState(error) !== lockNotAvailable) throw error;
      isDone = false;
      // The others would wait as long: the next look comes soon.
      for (const later of days) if (later >= day) staying.add(later);
      break;
    }
  }
  const daysAgo = (count: number) => new Date(clock.now() - count * dayMs).toISOString();
  const mailBefore = daysAgo(keep.mailDays);
  const filesBefore = { kept: daysAgo(keep.filesDays), awaited: daysAgo(awaitedDays), known: mailBefore };
  for (const practiceId of practiceIds) {
    await db.tx(practiceId, async (tx) => {
      await deleteStrays(tx, before, [...staying]);
      await deleteReadMail(tx, mailBefore);
      await expireFiles(tx, filesBefore, daysAgo(0));
      await deleteOldSignIns(tx);
    });
  }
  return isDone;
}
