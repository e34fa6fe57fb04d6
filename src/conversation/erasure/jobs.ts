import { type ErasureEvent, type ErasureFinished, erasureStream, type SharesOwed } from '#kernel/erasure.ts';
import type { StoredEvent } from '#kernel/event.ts';
import type { Db, Tx } from '#platform/db/db.ts';
import type { EventStore } from '#platform/eventstore/store.ts';
import { lockMailboxes } from '#platform/mailbox.ts';
import { addAudit, destroyShares, type Gone, type KeyProvider, sharesOf } from '#security/index.ts';
import { ids, peopleIn, selectUnfinished } from './views.ts';

/**
 * The second half of every erasure: what stands outside of the database. Which shares are owed was recorded in the transaction that
 * emptied the database, so whoever comes by can destroy them, as often as it takes.
 */

export type FinishDeps = {
  readonly db: Db;
  readonly store: EventStore;
  readonly provider: KeyProvider;
  /** For how many days raw deliveries are kept. */
  readonly keptDays: number;
};

/** An erasure's facts, as its own writer made them. */
type Told = StoredEvent<ErasureEvent>;
export const erasureFacts = (events: readonly StoredEvent[] | undefined) => (events ?? []) as readonly Told[];

const isOwed = (event: Told): event is StoredEvent<SharesOwed> => event.type === 'SharesOwed';

type Unfinished = {
  readonly conversationId: string;
  readonly version: number;
  readonly by: string | undefined;
  readonly isShareMissing: boolean;
};

type Owed = {
  readonly unfinished: readonly Unfinished[];
  readonly subjects: readonly Gone[];
  readonly deliveries: readonly Gone[];
};

/** As it stands in `SharesOwed`. */
export const writtenShare = ({ tree, point }: Gone): string =>
  `${tree}:${Buffer.from(point).toString('hex')}`;

function readShare(written: string): Gone {
  const [tree = '', point = ''] = written.split(':');
  return { tree, point: Buffer.from(point, 'hex') };
}

async function readOwed(tx: Tx, { store, provider }: FinishDeps): Promise<Owed> {
  const conversationIds = ids(await selectUnfinished(tx));
  const streams = await store.load(tx, conversationIds.map(erasureStream));
  const owed = [...streams.values()].flatMap((events) => erasureFacts(events).filter(isOwed));
  const people = await peopleIn(tx, conversationIds);
  const subjects = new Set([...people.subjects, ...owed.flatMap(({ data }) => data.subjects)]);
  return {
    unfinished: conversationIds.map((conversationId) => {
      const events = erasureFacts(streams.get(erasureStream(conversationId)));
      const own = events.filter(isOwed);
      const isShareMissing = own.some(({ data }) => data.isShareMissing);
      return { conversationId, version: events.length, by: own.at(-1)?.actor, isShareMissing };
    }),
    subjects: await sharesOf(tx, provider, [...subjects]),
    deliveries: owed.flatMap(({ data }) => data.deliveries.map(readShare)),
  };
}

/** Those of which nobody recorded anything since they were read. */
async function recordEnd(
  tx: Tx,
  store: EventStore,
  unfinished: readonly Unfinished[],
  end: { readonly isDestroyed: boolean; readonly at: string },
): Promise<readonly string[]> {
  const all = unfinished.map(({ conversationId }) => conversationId);
  await lockMailboxes(tx, all);
  const now = await store.load(tx, all.map(erasureStream));
  const finished: string[] = [];
  for (const { conversationId, version, by, isShareMissing } of unfinished) {
    const stream = erasureStream(conversationId);
    if (now.get(stream)?.length !== version) continue;
    const shares = end.isDestroyed && !isShareMissing ? 'destroyed' : 'missing';
    const fact: ErasureFinished = { type: 'ErasureFinished', data: { conversationId, shares, at: end.at } };
    await store.append(tx, [{ stream, expectedVersion: version, subject: conversationId, facts: [fact] }], {
      at: end.at,
      actor: 'system',
      correlationId: conversationId,
      causationId: conversationId,
    });
    const target = `conversation/${conversationId}`;
    // An earlier release wrote its row at the beginning.
    if (by !== undefined) await addAudit(tx, { who: by, action: 'ErasePatient', target, outcome: 'done' });
    finished.push(conversationId);
  }
  return finished;
}

/**
 * Finishes every erasure of the practice that was broken off, at whichever step. Returns the conversations whose erasure it finished.
 * @throws Error where the shares cannot be destroyed now: they stay owed
 */
export async function finishErasures(
  deps: FinishDeps,
  practiceId: string,
  at: string,
): Promise<readonly string[]> {
  const { unfinished, subjects, deliveries } = await deps.db.tx(practiceId, (tx) => readOwed(tx, deps));
  if (unfinished.length === 0) return [];
  const isDestroyed = await destroyShares(deps.provider, { subjects, deliveries }, deps.keptDays);
  return await deps.db.tx(practiceId, (tx) => recordEnd(tx, deps.store, unfinished, { isDestroyed, at }));
}
