import { type Clock, isoNow } from '#platform/clock.ts';
import type { Db, Tx } from '#platform/db/db.ts';
import type { EventStore } from '#platform/eventstore/store.ts';
import { errorCode, type Log } from '#platform/log.ts';
import { type PracticeSystemEvent, practiceSystemStream } from '#pms/index.ts';
import { practiceSubject } from '#security/index.ts';

/** Which practice systems do not answer: written down by whoever finds out, read by every process. */

export type AwayDeps = {
  readonly db: Db;
  readonly store: EventStore;
  readonly clock: Clock;
  readonly log: Log;
};

export type Away = { readonly code: string; readonly since: string };

/** Since when the practice's system does not answer; undefined while it does, as far as is known. */
export async function awayOf(tx: Tx, store: EventStore): Promise<Away | undefined> {
  const stream = practiceSystemStream(tx.practiceId);
  const last = ((await store.load(tx, [stream])).get(stream) ?? []).at(-1);
  if (last?.type !== 'PracticeSystemAway') return undefined;
  // The stream's name says whose events these are.
  const { code, at } = last.data as Extract<PracticeSystemEvent, { type: 'PracticeSystemAway' }>['data'];
  return { code, since: at };
}

async function record(deps: AwayDeps, practiceId: string, code: string | undefined): Promise<void> {
  const at = isoNow(deps.clock);
  await deps.db.tx(practiceId, async (tx) => {
    const stream = practiceSystemStream(practiceId);
    const past = (await deps.store.load(tx, [stream])).get(stream) ?? [];
    const isAway = past.at(-1)?.type === 'PracticeSystemAway';
    if (isAway === (code !== undefined)) return;
    const fact: PracticeSystemEvent =
      code === undefined
        ? { type: 'PracticeSystemBack', data: { at } }
        : { type: 'PracticeSystemAway', data: { code, at } };
    await deps.store.append(
      tx,
      [{ stream, expectedVersion: past.length, subject: practiceSubject, facts: [fact] }],
      { at, actor: 'system', correlationId: stream, causationId: stream },
    );
  });
}

/**
 * Writes down, one after the other, what is learned of the systems; `code` undefined: it answers. What cannot be written is logged:
 * the calls themselves do not wait for it.
 */
export function awayRecorder(
  deps: AwayDeps,
): (practiceId: string, code: string | undefined) => Promise<void> {
  let last: Promise<void> = Promise.resolve();
  return (practiceId, code) => {
    last = last
      .then(() => record(deps, practiceId, code))
      .catch((error: unknown) =>
        deps.log.warn('the state of a practice system was not written', {
          practiceId,
          code: errorCode(error),
        }),
      );
    return last;
  };
}
