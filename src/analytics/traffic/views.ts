import type { Tx } from '#platform/db/db.ts';
import type { PlainEvent } from '#platform/eventstore/reader.ts';
import { type Added, addedBy, type Passed, type Place, passedIn } from './traffic.ts';

/** The tables of traffic: per account what came and went last, and the messages of patients per hour. */

/** The accounts of conversations, and of messages by their conversations. */
async function selectPlaces(tx: Tx, passed: readonly Passed[]): Promise<ReadonlyMap<string, Place>> {
  const ids = (kind: Passed['of']) => [...new Set(passed.flatMap(({ of, id }) => (of === kind ? [id] : [])))];
  const rows = await tx.query<{ name: string; channel: string; account_id: string }>(
    `select 'conversation/' || t.conversation_id as name, t.channel, t.account_id from channel_threads t
     where t.practice_id = $1 and t.conversation_id = any($2)
     union all
     select 'message/' || m.message_id, t.channel, t.account_id from views_messages m
     join channel_threads t on t.practice_id = $1 and t.conversation_id = m.conversation_id
     where m.practice_id = $1 and m.message_id = any($3)`,
    [tx.practiceId, ids('conversation'), ids('message')],
  );
  return new Map(rows.map(({ name, channel, account_id }) => [name, { channel, accountId: account_id }]));
}

function saveTraffic(tx: Tx, added: readonly Added[]): Promise<object[]> {
  return tx.query(
    `insert into views_traffic as t (practice_id, channel, account_id, first_inbound_at, last_inbound_at, last_accepted_at,
       last_status_at, last_delivered_at, untold, untold_since)
     select $1, channel, account_id, first_in, last_in, accepted, told, delivered, untold, untold_since
     from unnest($2::text[], $3::text[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[],
       $8::timestamptz[], $9::int[], $10::timestamptz[])
       as a(channel, account_id, first_in, last_in, accepted, told, delivered, untold, untold_since)
     on conflict (practice_id, channel, account_id) do update set
       first_inbound_at = least(t.first_inbound_at, excluded.first_inbound_at),
       last_inbound_at = greatest(t.last_inbound_at, excluded.last_inbound_at),
       last_accepted_at = greatest(t.last_accepted_at, excluded.last_accepted_at),
       last_status_at = greatest(t.last_status_at, excluded.last_status_at),
       last_delivered_at = greatest(t.last_delivered_at, excluded.last_delivered_at),
       untold = case when t.channel || '/' || t.account_id = any($11) then excluded.untold else t.untold + excluded.untold end,
       untold_since = case when t.channel || '/' || t.account_id = any($11) then excluded.untold_since
                           else coalesce(t.untold_since, excluded.untold_since) end`,
    [
      tx.practiceId,
      added.map(({ channel }) => channel),
      added.map(({ accountId }) => accountId),
      added.map(({ firstInboundAt }) => firstInboundAt ?? null),
      added.map(({ lastInboundAt }) => lastInboundAt ?? null),
      added.map(({ lastAcceptedAt }) => lastAcceptedAt ?? null),
      added.map(({ lastStatusAt }) => lastStatusAt ?? null),
      added.map(({ lastDeliveredAt }) => lastDeliveredAt ?? null),
      added.map(({ untold }) => untold),
      added.map(({ untoldSince }) => untoldSince ?? null),
      added.flatMap(({ isTold, channel, accountId }) => (isTold ? [`${channel}/${accountId}`] : [])),
    ],
  );
}

function saveHours(
  tx: Tx,
  hours: readonly (Place & { readonly hour: string; readonly count: number })[],
): Promise<object[]> {
  return tx.query(
    `insert into views_traffic_hours as h (practice_id, channel, account_id, hour, inbound)
     select $1, channel, account_id, hour, inbound
     from unnest($2::text[], $3::text[], $4::timestamptz[], $5::int[]) as a(channel, account_id, hour, inbound)
     on conflict (practice_id, channel, account_id, hour) do update set inbound = h.inbound + excluded.inbound`,
    [
      tx.practiceId,
      hours.map(({ channel }) => channel),
      hours.map(({ accountId }) => accountId),
      hours.map(({ hour }) => hour),
      hours.map(({ count }) => count),
    ],
  );
}

