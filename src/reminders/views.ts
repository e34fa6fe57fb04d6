import type { StoredEvent } from '#kernel/event.ts';
import { type MessageProgress, progressOfMessages } from '#messages/index.ts';
import type { Tx } from '#platform/db/db.ts';
import type { View } from '#platform/eventstore/store.ts';
import type { AppointmentRow } from '#scheduling/contract.ts';
import type { ReminderEvent } from './events.ts';

/** The read table of reminders: which are to come, and what became of them. */

const streamPrefix = 'reminders/';

export function remindersStream(appointmentId: string): string {
  return `${streamPrefix}${appointmentId}`;
}

type StoredReminderEvent = StoredEvent & ReminderEvent;

function isReminderEvent(event: StoredEvent): event is StoredReminderEvent {
  return event.stream.startsWith(streamPrefix);
}

type Planned = Extract<ReminderEvent, { type: 'RemindersPlanned' }>['data'];

function markCurrent(tx: Tx, { appointmentId, start }: Planned) {
  return tx.query(
    `update views_reminders set is_current = (starts_at = $3)
     where practice_id = $1 and appointment_id = $2 and is_current <> (starts_at = $3)`,
    [tx.practiceId, appointmentId, start],
  );
}

function upsertPlanned(tx: Tx, { appointmentId, conversationId, start, reminders, at }: Planned) {
  return tx.query(
    `insert into views_reminders
       (practice_id, appointment_id, starts_at, reminder_id, conversation_id, is_current, state, due_at, look_at, changed_at)
     select $1, $2, $3, reminder_id, $4, true, 'due', due_at, due_at, $7
     from unnest($5::text[], $6::timestamptz[]) as r(reminder_id, due_at)
     on conflict (practice_id, appointment_id, starts_at, reminder_id) do update set
       is_current = true, state = 'due', due_at = excluded.due_at, look_at = excluded.look_at, why = null,
       changed_at = excluded.changed_at`,
    [
      tx.practiceId,
      appointmentId,
      start,
      conversationId,
      reminders.map(({ reminderId }) => reminderId),
      reminders.map(({ due }) => due),
      at,
    ],
  );
}

type Change = {
  readonly state?: 'sent' | 'skipped';
  readonly lookAt?: string;
  readonly why?: string;
  readonly messageId?: string;
};

function updateReminder(
  tx: Tx,
  which: Extract<ReminderEvent, { type: 'ReminderPutOff' | 'ReminderSent' | 'ReminderSkipped' }>['data'],
  change: Change,
) {
  return tx.query(
    `update views_reminders set
       state = coalesce($5, state), look_at = coalesce($6, look_at), why = $7,
       message_id = coalesce($8, message_id), changed_at = $9
     where practice_id = $1 and appointment_id = $2 and starts_at = $3 and reminder_id = $4`,
    [
      tx.practiceId,
      which.appointmentId,
      which.start,
      which.reminderId,
      change.state ?? null,
      change.lookAt ?? null,
      change.why ?? null,
      change.messageId ?? null,
      which.at,
    ],
  );
}

async function apply(tx: Tx, event: StoredReminderEvent): Promise<void> {
  switch (event.type) {
    case 'RemindersPlanned':
      await markCurrent(tx, event.data);
      if (event.data.reminders.length > 0) await upsertPlanned(tx, event.data);
      return;
    case 'ReminderPutOff':
      await updateReminder(tx, event.data, { lookAt: event.data.until, why: event.data.why });
      return;
    case 'ReminderSent':
      await updateReminder(tx, event.data, { state: 'sent', messageId: event.data.messageId });
      return;
    case 'ReminderSkipped':
      await updateReminder(tx, event.data, { state: 'skipped', why: event.data.why });
      return;
    default: // an event from a newer release
  }
}

export const remindersView: View = {
  name: 'reminders',
  tables: ['views_reminders'],
  async apply(tx, events) {
    for (const event of events.filter(isReminderEvent)) await apply(tx, event);
  },
};

