import type { Fact, StoredEvent } from '#kernel/event.ts';
import type { OwedJob } from '#kernel/owed.ts';
import { sqlState, type Tx, uniqueViolation } from '../db/db.ts';
import {
  type EventPlace,
  type EventRow,
  insertEvents,
  type NewRow,
  selectAfter,
  selectPlaces,
  selectStreams,
} from './rows.ts';
import { EventSealBroken, type EventSeals, isoOf } from './seal.ts';
import { createSealing } from './sealing.ts';

export type { EventPlace } from './rows.ts';

/**
 * Glossary of the event store's words.
 *
 * - **append**: adding facts to one or more streams, each at the version that the writer last saw.
 * - **view**: a read table. An inline view is written in the transaction that appends.
 * - **reaction**: which jobs a fact owes. They are enqueued in the transaction that appends.
 */

/** Seals and opens the patient data of events, and seals the events themselves. */
export type EventSealer = EventSeals & {
  /** Reads the practice's keys (again). */
  readonly preparePractice: (practiceId: string) => Promise<void>;
  /** Reads, and makes, the keys of all these subjects at once. */
  readonly prepareSealing: (tx: Tx, subjects: readonly string[]) => Promise<void>;
  readonly prepareOpening: (tx: Tx, subjects: readonly string[]) => Promise<void>;
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

export type AppendContext = {
  readonly at: string;
  readonly actor: string;
  readonly correlationId: string;
  readonly causationId: string;
};

/** What one cause leads to. */
export type Write = { readonly appends: readonly Append[]; readonly context: AppendContext };

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
  /** As `append`, for several causes at once: in the order given, with as many statements as one of them takes. */
  readonly appendAll: (tx: Tx, writes: readonly Write[]) => Promise<readonly StoredEvent[]>;
  /** Empties a view and writes it again from the events. */
  readonly rebuild: (tx: Tx, view: View) => Promise<number>;
};

export class WrongVersion extends Error {
  constructor() {
    super('another writer appended to the stream first');
    this.name = 'WrongVersion';
  }
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
  /** Told of every event that does not match its seal, before the reader gets `EventSealBroken`. */
  readonly onBroken?: (practiceId: string, place: EventPlace) => void;
}): EventStore {
  const { sealer, views, reactions } = options;
  const sealing = createSealing(sealer);

  /** @throws EventSealBroken */
  async function opened(tx: Tx, row: EventRow, previous: Buffer | null): Promise<StoredEvent> {
    if ((await sealing.check(tx, row, previous)) === 'broken') {
      options.onBroken?.(tx.practiceId, row);
      throw new EventSealBroken(row.stream, row.version);
    }
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
      at: isoOf(row.micros),
    };
  }

  /** Reads the keys of all that is to be opened. */
  function prepareOpening(tx: Tx, rows: readonly EventRow[]): Promise<void> {
    return sealer.prepareOpening(
      tx,
      rows.flatMap(({ phi, subject }) => (phi === null ? [] : [subject])),
    );
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

  /** The rows of the writes in their order, each sealed with the one before it in its stream. */
  async function newRows(tx: Tx, writes: readonly Write[]): Promise<NewRow[]> {
    const appends = writes.flatMap((write) => write.appends).filter(({ facts }) => facts.length > 0);
    if (!(await sealing.recall(tx, appends))) throw new WrongVersion();
    const sealedOnes = appends.filter(({ facts }) => facts.some(({ phi }) => phi !== undefined));
    await sealer.prepareSealing(
      tx,
      sealedOnes.map(({ subject }) => subject),
    );
    const rows: NewRow[] = [];
    for (const { appends, context } of writes) {
      const at = new Date(context.at).toISOString();
      for (const append of appends) {
        for (const [i, fact] of append.facts.entries()) {
          const version = append.expectedVersion + 1 + i;
          const phi = await sealed(tx, append, fact, version);
          rows.push(sealing.seal(tx, { ...append, ...context, at, version, fact, phi }));
        }
      }
    }
    return rows;
  }

  async function appendAll(tx: Tx, writes: readonly Write[]): Promise<readonly StoredEvent[]> {
    const rows = await newRows(tx, writes);
    if (rows.length === 0) return [];
    const positions = await insertEvents(tx, rows).catch((error: unknown) => {
      throw sqlState(error) === uniqueViolation ? new WrongVersion() : error;
    });
    const events = rows.map(({ fact, content, at }, i): StoredEvent => {
      const { stream, version, subject, actor, correlationId, causationId } = content;
      const position = BigInt(positions[i]?.position ?? 0);
      const place = { practiceId: tx.practiceId, stream, version, position };
      return { ...fact, ...place, subject, actor, correlationId, causationId, at };
    });
    for (const view of views) await view.apply(tx, events);
    const owed = events.flatMap((event) => reactions.flatMap((react) => react(event)));
    if (owed.length > 0) await options.enqueue(tx, owed);
    return events;
  }

  return {
    async load(tx, streams) {
      const events = new Map<string, StoredEvent[]>(streams.map((stream) => [stream, []]));
      let previous: EventRow | undefined;
      const rows = await selectStreams(tx, streams);
      await prepareOpening(tx, rows);
      for (const row of rows) {
        const isNext = previous?.stream === row.stream;
        // A gap breaks the chain as well: no event was sealed with nothing before it but the first.
        const before = isNext && previous?.version === row.version - 1 ? previous.seal : null;
        events.get(row.stream)?.push(await opened(tx, row, before));
        sealing.remember(tx, row, row.seal);
        previous = row;
      }
      return events;
    },

    async loadAt(tx, places) {
      if (places.length === 0) return [];
      const events: StoredEvent[] = [];
      const rows = await selectPlaces(tx, places);
      await prepareOpening(tx, rows);
      for (const row of rows) events.push(await opened(tx, row, row.previous_seal));
      return events;
    },

    append: (tx, appends, context) => appendAll(tx, [{ appends, context }]),
    appendAll,

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
        await prepareOpening(tx, rows);
        for (const row of rows) events.push(await opened(tx, row, row.previous_seal));
        await view.apply(tx, events);
        seen += rows.length;
        last = events.at(-1)?.position ?? last;
      }
    },
  };
}
