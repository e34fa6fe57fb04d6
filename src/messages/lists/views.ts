import { pausingNames } from '#channels/index.ts';
import type { Tx } from '#platform/db/db.ts';
import type { Purpose } from '../events.ts';

/** What screens and other modules ask of the read table of messages. */

export type ConversationMessage = {
  readonly messageId: string;
  /** The order of the conversation's messages, and the cursor of the page after. */
  readonly position: bigint;
  readonly purpose: Purpose;
  readonly state: string;
  /** What the provider told of it last. */
  readonly status: string | null;
  /** Why it failed, waits or was blocked. */
  readonly code: string | null;
  readonly queuedAt: string;
};

type ConversationMessageRow = {
  message_id: string;
  position: string;
  purpose: Purpose;
  state: string;
  status: string | null;
  code: string | null;
  queued_at: Date;
};

export const messagesOfConversationSql = `
  select message_id, position, purpose, state, status, code, queued_at from views_messages
  where practice_id = $1 and conversation_id = $2 and position < $3
  order by position desc limit $4`;

/** PostgreSQL's largest bigint: before it lies everything. */
const afterAll = 9_223_372_036_854_775_807n;

/** The messages of a conversation, newest first. `before`: those older than this position. */
export async function messagesOfConversation(
  tx: Tx,
  conversationId: string,
  before: bigint | undefined,
  limit: number,
): Promise<readonly ConversationMessage[]> {
  const rows = await tx.query<ConversationMessageRow>(messagesOfConversationSql, [
    tx.practiceId,
    conversationId,
    (before ?? afterAll).toString(),
    limit,
  ]);
  return rows.map((row) => ({
    messageId: row.message_id,
    position: BigInt(row.position),
    purpose: row.purpose,
    state: row.state,
    status: row.status,
    code: row.code,
    queuedAt: row.queued_at.toISOString(),
  }));
}

export type MessageProgress = { readonly state: string; readonly status: string | null };

/** How far messages are, by their ids; one that does not exist is left out. */
export async function progressOfMessages(
  tx: Tx,
  messageIds: readonly string[],
): Promise<ReadonlyMap<string, MessageProgress>> {
  if (messageIds.length === 0) return new Map();
  const rows = await tx.query<{ message_id: string; state: string; status: string | null }>(
    'select message_id, state, status from views_messages where practice_id = $1 and message_id = any($2)',
    [tx.practiceId, messageIds],
  );
  return new Map(rows.map(({ message_id, state, status }) => [message_id, { state, status }]));
}

export type FailedCursor = { readonly changedAt: string; readonly messageId: string };

export type FailedState = 'failed' | 'rejected' | 'blocked' | 'unresolved' | 'expired';

const settledFailures: readonly string[] = ['rejected', 'blocked', 'unresolved', 'expired'];

export type FailedMessageRow = FailedCursor & {
  readonly conversationId: string;
  readonly purpose: string;
  /**
   * `rejected` by the provider, `blocked` by the door, `failed` after the provider had taken it, `unresolved`: nobody knows
   * whether it arrived, or `expired`: it was taken, and no word of its arrival came within its life.
   */
  readonly state: FailedState;
  readonly code: string | null;
  readonly queuedAt: string;
};

export const failedMessagesSql = `
  select message_id, conversation_id, purpose, state, code, queued_at, changed_at from views_messages
  where practice_id = $1 and (state in ('rejected', 'blocked', 'unresolved', 'expired') or status = 'failed')
    and (changed_at, message_id) < ($2::timestamptz, $3)
  order by changed_at desc, message_id desc limit $4`;

/** Messages that did not arrive, the latest first. `after`: those that come behind this one. */
export async function failedMessages(
  tx: Tx,
  after: FailedCursor | undefined,
  limit: number,
): Promise<readonly FailedMessageRow[]> {
  const rows = await tx.query<{
    message_id: string;
    conversation_id: string;
    purpose: string;
    state: string;
    code: string | null;
    queued_at: Date;
    changed_at: Date;
  }>(failedMessagesSql, [tx.practiceId, after?.changedAt ?? 'infinity', after?.messageId ?? '', limit]);
  return rows.map((row) => ({
    messageId: row.message_id,
    conversationId: row.conversation_id,
    purpose: row.purpose,
    // The list names the states.
    state: settledFailures.includes(row.state) ? (row.state as FailedState) : 'failed',
    code: row.code,
    queuedAt: row.queued_at.toISOString(),
    changedAt: row.changed_at.toISOString(),
  }));
}

/** How many messages did not arrive since an instant (ISO 8601). */
export async function countFailed(tx: Tx, since: string): Promise<number> {
  const [row] = await tx.query<{ count: string }>(
    `select count(*) as count from views_messages
     where practice_id = $1 and (state in ('rejected', 'blocked', 'unresolved', 'expired') or status = 'failed') and changed_at >= $2`,
    [tx.practiceId, since],
  );
  return Number(row?.count ?? 0);
}

/** In how many conversations there is a message of which nobody knows whether it arrived. */
export async function countUnsure(tx: Tx): Promise<number> {
  const [row] = await tx.query<{ count: number }>(
    `select count(distinct conversation_id)::int as count from views_messages
     where practice_id = $1 and (state in ('rejected', 'blocked', 'unresolved', 'expired') or status = 'failed')
       and state = 'unresolved'`,
    [tx.practiceId],
  );
  return row?.count ?? 0;
}

export type HeldMessages = { readonly code: string; readonly since: string; readonly messages: number };

/** What waits because an account may not send as a whole; undefined where every account may, as far as is known. */
export async function heldMessages(tx: Tx): Promise<HeldMessages | undefined> {
  const [row] = await tx.query<{ code: string | null; since: Date | null; messages: number }>(
    `select min(code) filter (where held) as code, min(queued_at) filter (where held) as since, count(*)::int as messages
     from (
       select queued_at, code, state = 'queued' and code = any($2) as held from views_messages
       where practice_id = $1 and state in ('queued', 'claimed', 'unknown')
     ) waiting`,
    [tx.practiceId, pausingNames],
  );
  if (row === undefined || row.code === null || row.since === null) return undefined;
  return { code: row.code, since: row.since.toISOString(), messages: row.messages };
}
