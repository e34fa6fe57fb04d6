import type { Queryable, Tx } from '../db/db.ts';

/**
 * Reading the facts in commit order. Two open transactions may commit in the other order than their positions say, so a
 * reader that remembers only a position passes the slower one for ever. This one orders by (xact, position) and reads
 * only what is older than the oldest transaction still open.
 */

/** How far a reader has come. Text, because both numbers exceed what JSON numbers hold exactly. */
export type Cursor = { readonly xact: string; readonly position: string };

export const beginning: Cursor = { xact: '0', position: '0' };

/** An event without its patient data: what a timeline, a figure or a log may see. */
export type PlainEvent = {
  readonly xact: string;
  readonly position: string;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly data: unknown;
  readonly actor: string;
  readonly correlationId: string;
  readonly at: string;
};

export const committedAfterSql = `
  select xact::text as xact, position::text as position, stream, version, type, data, actor,
         correlation_id as "correlationId",
         to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at
  from events
  where practice_id = $1
    and (xact, position) > ($2::text::xid8, $3::bigint)
    and xact < pg_snapshot_xmin(pg_current_snapshot())
  -- Of the table: the output columns of the same names are text, and "1000" sorts before "998".
  order by events.xact, events.position
  limit $4`;

/** The next facts after the cursor, in commit order. */
export function committedAfter(tx: Tx, cursor: Cursor, limit: number): Promise<PlainEvent[]> {
  return tx.query<PlainEvent>(committedAfterSql, [tx.practiceId, cursor.xact, cursor.position, limit]);
}

function lockCheckpoint(tx: Tx, reader: string): Promise<Cursor[]> {
  return tx.query<Cursor>(
    `select xact::text as xact, position::text as position from reader_checkpoints
     where practice_id = $1 and reader = $2 for update`,
    [tx.practiceId, reader],
  );
}

function createCheckpoint(db: Queryable, practiceId: string, reader: string): Promise<object[]> {
  return db.query(
    `insert into reader_checkpoints (practice_id, reader, xact, position) values ($1, $2, '0'::xid8, 0)
     on conflict do nothing`,
    [practiceId, reader],
  );
}

function saveCheckpoint(tx: Tx, reader: string, cursor: Cursor): Promise<object[]> {
  return tx.query(
    `update reader_checkpoints set xact = $3::text::xid8, position = $4 where practice_id = $1 and reader = $2`,
    [tx.practiceId, reader, cursor.xact, cursor.position],
  );
}

export type AsyncReader = {
  readonly name: string;
  /** Called with facts in commit order, each exactly once as far as the database can tell: the checkpoint moves in the
   *  same transaction. */
  readonly apply: (tx: Tx, events: readonly PlainEvent[]) => Promise<void>;
};

/** Lets the reader take its next batch; returns how many facts it took. Racing processes wait for each other. */
export async function readNext(tx: Tx, reader: AsyncReader, batch = 500): Promise<number> {
  let [cursor] = await lockCheckpoint(tx, reader.name);
  if (cursor === undefined) {
    await createCheckpoint(tx, tx.practiceId, reader.name);
    [cursor] = await lockCheckpoint(tx, reader.name);
  }
  const events = await committedAfter(tx, cursor ?? beginning, batch);
  const last = events.at(-1);
  if (last === undefined) return 0;
  await reader.apply(tx, events);
  await saveCheckpoint(tx, reader.name, { xact: last.xact, position: last.position });
  return events.length;
}

/** Sets the reader back to the beginning; what it built must be emptied in the same transaction. */
export async function rewind(tx: Tx, reader: AsyncReader): Promise<void> {
  await createCheckpoint(tx, tx.practiceId, reader.name);
  await saveCheckpoint(tx, reader.name, beginning);
}
