import {
  allAddresses,
  conversationsOfSameUsers,
  deliveriesNaming,
  forgetThreads,
  type HeldDelivery,
  removeDeliveries,
} from '#channels/index.ts';
import { forgetFiles } from '#files/index.ts';
import { type ErasureReason, erasureStream, type PatientErased, type SharesOwed } from '#kernel/erasure.ts';
import type { Tx } from '#platform/db/db.ts';
import { lockMailboxes } from '#platform/mailbox.ts';
import { addAudit, destroyKeys, isShareMissing, practiceSubject, type Sealer } from '#security/index.ts';
import { erasureFacts, type FinishDeps, finishErasures, writtenShare } from './jobs.ts';
import { type Ids, ids, type People, peopleIn, selectTogether } from './views.ts';

/**
 * Erasing a patient: the keys of all that they said and were told are destroyed, what finds them is removed, and a fact stays that
 * it was done. One number's words belong together, whoever of a family they speak of, so conversations are erased whole.
 */

export type ErasureDeps = FinishDeps & { readonly sealer: Sealer };

export type ErasureTarget = { readonly patientId: string } | { readonly conversationId: string };

export type ErasurePlan = People & {
  /**
   * `patientIds` is everybody whom these conversations name: the same person once per form, and others on the same number;
   * `subjects`: whose keys are destroyed.
   */
  readonly conversationIds: readonly string[];
  readonly deliveries: readonly HeldDelivery[];
  /** Facts of earlier releases that the practice's own key sealed: those stay readable for whoever has it. */
  readonly factsThatStay: number;
};

function selectOfPatient(tx: Tx, patientId: string): Promise<Ids> {
  return tx.query<{ id: string }>(
    `select distinct i.conversation_id as id from events e
     join views_intakes i on i.practice_id = e.practice_id and e.stream = 'intake/' || i.intake_id
     where e.practice_id = $1 and e.type = 'IntakeStarted' and e.data->>'patientId' = $2
     union
     select data->>'conversationId' from events
     where practice_id = $1 and type = 'PatientErased' and data->'patientIds' ? $2`,
    [tx.practiceId, patientId],
  );
}

function selectKnown(tx: Tx, conversationId: string): Promise<Ids> {
  return tx.query<{ id: string }>(
    `select conversation_id as id from channel_threads where practice_id = $1 and conversation_id = $2
     union
     select data->>'conversationId' from events where practice_id = $1 and stream = 'erasure/' || $2`,
    [tx.practiceId, conversationId],
  );
}

async function countFactsThatStay(tx: Tx, conversationIds: readonly string[]): Promise<number> {
  const [row] = await tx.query<{ count: number }>(
    `select count(*)::int as count from events
     where practice_id = $1 and phi is not null and subject = $3 and (
       stream = any(select kind || '/' || c from unnest($2::text[]) as c, unnest('{conversation,consent,handoff}'::text[]) as kind)
       or stream = any(select 'message/' || message_id from views_messages where practice_id = $1 and conversation_id = any($2)))`,
    [tx.practiceId, conversationIds, practiceSubject],
  );
  return row?.count ?? 0;
}

/** What an erasure would take away; undefined where nobody is known by this id. Changes nothing. */
export async function planErasure(
  tx: Tx,
  sealer: Sealer,
  target: ErasureTarget,
): Promise<ErasurePlan | undefined> {
  const known = ids(
    'patientId' in target
      ? await selectOfPatient(tx, target.patientId)
      : await selectKnown(tx, target.conversationId),
  );
  if (known.length === 0) return undefined;
  // What an erasure has taken away no longer says who belongs together; its record does.
  const together = ids(await selectTogether(tx, known));
  const conversationIds = await conversationsOfSameUsers(tx, [...new Set([...known, ...together])]);
  const addresses = await allAddresses(tx, sealer, conversationIds);
  return {
    conversationIds,
    ...(await peopleIn(tx, conversationIds)),
    deliveries: await deliveriesNaming(tx, sealer, addresses),
    factsThatStay: await countFactsThatStay(tx, conversationIds),
  };
}

/** The database is emptied; what stands outside of it is not, or it is not known to be. What is owed is recorded. */
export class ErasureUnfinished extends Error {
  constructor(cause?: unknown) {
    super('the erasure is not finished: shares in the key file are still to be destroyed', { cause });
    this.name = 'ErasureUnfinished';
  }
}

type By = { readonly who: string; readonly reason: ErasureReason; readonly at: string };

