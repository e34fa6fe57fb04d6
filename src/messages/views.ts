import type { StoredEvent } from '#kernel/event.ts';
import type { Tx } from '#platform/db/db.ts';
import type { View } from '#platform/eventstore/store.ts';
import type { Sealer } from '#security/index.ts';
import type { MessageEvent, Purpose } from './events.ts';
import { untilOf } from './life.ts';

/** The read table of outbound messages: what waits, in which order, and what came of it. */

export type MessageRow = {
  readonly messageId: string;
  readonly conversationId: string;
  readonly purpose: Purpose;
  readonly state: string;
  readonly changedAt: string;
  readonly notBefore: string | undefined;
  /** Why it waits. */
  readonly code: string | undefined;
};

const streamPrefix = 'message/';

export function messageStream(messageId: string): string {
  return `${streamPrefix}${messageId}`;
}

type Change = {
  readonly messageId: string;
  readonly state?: string;
  readonly status?: string;
  readonly attempts?: number;
  readonly code?: string;
  readonly notBefore?: string;
  readonly externalHash?: Buffer;
  readonly until?: string;
  readonly at: string;
};

function insertMessages(
  tx: Tx,
  queued: readonly (StoredEvent & Extract<MessageEvent, { type: 'MessageQueued' }>)[],
): void {
  tx.send(
    `insert into views_messages
       (practice_id, message_id, conversation_id, position, purpose, state, visit_at, queued_at, changed_at)
     select $1, id, conversation_id, position, purpose, 'queued', visit_at, at, at
     from unnest($2::text[], $3::text[], $4::bigint[], $5::text[], $6::timestamptz[], $7::timestamptz[])
       as q(id, conversation_id, position, purpose, visit_at, at)`,
    [
      tx.practiceId,
      queued.map((event) => event.stream.slice(streamPrefix.length)),
      queued.map((event) => event.data.conversationId),
      queued.map((event) => event.position.toString()),
      queued.map((event) => event.data.purpose),
      queued.map(({ data }) => (data.purpose === 'reminder' ? (data.about?.start ?? null) : null)),
      queued.map((event) => event.data.at),
    ],
  );
}

/**
 * One index lookup per message, whatever the planner thinks of the table. What had expired has not, where more than `sent` was heard
 * of it: as `stateAfter` says.
 */
export const updateMessagesSql = `
  update views_messages m set
    state = case
      when coalesce(c.state, m.state) = 'expired' and c.status in ('delivered', 'read', 'played', 'failed') then 'accepted'
      else coalesce(c.state, m.state) end,
    status = coalesce(c.status, m.status), attempts = coalesce(c.attempts, m.attempts),
    code = coalesce(c.code, m.code), not_before = coalesce(c.not_before, m.not_before),
    external_hash = coalesce(c.external_hash, m.external_hash), expires_at = coalesce(c.expires_at, m.expires_at),
    changed_at = c.changed_at
  from unnest($2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::timestamptz[], $8::bytea[], $9::timestamptz[],
      $10::timestamptz[])
    as c(message_id, state, status, attempts, code, not_before, external_hash, expires_at, changed_at)
  where m.practice_id = $1 and m.message_id = c.message_id`;

function updateMessages(tx: Tx, changes: readonly Change[]): void {
  tx.send(updateMessagesSql, [
    tx.practiceId,
    changes.map((change) => change.messageId),
    changes.map((change) => change.state ?? null),
    changes.map((change) => change.status ?? null),
    changes.map((change) => change.attempts ?? null),
    changes.map((change) => change.code ?? null),
    changes.map((change) => change.notBefore ?? null),
    changes.map((change) => change.externalHash ?? null),
    changes.map((change) => change.until ?? null),
    changes.map((change) => change.at),
  ]);
}

/** The blind index value by which a provider's message id is found. */
export function externalHash(sealer: Sealer, practiceId: string, externalId: string): Buffer {
  return sealer.blind(practiceId, 'external-id', externalId);
}

function changeOf(
  sealer: Sealer,
  practiceId: string,
  messageId: string,
  event: MessageEvent,
): Change | undefined {
  const { at } = event.data;
  switch (event.type) {
    case 'MessageClaimed':
      return { messageId, state: 'claimed', attempts: event.data.attempt, until: untilOf(event.data), at };
    case 'MessageBlocked':
      return { messageId, state: 'blocked', code: event.data.reason, at };
    case 'MessageAccepted': {
      const hash =
        event.phi === undefined ? undefined : externalHash(sealer, practiceId, event.phi.externalId);
      return { messageId, state: 'accepted', ...(hash === undefined ? {} : { externalHash: hash }), at };
    }
    case 'MessageRejected':
      return { messageId, state: 'rejected', code: event.data.code, at };
    case 'MessageDeferred':
      return { messageId, state: 'queued', code: event.data.code, notBefore: event.data.notBefore, at };
    case 'MessageOutcomeUnknown':
      return { messageId, state: 'unknown', code: event.data.code, at };
    case 'MessageUnresolved':
      return { messageId, state: 'unresolved', at };
    case 'MessageExpired':
      return { messageId, state: 'expired', at };
    case 'MessageSendAgainAsked':
    case 'MessageGivenUpWaiting':
      return { messageId, state: 'queued', at };
    case 'MessageStatusChanged':
      return {
        messageId,
        status: event.data.status,
        ...(event.data.code === undefined ? {} : { code: event.data.code }),
        at,
      };
    default:
      return undefined;
  }
}

