import {
  conversationsOfSameUsers,
  deliveriesNaming,
  forgetThreads,
  type HeldDelivery,
  readThread,
  removeDeliveries,
} from '#channels/index.ts';
import { type ErasureReason, erasureStream, type PatientErased } from '#kernel/erasure.ts';
import type { Db, Tx } from '#platform/db/db.ts';
import type { EventStore } from '#platform/eventstore/store.ts';
import { lockMailboxes } from '#platform/mailbox.ts';
import {
  addAudit,
  destroyKeys,
  destroyShares,
  type Gone,
  type KeyProvider,
  practiceSubject,
  type Sealer,
} from '#security/index.ts';

/**
 * Erasing a patient: the keys of all that they said and were told are destroyed, what finds them is removed, and a fact stays that
 * it was done. One number's words belong together, whoever of a family they speak of, so conversations are erased whole.
 */

export type ErasureDeps = {
  readonly db: Db;
  readonly store: EventStore;
  readonly sealer: Sealer;
  readonly provider: KeyProvider;
  /** For how many days raw deliveries are kept. */
  readonly keptDays: number;
};

export type ErasureTarget = { readonly patientId: string } | { readonly conversationId: string };

export type ErasurePlan = {
  readonly conversationIds: readonly string[];
  /** Everybody whom these conversations name: the same person once per form, and others on the same number. */
  readonly patientIds: readonly string[];
  /** Whose keys are destroyed. */
  readonly subjects: readonly string[];
  readonly deliveries: readonly HeldDelivery[];
  /** Facts of earlier releases that the practice's own key sealed: those stay readable for whoever has it. */
  readonly factsThatStay: number;
};

type Ids = { id: string }[];

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

function selectPatients(tx: Tx, conversationIds: readonly string[]): Promise<Ids> {
  return tx.query<{ id: string }>(
    `select distinct e.data->>'patientId' as id from views_intakes i
     join events e on e.practice_id = i.practice_id and e.stream = 'intake/' || i.intake_id
     where i.practice_id = $1 and i.conversation_id = any($2) and e.type = 'IntakeStarted'
     union
     select jsonb_array_elements_text(data->'patientIds') from events
     where practice_id = $1 and stream = any(select 'erasure/' || c from unnest($2::text[]) as c)
     order by 1`,
    [tx.practiceId, conversationIds],
  );
}

/** Of what the conversations say: their facts, their threads and their mail. */
function selectSubjects(tx: Tx, conversationIds: readonly string[]): Promise<Ids> {
  return tx.query<{ id: string }>(
    `select subject as id from events
     where practice_id = $1 and stream = any(
       select kind || '/' || c from unnest($2::text[]) as c, unnest('{conversation,consent,handoff}'::text[]) as kind)
     union select subject from channel_threads where practice_id = $1 and conversation_id = any($2)
     union select subject from mailbox where practice_id = $1 and mailbox_id = any($2)`,
    [tx.practiceId, conversationIds],
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

const ids = (rows: Ids) => rows.map(({ id }) => id);

async function addressesOf(tx: Tx, sealer: Sealer, conversationIds: readonly string[]): Promise<string[]> {
  const addresses: string[] = [];
  for (const conversationId of conversationIds) {
    try {
      const user = (await readThread(tx, sealer, conversationId))?.user;
      addresses.push(...[user?.userId, user?.phone].filter((value) => value !== undefined));
    } catch (error) {
      // An erasure that was broken off: its deliveries are found by not opening.
      if (!(error instanceof Error && error.name === 'KeyDestroyed')) throw error;
    }
  }
  return addresses;
}

type People = Pick<ErasurePlan, 'patientIds' | 'subjects'>;

async function peopleIn(tx: Tx, conversationIds: readonly string[]): Promise<People> {
  const patientIds = ids(await selectPatients(tx, conversationIds));
  const subjects = [...conversationIds, ...patientIds, ...ids(await selectSubjects(tx, conversationIds))];
  return { patientIds, subjects: [...new Set(subjects)].filter((subject) => subject !== practiceSubject) };
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
  const conversationIds = await conversationsOfSameUsers(tx, known);
  const addresses = await addressesOf(tx, sealer, conversationIds);
  return {
    conversationIds,
    ...(await peopleIn(tx, conversationIds)),
    deliveries: await deliveriesNaming(tx, sealer, addresses),
    factsThatStay: await countFactsThatStay(tx, conversationIds),
  };
}

/**
 * Erases what was planned. Three steps, each of which may be the last one before a crash; taken again, they go on where they were:
 * the shares of the raw deliveries, then all that is in the database, then the shares of the keys. Returns whether the shares,
 * without which no backup opens either, could be taken out.
 */
export async function erase(
  deps: ErasureDeps,
  practiceId: string,
  plan: ErasurePlan,
  by: { readonly who: string; readonly reason: ErasureReason; readonly at: string },
): Promise<boolean> {
  const deliveries = plan.deliveries.flatMap(({ gone }) => gone ?? []);
  await destroyShares(deps.provider, { subjects: [], deliveries }, deps.keptDays);
  const subjects = await deps.db.tx(practiceId, (tx) => eraseIn(tx, deps, plan, by));
  return await destroyShares(deps.provider, { subjects, deliveries: [] }, deps.keptDays);
}

async function eraseIn(
  tx: Tx,
  deps: ErasureDeps,
  { conversationIds, deliveries }: ErasurePlan,
  { who, reason, at }: { readonly who: string; readonly reason: ErasureReason; readonly at: string },
): Promise<readonly Gone[]> {
  // No turn, no answer of staff and no send of these conversations is between two of its steps now.
  await lockMailboxes(tx, conversationIds);
  // A turn may have taken in one more since the plan was made.
  const { patientIds, subjects } = await peopleIn(tx, conversationIds);
  await deleteJobs(tx, conversationIds);
  const before = await deps.store.load(tx, conversationIds.map(erasureStream));
  for (const conversationId of conversationIds) {
    const stream = erasureStream(conversationId);
    if ((before.get(stream) ?? []).length > 0) continue;
    const fact: PatientErased = { type: 'PatientErased', data: { conversationId, patientIds, reason, at } };
    await deps.store.append(tx, [{ stream, expectedVersion: 0, subject: conversationId, facts: [fact] }], {
      at,
      actor: who,
      correlationId: conversationId,
      causationId: conversationId,
    });
    const target = `conversation/${conversationId}`;
    await addAudit(tx, { who, action: 'ErasePatient', target, outcome: 'done' });
  }
  await forgetThreads(tx, conversationIds);
  await deleteMail(tx, conversationIds);
  await removeDeliveries(tx, deliveries);
  return await destroyKeys(tx, deps.provider, subjects);
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
