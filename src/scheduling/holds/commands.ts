import type { Tx } from '#platform/db/db.ts';
import type { SlotOffer } from '../events.ts';

/** The table of what we keep and have booked: each statement by a function. */

export type HoldState = 'held' | 'booked' | 'released';

export type Hold = {
  readonly holdId: string;
  readonly appointmentId: string;
  readonly conversationId: string;
  readonly scheduleId: string;
  readonly slotId: string;
  readonly state: HoldState;
  readonly expiresAt: string;
  readonly progress: number;
};

export type NewHold = {
  readonly holdId: string;
  readonly appointmentId: string;
  readonly conversationId: string;
  readonly offer: SlotOffer;
  readonly expiresAt: string;
};

/**
 * Keeps a time of a schedule. False where it was not done: this hold is there already, or the time is kept by another, which the
 * exclusion constraint finds whatever runs at the same moment.
 */
export async function insertHold(tx: Tx, { offer, ...hold }: NewHold): Promise<boolean> {
  const rows = await tx.query(
    `insert into slot_holds
       (practice_id, hold_id, appointment_id, conversation_id, schedule_id, slot_id, during, state, expires_at, look_at)
     values ($1, $2, $3, $4, $5, $6, tstzrange($7, $8), 'held', $9, $9)
     on conflict do nothing returning hold_id`,
    [
      tx.practiceId,
      hold.holdId,
      hold.appointmentId,
      hold.conversationId,
      offer.scheduleId,
      offer.slotId,
      offer.start,
      offer.end,
      hold.expiresAt,
    ],
  );
  return rows.length === 1;
}

type HoldRow = {
  hold_id: string;
  appointment_id: string;
  conversation_id: string;
  schedule_id: string;
  slot_id: string;
  state: HoldState;
  expires_at: Date;
  progress: number;
};

const columns = 'hold_id, appointment_id, conversation_id, schedule_id, slot_id, state, expires_at, progress';

function toHold(row: HoldRow): Hold {
  return {
    holdId: row.hold_id,
    appointmentId: row.appointment_id,
    conversationId: row.conversation_id,
    scheduleId: row.schedule_id,
    slotId: row.slot_id,
    state: row.state,
    expiresAt: row.expires_at.toISOString(),
    progress: row.progress,
  };
}

export async function findHold(tx: Tx, holdId: string): Promise<Hold | undefined> {
  const [row] = await tx.query<HoldRow>(
    `select ${columns} from slot_holds where practice_id = $1 and hold_id = $2`,
    [tx.practiceId, holdId],
  );
  return row && toHold(row);
}

export const holdsOfSql = `
  select ${columns} from slot_holds
  where practice_id = $1 and appointment_id = $2 and state <> 'released'`;

/** What the appointment keeps or has booked: one or two, in no order. */
export async function holdsOf(tx: Tx, appointmentId: string): Promise<readonly Hold[]> {
  return (await tx.query<HoldRow>(holdsOfSql, [tx.practiceId, appointmentId])).map(toHold);
}

export const keptTimesSql = `
  select schedule_id, appointment_id, state, lower(during) as starts_at, upper(during) as ends_at from slot_holds
  where practice_id = $1 and schedule_id = any($2) and during && tstzrange($3, $4) and state <> 'released'`;

export type KeptTime = {
  readonly scheduleId: string;
  readonly appointmentId: string;
  readonly state: HoldState;
  /** Milliseconds since the epoch. */
  readonly from: number;
  readonly to: number;
};

/** The times of schedules that are kept or booked and touch `[from, to)`. */
export async function keptTimes(
  tx: Tx,
  scheduleIds: readonly string[],
  from: string,
  to: string,
): Promise<readonly KeptTime[]> {
  const rows = await tx.query<{
    schedule_id: string;
    appointment_id: string;
    state: HoldState;
    starts_at: Date;
    ends_at: Date;
  }>(keptTimesSql, [tx.practiceId, scheduleIds, from, to]);
  return rows.map((row) => ({
    scheduleId: row.schedule_id,
    appointmentId: row.appointment_id,
    state: row.state,
    from: row.starts_at.getTime(),
    to: row.ends_at.getTime(),
  }));
}

export async function extendHold(tx: Tx, holdId: string, expiresAt: string): Promise<void> {
  await tx.query(
    `update slot_holds set expires_at = $3, look_at = $3 where practice_id = $1 and hold_id = $2`,
    [tx.practiceId, holdId, expiresAt],
  );
}

export async function setHoldState(tx: Tx, holdId: string, state: HoldState): Promise<void> {
  await tx.query(`update slot_holds set state = $3 where practice_id = $1 and hold_id = $2`, [
    tx.practiceId,
    holdId,
    state,
  ]);
}

/** Counts a recorded step of a booking; false where that step was recorded before. */
export async function advanceHold(tx: Tx, holdId: string, progress: number): Promise<boolean> {
  const rows = await tx.query(
    `update slot_holds set progress = progress + 1
     where practice_id = $1 and hold_id = $2 and progress = $3 returning hold_id`,
    [tx.practiceId, holdId, progress],
  );
  return rows.length === 1;
}

export const holdsToLookAtSql = `
  select ${columns} from slot_holds
  where practice_id = $1 and state = 'held' and look_at <= $2 order by look_at limit $3`;

/** Held ones whose time is over, or that could not be given back yet. */
export async function holdsToLookAt(tx: Tx, at: string, limit: number): Promise<readonly Hold[]> {
  return (await tx.query<HoldRow>(holdsToLookAtSql, [tx.practiceId, at, limit])).map(toHold);
}

/** When the next hold is to be looked at: milliseconds since the epoch, `Infinity` where there is none. */
export async function nextHoldLook(tx: Tx): Promise<number> {
  const [row] = await tx.query<{ at: Date | null }>(
    `select min(look_at) as at from slot_holds where practice_id = $1 and state = 'held'`,
    [tx.practiceId],
  );
  return row?.at?.getTime() ?? Number.POSITIVE_INFINITY;
}

export async function lookAgainAt(tx: Tx, holdId: string, at: string): Promise<void> {
  await tx.query(`update slot_holds set look_at = $3 where practice_id = $1 and hold_id = $2`, [
    tx.practiceId,
    holdId,
    at,
  ]);
}
