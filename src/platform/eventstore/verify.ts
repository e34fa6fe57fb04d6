import type { Tx } from '../db/db.ts';
import { type EventPlace, type EventRow, eventColumns } from './rows.ts';
import type { EventSeals } from './seal.ts';
import { createSealing } from './sealing.ts';

/**
 * Walks every event of a practice, stream by stream, and checks its seal.
 *
 * The chain of a stream shows a change, a swap, a move and a gap. That the newest events of a stream are gone, or all of it, or
 * that the database is an older copy of itself, shows only against a witness: what an earlier walk printed, kept elsewhere.
 */

/** What is wrong with an event. `missing`: the one before it is gone; `order`: its position is not after that one's. */
export type EventProblem = 'changed' | 'missing' | 'unsealed' | 'order';

export type BrokenEvent = EventPlace & { readonly problem: EventProblem };

/** All events of the transactions before `before`, as one number. Nothing can be added to them, nor taken away unseen. */
export type EventWitness = { readonly before: string; readonly events: number; readonly digest: string };

export type EventsVerified = {
  readonly events: number;
  /** From before there were seals: nothing is known of them. */
  readonly unsealed: number;
  readonly broken: number;
  /** The first of them. */
  readonly places: readonly BrokenEvent[];
  readonly witness: EventWitness;
  /** Whether the events of an earlier witness are all there as they were; undefined when none was given. */
  readonly agrees: boolean | undefined;
};

const pageSize = 2_000;
const placesShown = 200;

type WalkedRow = EventRow & { readonly xact: string };

function selectPage(tx: Tx, after: EventPlace): Promise<WalkedRow[]> {
  return tx.query<WalkedRow>(
    `select ${eventColumns}, xact::text as xact from events
     where practice_id = $1 and (stream, version) > ($2, $3) order by stream, version limit $4`,
    [tx.practiceId, after.stream, after.version, pageSize],
  );
}

/** The oldest transaction still open: what committed before it is complete. */
async function selectHorizon(tx: Tx): Promise<string> {
  const [row] = await tx.query<{ xact: string }>(
    'select pg_snapshot_xmin(pg_current_snapshot())::text as xact',
  );
  return row?.xact ?? '0';
}

export type VerifyingSeals = EventSeals & {
  readonly preparePractice: (practiceId: string) => Promise<void>;
  /** A MAC under a key that no rotation changes. */
  readonly blind: (practiceId: string, kind: string, value: string) => Buffer;
};

/** A sum over the events: the order of the walk, which is the database's collation's, does not matter. */
function createDigest(seals: VerifyingSeals, practiceId: string, before: string) {
  const horizon = BigInt(before);
  let sum = 0n;
  let events = 0;
  return {
    add(row: WalkedRow): void {
      if (BigInt(row.xact) >= horizon) return;
      events += 1;
      const seal = row.seal?.toString('hex') ?? '';
      const text = `witness 1|${row.stream.length}:${row.stream}|${row.version}|${row.position}|${seal}`;
      sum += BigInt(`0x${seals.blind(practiceId, 'event-witness', text).toString('hex')}`);
    },
    result: (): EventWitness => ({
      before,
      events,
      digest: (sum % 2n ** 256n).toString(16).padStart(64, '0'),
    }),
  };
}

/** @param against an earlier walk's witness */
export async function verifyEvents(
  tx: Tx,
  seals: VerifyingSeals,
  against?: EventWitness,
): Promise<EventsVerified> {
  const sealing = createSealing(seals);
  const now = createDigest(seals, tx.practiceId, await selectHorizon(tx));
  const then = against && createDigest(seals, tx.practiceId, against.before);
  const places: BrokenEvent[] = [];
  let [events, unsealed, broken] = [0, 0, 0];
  let before: WalkedRow | undefined;

  async function problemOf(row: WalkedRow): Promise<EventProblem | undefined> {
    const earlier = before?.stream === row.stream ? before : undefined;
    if (row.version !== (earlier?.version ?? 0) + 1) return 'missing';
    const state = await sealing.check(tx, row, earlier?.seal ?? null);
    if (state === 'broken') return row.seal === null ? 'unsealed' : 'changed';
    if (state === 'unsealed') unsealed += 1;
    return earlier && BigInt(earlier.position) >= BigInt(row.position) ? 'order' : undefined;
  }

  for (let page = await selectPage(tx, { stream: '', version: 0 }); page.length > 0; ) {
    for (const row of page) {
      events += 1;
      now.add(row);
      then?.add(row);
      const problem = await problemOf(row);
      before = row;
      if (problem === undefined) continue;
      broken += 1;
      if (places.length < placesShown) places.push({ stream: row.stream, version: row.version, problem });
    }
    page = before === undefined ? [] : await selectPage(tx, before);
  }
  const agrees = then && then.result().digest === against?.digest && then.result().events === against.events;
  return { events, unsealed, broken, places, witness: now.result(), agrees };
}
