import type { Fact } from '#kernel/event.ts';
import type { Tx } from '../db/db.ts';
import type { SealedContent } from './seal.ts';

/** The rows of the table `events`: the statements that read and add them. */
export type EventRow = {
  readonly practice_id: string;
  readonly stream: string;
  readonly version: number;
  readonly position: string;
  readonly type: string;
  readonly data: unknown;
  readonly phi: Buffer | null;
  readonly subject: string;
  readonly actor: string;
  readonly correlation_id: string;
  readonly causation_id: string;
  /** `at` as it is sealed: exact, and defined for what no `Date` can be. */
  readonly micros: string;
  readonly seal: Buffer | null;
};

/** With the seal of the event before it in its stream. */
export type LinkedRow = EventRow & { readonly previous_seal: Buffer | null };

export const eventColumns = `practice_id, stream, version, position, type, data, phi, subject, actor, correlation_id, causation_id,
    trunc(extract(epoch from at) * 1000000)::text as micros, seal`;

const previousSeal = `(select before.seal from events before
      where before.practice_id = events.practice_id and before.stream = events.stream
        and before.version between events.version - 1 and events.version - 1
      order by before.version limit 1) as previous_seal`;

/**
 * One index scan per stream, whatever the planner thinks of the table: `stream = any($2)`, planned while the table was small,
 * read all events of the practice.
 */
export const streamsSql = `
  select e.* from unnest($2::text[]) as wanted(stream)
  cross join lateral (
    select ${eventColumns} from events
    where practice_id = $1 and events.stream = wanted.stream
    order by version offset 0
  ) e`;

export function selectStreams(tx: Tx, streams: readonly string[]): Promise<EventRow[]> {
  return tx.query<EventRow>(streamsSql, [tx.practiceId, streams]);
}

/** Where one event stands. */
export type EventPlace = { readonly stream: string; readonly version: number };

const streamsOf = (places: readonly EventPlace[]) => places.map((place) => place.stream);
const versionsOf = (places: readonly EventPlace[]) => places.map((place) => place.version);

/** As above: one look into the index per place. A range has an order, which only the right index gives for nothing. */
export const placesSql = `
  select e.* from unnest($2::text[], $3::int[]) as wanted(stream, version)
  cross join lateral (
    select ${eventColumns}, ${previousSeal} from events
    where practice_id = $1 and events.stream = wanted.stream and events.version between wanted.version and wanted.version
    order by version offset 0
  ) e`;

export function selectPlaces(tx: Tx, places: readonly EventPlace[]): Promise<LinkedRow[]> {
  return tx.query<LinkedRow>(placesSql, [tx.practiceId, streamsOf(places), versionsOf(places)]);
}

export function selectSeals(
  tx: Tx,
  places: readonly EventPlace[],
): Promise<{ stream: string; version: number; seal: Buffer | null }[]> {
  return tx.query(
    `select e.* from unnest($2::text[], $3::int[]) as wanted(stream, version)
     cross join lateral (
       select stream, version, seal from events
       where practice_id = $1 and events.stream = wanted.stream and events.version between wanted.version and wanted.version
       order by version offset 0
     ) e`,
    [tx.practiceId, streamsOf(places), versionsOf(places)],
  );
}

/** Where sealing began in this practice; null when nothing is sealed. */
export async function selectFirstSealed(tx: Tx): Promise<bigint | null> {
  const [row] = await tx.query<{ position: string | null }>(
    'select min(position)::text as position from events where practice_id = $1 and seal is not null',
    [tx.practiceId],
  );
  return row?.position ? BigInt(row.position) : null;
}

export function selectAfter(tx: Tx, position: bigint, limit: number): Promise<LinkedRow[]> {
  return tx.query<LinkedRow>(
    `select ${eventColumns}, ${previousSeal} from events
     where practice_id = $1 and position > $2 order by position limit $3`,
    [tx.practiceId, position.toString(), limit],
  );
}

/** What is written at once. */
export type NewRow = {
  readonly fact: Fact;
  readonly content: SealedContent;
  /** Instant, ISO 8601 in UTC. */
  readonly at: string;
  /** What of it goes into `data`. */
  readonly json: string;
  readonly seal: Buffer;
};

/** The positions of the rows, in their order. */
export function insertEvents(tx: Tx, rows: readonly NewRow[]): Promise<{ position: string }[]> {
  const column = <T>(of: (content: SealedContent) => T): T[] => rows.map(({ content }) => of(content));
  return tx.query<{ position: string }>(
    `with given as (
       select * from unnest($2::text[], $3::int[], $4::text[], $5::jsonb[], $6::bytea[], $7::text[], $8::text[], $9::text[],
           $10::text[], $11::timestamptz[], $12::bytea[])
         with ordinality
           as g(stream, version, type, data, phi, subject, actor, correlation_id, causation_id, at, seal, ord)
     ), added as (
       insert into events
         (practice_id, stream, version, type, data, phi, subject, actor, correlation_id, causation_id, at, seal)
       select $1, stream, version, type, data, phi, subject, actor, correlation_id, causation_id, at, seal from given order by ord
       returning stream, version, position
     )
     select added.position from added join given using (stream, version) order by given.ord`,
    [
      tx.practiceId,
      column(({ stream }) => stream),
      column(({ version }) => version),
      column(({ type }) => type),
      rows.map(({ json }) => json),
      column(({ phi }) => phi),
      column(({ subject }) => subject),
      column(({ actor }) => actor),
      column(({ correlationId }) => correlationId),
      column(({ causationId }) => causationId),
      rows.map(({ at }) => at),
      rows.map(({ seal }) => seal),
    ],
  );
}