/** Adds facts, in commit order. Three statements where any of them is traffic, however many there are. */
export async function addTraffic(tx: Tx, events: readonly PlainEvent[]): Promise<void> {
  const passed = events.flatMap((event) => passedIn(event) ?? []);
  if (passed.length === 0) return;
  const places = await selectPlaces(tx, passed);
  const added = addedBy(passed, ({ of, id }) => places.get(`${of}/${id}`));
  if (added.length > 0) await saveTraffic(tx, added);
  const hours = added.flatMap(({ channel, accountId, hours }) =>
    [...hours].map(([hour, count]) => ({ channel, accountId, hour, count })),
  );
  if (hours.length > 0) await saveHours(tx, hours);
}

export async function forgetTraffic(tx: Tx): Promise<void> {
  await tx.query('delete from views_traffic where practice_id = $1', [tx.practiceId]);
  await tx.query('delete from views_traffic_hours where practice_id = $1', [tx.practiceId]);
}

export type Traffic = Place & {
  readonly firstInboundAt: string | undefined;
  readonly lastInboundAt: string | undefined;
  readonly lastAcceptedAt: string | undefined;
  readonly lastStatusAt: string | undefined;
  readonly lastDeliveredAt: string | undefined;
  readonly untold: number;
  readonly untoldSince: string | undefined;
};

type TrafficRow = {
  channel: string;
  account_id: string;
  first_inbound_at: Date | null;
  last_inbound_at: Date | null;
  last_accepted_at: Date | null;
  last_status_at: Date | null;
  last_delivered_at: Date | null;
  untold: number;
  untold_since: Date | null;
};

function trafficOf(row: TrafficRow): Traffic {
  return {
    channel: row.channel,
    accountId: row.account_id,
    firstInboundAt: row.first_inbound_at?.toISOString(),
    lastInboundAt: row.last_inbound_at?.toISOString(),
    lastAcceptedAt: row.last_accepted_at?.toISOString(),
    lastStatusAt: row.last_status_at?.toISOString(),
    lastDeliveredAt: row.last_delivered_at?.toISOString(),
    untold: row.untold,
    untoldSince: row.untold_since?.toISOString(),
  };
}

const columns = `t.channel, t.account_id, t.first_inbound_at, t.last_inbound_at, t.last_accepted_at, t.last_status_at,
  t.last_delivered_at, t.untold, t.untold_since`;

/** What came and went, by account; an account without any traffic is left out. */
export async function trafficOfAccounts(tx: Tx): Promise<readonly Traffic[]> {
  const rows = await tx.query<TrafficRow>(`select ${columns} from views_traffic t where t.practice_id = $1`, [
    tx.practiceId,
  ]);
  return rows.map(trafficOf);
}

export type TrafficWithHours = Traffic & {
  /** The beginnings of hours, in milliseconds, with what came in. */
  readonly hours: readonly { readonly hour: number; readonly count: number }[];
};

export const trafficWithHoursSql = `
  select ${columns}, h.hours, h.counts from views_traffic t
  left join lateral (
    select array_agg(extract(epoch from hour)::float8) as hours, array_agg(inbound) as counts from views_traffic_hours
    where practice_id = $1 and channel = t.channel and account_id = t.account_id and hour >= $2
  ) h on true
  where t.practice_id = $1`;

/** The same with the hours since an instant (ISO 8601), in one statement. */
export async function trafficWithHours(tx: Tx, since: string): Promise<readonly TrafficWithHours[]> {
  const rows = await tx.query<TrafficRow & { hours: number[] | null; counts: number[] | null }>(
    trafficWithHoursSql,
    [tx.practiceId, since],
  );
  return rows.map((row) => ({
    ...trafficOf(row),
    hours: (row.hours ?? []).map((hour, i) => ({ hour: hour * 1000, count: row.counts?.[i] ?? 0 })),
  }));
}
