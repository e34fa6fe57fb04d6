import type { Fact, StoredEvent } from '#kernel/event.ts';
import type { OwedJob } from '#kernel/owed.ts';
import { sqlState, type Tx, uniqueViolation } from '../db/db.ts';

/**
 * Glossary of the event store's words.
 *
 * - **append**: adding facts to one or more streams, each at the version that the writer last saw.
 * - **view**: a read table. An inline view is written in the transaction that appends.
 * - **reaction**: which jobs a fact owes. They are enqueued in the transaction that appends.
 */

/** Seals and opens the patient data of events. */
export type EventSealer = {
  readonly seal: (tx: Tx, subject: string, context: string, plain: Uint8Array) => Promise<Buffer>;
  readonly open: (tx: Tx, subject: string, context: string, sealed: Uint8Array) => Promise<Buffer>;
};

export type View = {
  readonly name: string;
  /** The tables that hold nothing but this view, emptied when it is rebuilt. */
  readonly tables: readonly string[];
  readonly apply: (tx: Tx, events: readonly StoredEvent[]) => Promise<void>;
};

export type Reaction = (event: StoredEvent) => readonly OwedJob[];

export type Append = {
  readonly stream: string;
  /** The version of the newest event that the writer knows; 0 for a new stream. */
  readonly expectedVersion: number;
  /** Whose key seals the patient data of these facts. */
  readonly subject: string;
  readonly facts: readonly Fact[];
};

/** Where one event stands. */
export type EventPlace = { readonly stream: string; readonly version: number };

export type AppendContext = {
  readonly at: string;
  readonly actor: string;
  readonly correlationId: string;
  readonly causationId: string;
};

export type EventStore = {
  /** The events of the streams, oldest first; an unknown stream is an empty list. */
  readonly load: (tx: Tx, streams: readonly string[]) => Promise<ReadonlyMap<string, readonly StoredEvent[]>>;
  /** Single events, in no order; a place where there is none is left out. */
  readonly loadAt: (tx: Tx, places: readonly EventPlace[]) => Promise<readonly StoredEvent[]>;
  /**
   * Appends, writes the inline views and enqueues what is owed.
   * @throws WrongVersion when another writer was first in any of the streams; nothing is written then.
   */
  readonly append: (
    tx: Tx,
    appends: readonly Append[],
    context: AppendContext,
  ) => Promise<readonly StoredEvent[]>;
  /** Empties a view and writes it again from the events. */
  readonly rebuild: (tx: Tx, view: View) => Promise<number>;
};

export class WrongVersion extends Error {
  constructor() {
    super('another writer appended to the stream first');
    this.name = 'WrongVersion';
  }
}

type EventRow = {
  practice_id: string;
  stream: string;
  version: number;
  position: string;
  type: string;
  data: unknown;
  phi: Buffer | null;
  subject: string;
  actor: string;
  correlation_id: string;
  causation_id: string;
  at: Date;
};

const eventColumns =
  'practice_id, stream, version, position, type, data, phi, subject, actor, correlation_id, causation_id, at';

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

function selectStreams(tx: Tx, streams: readonly string[]): Promise<EventRow[]> {
  return tx.query<EventRow>(streamsSql, [tx.practiceId, streams]);
}

/** As above: one look into the index per place. */
export const placesSql = `
  select e.* from unnest($2::text[], $3::int[]) as wanted(stream, version)
  cross join lateral (
    select ${eventColumns} from events
    where practice_id = $1 and events.stream = wanted.stream and events.version = wanted.version
    offset 0
  ) e`;

function selectPlaces(tx: Tx, places: readonly EventPlace[]): Promise<EventRow[]> {
  const streams = places.map((place) => place.stream);
  const versions = places.map((place) => place.version);
  return tx.query<EventRow>(placesSql, [tx.practiceId, streams, versions]);
}

function selectAfter(tx: Tx, position: bigint, limit: number): Promise<EventRow[]> {
  return tx.query<EventRow>(
    `select ${eventColumns} from events where practice_id = $1 and position > $2 order by position limit $3`,
    [tx.practiceId, position.toString(), limit],
  );
}

type NewRow = {
  readonly append: Append;
  readonly fact: Fact;
  readonly version: number;
  readonly phi: Buffer | null;
};