/**
 * Erases what was planned, in two halves. One transaction empties the database and records which shares are owed; before its commit
 * nothing is erased. Then `finishErasures` destroys those, of this erasure and of any that was broken off. Taken again, both go on
 * where they were. Returns whether the shares, without which no backup opens either, could be taken out.
 * @throws ErasureUnfinished where the second half is still owed: by the next call, for whomever, or by the next worker
 */
export async function erase(
  deps: ErasureDeps,
  practiceId: string,
  plan: ErasurePlan,
  by: By,
): Promise<boolean> {
  await deps.db.tx(practiceId, (tx) => eraseIn(tx, deps, plan, by));
  try {
    await finishErasures(deps, practiceId, by.at);
    return await deps.db.tx(practiceId, (tx) => readEnd(tx, deps, plan.conversationIds));
  } catch (error) {
    throw error instanceof ErasureUnfinished ? error : new ErasureUnfinished(error);
  }
}

/** By its record, whoever finished it. */
async function readEnd(tx: Tx, { store }: ErasureDeps, conversationIds: readonly string[]): Promise<boolean> {
  const streams = await store.load(tx, conversationIds.map(erasureStream));
  const ends = [...streams.values()].map((events) => erasureFacts(events).at(-1));
  return ends
    .map((end) => {
      if (end?.type !== 'ErasureFinished') throw new ErasureUnfinished();
      return end.data.shares === 'destroyed';
    })
    .every((isDestroyed) => isDestroyed);
}

async function eraseIn(
  tx: Tx,
  deps: ErasureDeps,
  { conversationIds, deliveries }: ErasurePlan,
  by: By,
): Promise<void> {
  // No turn, no answer of staff and no send of these conversations is between two of its steps now.
  lockMailboxes(tx, conversationIds);
  // A turn may have taken in one more since the plan was made.
  const people = await peopleIn(tx, conversationIds);
  await deleteJobs(tx, conversationIds);
  await record(tx, deps, conversationIds, people, deliveries, by);
  await forgetThreads(tx, conversationIds);
  await deleteMail(tx, conversationIds);
  await forgetFiles(tx, conversationIds);
  await removeDeliveries(tx, deliveries);
  await destroyKeys(tx, people.subjects);
}

/** That the database is emptied, and what is owed outside of it. */
async function record(
  tx: Tx,
  { store }: ErasureDeps,
  conversationIds: readonly string[],
  { patientIds, subjects }: People,
  deliveries: readonly HeldDelivery[],
  { who, reason, at }: By,
): Promise<void> {
  const before = await store.load(tx, conversationIds.map(erasureStream));
  const isMissing = (await isShareMissing(tx, subjects)) || deliveries.some(({ gone }) => gone === undefined);
  const shares = deliveries.flatMap(({ gone }) => (gone === undefined ? [] : [writtenShare(gone)]));
  for (const [i, conversationId] of conversationIds.entries()) {
    const stream = erasureStream(conversationId);
    const expectedVersion = before.get(stream)?.length ?? 0;
    const erased: PatientErased = { type: 'PatientErased', data: { conversationId, patientIds, reason, at } };
    const owed: SharesOwed = {
      type: 'SharesOwed',
      data: {
        conversationId,
        conversationIds,
        subjects,
        deliveries: i === 0 ? shares : [],
        isShareMissing: isMissing,
        at,
      },
    };
    const facts = expectedVersion === 0 ? [erased, owed] : [owed];
    await store.append(tx, [{ stream, expectedVersion, subject: conversationId, facts }], {
      at,
      actor: who,
      correlationId: conversationId,
      causationId: conversationId,
    });
    const target = `conversation/${conversationId}`;
    await addAudit(tx, { who, action: 'BeginErasePatient', target, outcome: 'done' });
  }
}

function deleteMail(tx: Tx, conversationIds: readonly string[]): Promise<object[]> {
  return tx.query(`delete from mailbox where practice_id = $1 and mailbox_id = any($2)`, [
    tx.practiceId,
    conversationIds,
  ]);
}

/**
 * What waits to be done for them: turns, sends, news, forms to file. What is under way with the practice system about a visit goes
 * on to its end, so that no slot stays kept for nobody.
 */
function deleteJobs(tx: Tx, conversationIds: readonly string[]): Promise<object[]> {
  return tx.query(
    `delete from pgboss.job
     where state in ('created', 'retry') and data->>'practiceId' = $1 and (data->>'conversationId' = any($2)
       or data->>'intakeId' in (select intake_id from views_intakes where practice_id = $1 and conversation_id = any($2)))`,
    [tx.practiceId, conversationIds],
  );
}