type StoredMessageEvent = StoredEvent & MessageEvent;

function isMessageEvent(event: StoredEvent): event is StoredMessageEvent {
  return event.stream.startsWith(streamPrefix);
}

export function messagesView(sealer: Sealer): View {
  return {
    name: 'messages',
    tables: ['views_messages'],
    async apply(tx, events) {
      const ours = events.filter(isMessageEvent);
      const queued = ours.filter((event) => event.type === 'MessageQueued');
      if (queued.length > 0) insertMessages(tx, queued);
      // What comes later in one message wins; what it leaves out stays.
      const changes = new Map<string, Change>();
      for (const event of ours) {
        const change = changeOf(sealer, tx.practiceId, event.stream.slice(streamPrefix.length), event);
        if (change !== undefined)
          changes.set(change.messageId, { ...changes.get(change.messageId), ...change });
      }
      if (changes.size > 0) updateMessages(tx, [...changes.values()]);
    },
  };
}

type HeadRow = {
  message_id: string;
  conversation_id: string;
  purpose: Purpose;
  state: string;
  changed_at: Date;
  not_before: Date | null;
  code: string | null;
};

export const headsOfLinesSql = `
  select m.* from unnest($2::text[]) as wanted(conversation_id)
  cross join lateral (
    select message_id, conversation_id, purpose, state, changed_at, not_before, code from views_messages
    where practice_id = $1 and views_messages.conversation_id = wanted.conversation_id
      and state in ('queued', 'claimed', 'unknown')
    order by position limit 1
  ) m`;

/**
 * The next message of each conversation: the first that is not settled. Those behind it wait, so that order is kept. A conversation
 * where all is settled is left out.
 */
export async function headsOfLines(
  tx: Tx,
  conversationIds: readonly string[],
): Promise<readonly MessageRow[]> {
  if (conversationIds.length === 0) return [];
  const rows = await tx.query<HeadRow>(headsOfLinesSql, [tx.practiceId, [...new Set(conversationIds)]]);
  return rows.map((row) => ({
    messageId: row.message_id,
    conversationId: row.conversation_id,
    purpose: row.purpose,
    state: row.state,
    changedAt: row.changed_at.toISOString(),
    notBefore: row.not_before?.toISOString(),
    code: row.code ?? undefined,
  }));
}

export type MessagePlace = { readonly messageId: string; readonly conversationId: string };

/** One look into an index per id and per hash. */
export const findMessagesSql = `
  select m.* from unnest($2::text[]) as wanted(message_id)
  cross join lateral (
    select message_id, conversation_id, external_hash from views_messages
    where practice_id = $1 and views_messages.message_id = wanted.message_id offset 0
  ) m
  union
  select m.* from unnest($3::bytea[]) as wanted(hash)
  cross join lateral (
    select message_id, conversation_id, external_hash from views_messages
    where practice_id = $1 and views_messages.external_hash = wanted.hash offset 0
  ) m`;

/** The messages that have one of these ids of ours, or one of these external hashes. */
export async function findMessages(
  tx: Tx,
  messageIds: readonly string[],
  hashes: readonly Buffer[],
): Promise<readonly (MessagePlace & { readonly externalHash: Buffer | null })[]> {
  const rows = await tx.query<{ message_id: string; conversation_id: string; external_hash: Buffer | null }>(
    findMessagesSql,
    [tx.practiceId, messageIds, hashes],
  );
  return rows.map((row) => ({
    messageId: row.message_id,
    conversationId: row.conversation_id,
    externalHash: row.external_hash,
  }));
}

/**
 * Conversations whose line has not moved: the sweep's backstop. A head that waits for its time, or for a status that settles its
 * doubt, is where it should be until that wait is over; so is one of a morning's thousands of reminders, for longer.
 */
export async function conversationsWithOldMessages(
  tx: Tx,
  before: { readonly moved: string; readonly doubted: string; readonly bulk: string },
  limit: number,
): Promise<readonly { readonly conversationId: string; readonly purpose: Purpose }[]> {
  return await tx.query<{ conversationId: string; purpose: Purpose }>(
    `with heads as (
       select distinct on (conversation_id) conversation_id, purpose, state, changed_at, not_before from views_messages
       where practice_id = $1 and state in ('queued', 'claimed', 'unknown')
       order by conversation_id, position
     )
     select conversation_id as "conversationId", purpose from heads
     where changed_at < case
         when state = 'unknown' then $3::timestamptz
         when state = 'queued' and purpose = 'reminder' then $4::timestamptz
         else $2::timestamptz
       end
       and (not_before is null or not_before < $2)
     limit $5`,
    [tx.practiceId, before.moved, before.doubted, before.bulk, limit],
  );
}