export type DueReminder = {
  readonly appointmentId: string;
  readonly reminderId: string;
  readonly start: string;
};

export const remindersToLookAtSql = `
  select appointment_id, reminder_id, starts_at from views_reminders
  where practice_id = $1 and state = 'due' and look_at <= $2
  order by starts_at, look_at limit $3`;

/** The reminders that are to be looked at by `now`, those of the nearest visits first: where not all can be sent, they matter most. */
export async function remindersToLookAt(tx: Tx, now: string, limit: number): Promise<readonly DueReminder[]> {
  const rows = await tx.query<{ appointment_id: string; reminder_id: string; starts_at: Date }>(
    remindersToLookAtSql,
    [tx.practiceId, now, limit],
  );
  return rows.map((row) => ({
    appointmentId: row.appointment_id,
    reminderId: row.reminder_id,
    start: row.starts_at.toISOString(),
  }));
}

/** When the next reminder is to be looked at: milliseconds since the epoch, `Infinity` where there is none. */
export async function nextReminderLook(tx: Tx): Promise<number> {
  const [row] = await tx.query<{ at: Date | null }>(
    `select min(look_at) as at from views_reminders where practice_id = $1 and state = 'due'`,
    [tx.practiceId],
  );
  return row?.at?.getTime() ?? Number.POSITIVE_INFINITY;
}

type StateRow = {
  appointment_id: string;
  state: 'due' | 'sent' | 'skipped';
  due_at: Date;
  message_id: string | null;
  changed_at: Date;
};

function selectCurrent(tx: Tx, appointmentIds: readonly string[]): Promise<StateRow[]> {
  return tx.query<StateRow>(
    `select appointment_id, state, due_at, message_id, changed_at from views_reminders
     where practice_id = $1 and appointment_id = any($2) and is_current
     order by appointment_id, due_at, reminder_id`,
    [tx.practiceId, appointmentIds],
  );
}

/** `reminderAt`: when the last one was handed to the door, or the next is due. */
export type ReminderState = Pick<AppointmentRow, 'reminder' | 'reminderAt'>;

/**
 * How far the reminders of visits are, for the time at which each stands now: what became of the last that was sent; where none was,
 * when the next is due.
 */
export async function remindersOf(
  tx: Tx,
  appointmentIds: readonly string[],
): Promise<ReadonlyMap<string, ReminderState>> {
  if (appointmentIds.length === 0) return new Map();
  const rows = await selectCurrent(tx, appointmentIds);
  const sent = rows.flatMap((row) => (row.message_id === null ? [] : [row.message_id]));
  const progress = await progressOfMessages(tx, sent);
  const byVisit = Map.groupBy(rows, (row) => row.appointment_id);
  return new Map(appointmentIds.map((id) => [id, stateOf(byVisit.get(id) ?? [], progress)]));
}

function stateOf(rows: readonly StateRow[], progress: ReadonlyMap<string, MessageProgress>): ReminderState {
  const sent = rows.findLast((row) => row.state === 'sent');
  if (sent !== undefined) {
    const reminder = progressState(progress.get(sent.message_id ?? ''));
    return { reminder, reminderAt: sent.changed_at.toISOString() };
  }
  const due = rows.find((row) => row.state === 'due');
  if (due !== undefined) return { reminder: 'due', reminderAt: due.due_at.toISOString() };
  const skipped = rows.at(-1);
  return skipped === undefined
    ? { reminder: 'none', reminderAt: null }
    : { reminder: 'skipped', reminderAt: skipped.changed_at.toISOString() };
}

function progressState(progress: MessageProgress | undefined): ReminderState['reminder'] {
  if (progress === undefined) return 'sent';
  const { state, status } = progress;
  if (status === 'failed' || ['blocked', 'rejected', 'expired'].includes(state)) return 'failed';
  if (status === 'delivered' || status === 'read') return status;
  return status === 'played' ? 'read' : 'sent';
}