function insertEvents(
  tx: Tx,
  rows: readonly NewRow[],
  context: AppendContext,
): Promise<{ ord: string; position: string }[]> {
  return tx.query<{ ord: string; position: string }>(
    `with given as (
       select * from unnest($2::text[], $3::int[], $4::text[], $5::jsonb[], $6::bytea[], $7::text[])
         with ordinality as g(stream, version, type, data, phi, subject, ord)
     ), added as (
       insert into events (practice_id, stream, version, type, data, phi, subject, actor, correlation_id, causation_id, at)
       select $1, stream, version, type, data, phi, subject, $8, $9, $10, $11 from given order by ord
       returning stream, version, position
     )
     select given.ord, added.position from added join given using (stream, version) order by given.ord`,
    [
      tx.practiceId,
      rows.map((row) => row.append.stream),
      rows.map((row) => row.version),
      rows.map((row) => row.fact.type),
      rows.map((row) => JSON.stringify(row.fact.data)),
      rows.map((row) => row.phi),
      rows.map((row) => row.append.subject),
      context.actor,
      context.correlationId,
      context.causationId,
      context.at,
    ],
  );
}

/** Binds sealed patient data to its place, so that it does not open in another row. */
function phiContext(stream: string, version: number): string {
  return `events|phi|${stream}|${version}`;
}

export function createEventStore(options: {
  readonly sealer: EventSealer;
  readonly views: readonly View[];
  readonly reactions: readonly Reaction[];
  readonly enqueue: (tx: Tx, jobs: readonly OwedJob[]) => Promise<void>;
}): EventStore {
  const { sealer, views, reactions } = options;

  async function opened(tx: Tx, row: EventRow): Promise<StoredEvent> {
    const phi = row.phi === null ? undefined : await openPhi(tx, row, row.phi);
    return {
      practiceId: row.practice_id,
      stream: row.stream,
      version: row.version,
      position: BigInt(row.position),
      type: row.type,
      data: row.data,
      ...(phi === undefined ? {} : { phi }),
      subject: row.subject,
      actor: row.actor,
      correlationId: row.correlation_id,
      causationId: row.causation_id,
      at: row.at.toISOString(),
    };
  }

  /** Undefined when the subject was erased: the fact stays, what it said is gone. */
  async function openPhi(tx: Tx, row: EventRow, sealed: Buffer): Promise<unknown> {
    try {
      const plain = await sealer.open(tx, row.subject, phiContext(row.stream, row.version), sealed);
      return JSON.parse(plain.toString('utf8'));
    } catch (error) {
      if (error instanceof Error && error.name === 'KeyDestroyed') return undefined;
      throw error;
    }
  }

  async function sealed(tx: Tx, append: Append, fact: Fact, version: number): Promise<Buffer | null> {
    if (fact.phi === undefined) return null;
    const plain = Buffer.from(JSON.stringify(fact.phi), 'utf8');
    return await sealer.seal(tx, append.subject, phiContext(append.stream, version), plain);
  }

  async function insert(tx: Tx, rows: readonly NewRow[], context: AppendContext): Promise<StoredEvent[]> {
    const positions = await insertEvents(tx, rows, context).catch((error: unknown) => {
      throw sqlState(error) === uniqueViolation ? new WrongVersion() : error;
    });
    return rows.map((row, i) => ({
      ...row.fact,
      practiceId: tx.practiceId,
      stream: row.append.stream,
      version: row.version,
      position: BigInt(positions[i]?.position ?? 0),
      subject: row.append.subject,
      ...context,
    }));
  }

  return {
    async load(tx, streams) {
      const events = new Map<string, StoredEvent[]>(streams.map((stream) => [stream, []]));
      for (const row of await selectStreams(tx, streams)) events.get(row.stream)?.push(await opened(tx, row));
      return events;
    },

    async loadAt(tx, places) {
      if (places.length === 0) return [];
      const events: StoredEvent[] = [];
      for (const row of await selectPlaces(tx, places)) events.push(await opened(tx, row));
      return events;
    },

    async append(tx, appends, context) {
      const rows: NewRow[] = [];
      for (const append of appends) {
        for (const [i, fact] of append.facts.entries()) {
          const version = append.expectedVersion + 1 + i;
          rows.push({ append, fact, version, phi: await sealed(tx, append, fact, version) });
        }
      }
      if (rows.length === 0) return [];
      const events = await insert(tx, rows, context);
      for (const view of views) await view.apply(tx, events);
      const owed = events.flatMap((event) => reactions.flatMap((react) => react(event)));
      if (owed.length > 0) await options.enqueue(tx, owed);
      return events;
    },

    async rebuild(tx, view) {
      // Whoever appends meanwhile waits with its part of the view: its facts are not visible here yet, and are not read twice.
      await tx.query(`lock table ${view.tables.join(', ')} in exclusive mode`);
      for (const table of view.tables)
        await tx.query(`delete from ${table} where practice_id = $1`, [tx.practiceId]);
      let seen = 0;
      let last = 0n;
      for (;;) {
        const rows = await selectAfter(tx, last, 1000);
        if (rows.length === 0) return seen;
        const events: StoredEvent[] = [];
        for (const row of rows) events.push(await opened(tx, row));
        await view.apply(tx, events);
        seen += rows.length;
        last = events.at(-1)?.position ?? last;
      }
    },
  };
}
