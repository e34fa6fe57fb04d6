import type { Fact } from '#kernel/event.ts';
import type { Tx } from '../db/db.ts';
import { type EventPlace, type EventRow, type NewRow, selectFirstSealed, selectSeals } from './rows.ts';
import {
  checkSeal,
  type EventSeals,
  microsOf,
  type SealedContent,
  type SealState,
  sealable,
} from './seal.ts';

/** Seals what is appended, and checks what is read. */

/** The newest event that a transaction knows of a stream. Events never change, so what it read once it need not read again. */
type Head = { readonly version: number; readonly seal: Buffer | null };

type Given = Omit<SealedContent, 'practiceId' | 'type' | 'data' | 'micros'> & {
  readonly fact: Fact;
  readonly at: string;
};

export function createSealing(
  seals: EventSeals & { preparePractice: (practiceId: string) => Promise<void> },
) {
  const headsIn = new WeakMap<Tx, Map<string, Head>>();

  function headsOf(tx: Tx): Map<string, Head> {
    const known = headsIn.get(tx);
    if (known !== undefined) return known;
    const heads = new Map<string, Head>();
    headsIn.set(tx, heads);
    return heads;
  }

  function remember(tx: Tx, { stream, version }: EventPlace, seal: Buffer | null): void {
    headsOf(tx).set(stream, { version, seal });
  }

  const firstSealed = new Map<string, bigint>();

  /** From before there were seals. What was added later and has none was sealed once. */
  async function isOlder(tx: Tx, row: EventRow): Promise<boolean> {
    const known = firstSealed.get(row.practice_id);
    const first = known ?? (await selectFirstSealed(tx));
    if (first === null) return true;
    firstSealed.set(row.practice_id, first);
    return BigInt(row.position) < first;
  }

  return {
    remember,

    /**
     * Makes sure that the event before each append is known: mostly it was loaded in the same transaction. False when one is not
     * there: whoever names such a version has not read the stream.
     */
    async recall(
      tx: Tx,
      appends: readonly { stream: string; expectedVersion: number; facts: readonly Fact[] }[],
    ): Promise<boolean> {
      const at = new Map<string, number>();
      const missing: EventPlace[] = [];
      for (const { stream, expectedVersion, facts } of appends) {
        const version = at.get(stream) ?? headsOf(tx).get(stream)?.version ?? 0;
        if (version !== expectedVersion && expectedVersion > 0)
          missing.push({ stream, version: expectedVersion });
        at.set(stream, expectedVersion + facts.length);
      }
      if (missing.length === 0) return true;
      const found = await selectSeals(tx, missing);
      for (const row of found) remember(tx, row, row.seal);
      return found.length === missing.length;
    },

    /** One new row, sealed with the event before it; from then on it is the head of its stream. */
    seal(tx: Tx, { fact, at, ...given }: Given): NewRow {
      const json = JSON.stringify(fact.data);
      const { stream, version, phi, subject, actor, correlationId, causationId } = given;
      const content: SealedContent = {
        practiceId: tx.practiceId,
        stream,
        version,
        type: fact.type,
        // As it comes back: without what JSON leaves out.
        data: JSON.parse(json),
        phi,
        subject,
        actor,
        correlationId,
        causationId,
        micros: microsOf(at),
      };
      const previous = version === 1 ? null : (headsOf(tx).get(stream)?.seal ?? null);
      const seal = seals.sealEvent(tx.practiceId, sealable(content, previous));
      remember(tx, content, seal);
      return { fact, content, at, json, seal };
    },

    /** @param previous the seal of the event before it in its stream */
    async check(tx: Tx, row: EventRow, previous: Buffer | null): Promise<Exclude<SealState, 'unknown key'>> {
      const content: SealedContent = {
        practiceId: row.practice_id,
        stream: row.stream,
        version: row.version,
        type: row.type,
        data: row.data,
        phi: row.phi,
        subject: row.subject,
        actor: row.actor,
        correlationId: row.correlation_id,
        causationId: row.causation_id,
        micros: row.micros,
      };
      const state = checkSeal(seals, content, row.seal, previous);
      if (state === 'unsealed') return (await isOlder(tx, row)) ? 'unsealed' : 'broken';
      if (state !== 'unknown key') return state;
      // Another process may have made a new key.
      await seals.preparePractice(row.practice_id);
      const again = checkSeal(seals, content, row.seal, previous);
      return again === 'unknown key' ? 'broken' : again;
    },
  };
}
