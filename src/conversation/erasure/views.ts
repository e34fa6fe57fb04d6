import type { Tx } from '#platform/db/db.ts';
import { practiceSubject } from '#security/index.ts';

/** Whom an erasure is about, read from the facts; and which erasures are not finished. */

export type Ids = { id: string }[];

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

/** Of what the conversations say: their facts, their threads, their mail and their files. */
function selectSubjects(tx: Tx, conversationIds: readonly string[]): Promise<Ids> {
  return tx.query<{ id: string }>(
    `select subject as id from events
     where practice_id = $1 and stream = any(
       select kind || '/' || c from unnest($2::text[]) as c, unnest('{conversation,consent,handoff}'::text[]) as kind)
     union select subject from channel_threads where practice_id = $1 and conversation_id = any($2)
     union select subject from mailbox where practice_id = $1 and mailbox_id = any($2)
     union select subject from files where practice_id = $1 and conversation_id = any($2)`,
    [tx.practiceId, conversationIds],
  );
}

export const ids = (rows: Ids) => rows.map(({ id }) => id);

/** Whom conversations name, and whose keys sealed what they say. */
export type People = { readonly patientIds: readonly string[]; readonly subjects: readonly string[] };

export async function peopleIn(tx: Tx, conversationIds: readonly string[]): Promise<People> {
  const patientIds = ids(await selectPatients(tx, conversationIds));
  const subjects = [...conversationIds, ...patientIds, ...ids(await selectSubjects(tx, conversationIds))];
  return { patientIds, subjects: [...new Set(subjects)].filter((subject) => subject !== practiceSubject) };
}

/** Conversations that were erased together with these, as far as they were recorded. */
export function selectTogether(tx: Tx, conversationIds: readonly string[]): Promise<Ids> {
  return tx.query<{ id: string }>(
    `select distinct jsonb_array_elements_text(data->'conversationIds') as id from events
     where practice_id = $1 and type = 'SharesOwed'
       and stream = any(select 'erasure/' || c from unnest($2::text[]) as c)`,
    [tx.practiceId, conversationIds],
  );
}

/**
 * The conversations whose erasure is not finished. Each has a key that was destroyed, and those rows are few: the events are not
 * searched. An erasure by an earlier release recorded no end, and is among them once.
 */
export function selectUnfinished(tx: Tx): Promise<Ids> {
  return tx.query<{ id: string }>(
    `select distinct k.subject as id from patient_keys k
     cross join lateral (
       select type from events e where e.practice_id = k.practice_id and e.stream = 'erasure/' || k.subject
       order by e.version desc limit 1) as last
     where k.practice_id = $1 and k.destroyed_at is not null and last.type <> 'ErasureFinished'
     order by 1`,
    [tx.practiceId],
  );
}
