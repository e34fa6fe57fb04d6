import type { Tx } from '#platform/db/db.ts';
import type { Row } from '../row.ts';
import { type RowRecord, rowOf } from '../views.ts';

/** The inbox's pages: which conversations a queue shows, in which order, and how many there are. */

export type Queue = 'mine' | 'waiting' | 'all' | 'resolved';

export type InboxSearch = {
  /** HMACs of the words; all of them must be in the name. */
  readonly words: readonly Buffer[];
  /** HMACs of the forms that the number may have. */
  readonly addresses: readonly Buffer[];
};

export type InboxAsked = {
  readonly queue: Queue;
  readonly staffId: string;
  readonly language: string | undefined;
  readonly reason: string | undefined;
  readonly search: InboxSearch | undefined;
  readonly after: Cursor | undefined;
  /** At most `maxRows`. */
  readonly limit: number;
  readonly now: string;
};

/** Where a page ended: rank (of the waiting alone), instant, conversation. */
export type Cursor = readonly [rank: number, at: string, conversationId: string];

export type ListedRow = Row & {
  /** The provider's time of the patient's last message. */
  readonly lastInboundAt: string | undefined;
};

export const maxRows = 100;

/** A conversation waits for a person when nobody has it, or when the lease of whoever had it has lapsed. */
const waits = `(state = 'waiting' or lease_until <= $2)`;
const since = `coalesce(waiting_since, last_at)`;

const recent = {
  after: `(last_at, conversation_id) < ($6, $7)`,
  order: `last_at desc, conversation_id desc`,
};

const queues: Readonly<Record<Queue, { where: string; after: string; order: string }>> = {
  mine: { where: `state = 'taken' and assignee = $3`, ...recent },
  waiting: {
    where: `state in ('waiting', 'taken') and ${waits}`,
    after: `(priority, ${since}, conversation_id) > ($8, $6, $7)`,
    order: `priority, ${since}, conversation_id`,
  },
  all: { where: `true`, ...recent },
  resolved: { where: `state = 'resolved'`, ...recent },
};

// Every parameter is named in every statement, so that all four take the same.
const parameters = `$2::timestamptz is not null and $3::text is not null and $8::smallint is not null`;

/** The limit is written out: the planner must know that only the beginning of an index is wanted. */
function pageSql(queue: Queue, from: string): string {
  const { where, after, order } = queues[queue];
  return `
  select page.*, t.last_inbound_at from (
    select i.* from ${from}
    where i.practice_id = $1 and ${where} and ${parameters}
      and ($4::text is null or language = $4) and ($5::text is null or reason = $5)
      and ${after.replace('$6', '$6::timestamptz').replace('$7', '$7::text').replace('$8', '$8::smallint')}
    order by ${order} limit ${maxRows + 1}
  ) page
  left join channel_threads t on t.practice_id = $1 and t.conversation_id = page.conversation_id
  order by ${order.replaceAll('conversation_id', 'page.conversation_id')}`;
}

const found = `(
    select conversation_id as id from views_inbox_words
    where practice_id = $1 and word = any($9::bytea[])
    group by conversation_id having count(*) = cardinality($9::bytea[])
    union
    select conversation_id from conversation_addresses where practice_id = $1 and address_hash = any($10::bytea[])
  ) found
  cross join lateral (
    select * from views_inbox where practice_id = $1 and conversation_id = found.id offset 0
  ) i`;

/** By queue: its page, and its page of what a search found. */
export const inboxSql = {
  mine: { page: pageSql('mine', 'views_inbox i'), search: pageSql('mine', found) },
  waiting: { page: pageSql('waiting', 'views_inbox i'), search: pageSql('waiting', found) },
  all: { page: pageSql('all', 'views_inbox i'), search: pageSql('all', found) },
  resolved: { page: pageSql('resolved', 'views_inbox i'), search: pageSql('resolved', found) },
} as const;

type ListedRecord = RowRecord & { last_inbound_at: Date | null };

const beginnings: Readonly<Record<Queue, readonly [number, string, string]>> = {
  mine: [0, 'infinity', ''],
  all: [0, 'infinity', ''],
  resolved: [0, 'infinity', ''],
  waiting: [-1, '-infinity', ''],
};

function selectPage(tx: Tx, asked: InboxAsked): Promise<ListedRecord[]> {
  const [rank, at, conversationId] = asked.after ?? beginnings[asked.queue];
  const values = [
    tx.practiceId,
    asked.now,
    asked.staffId,
    asked.language ?? null,
    asked.reason ?? null,
    at,
    conversationId,
    rank,
  ];
  const { page, search } = inboxSql[asked.queue];
  if (asked.search === undefined) return tx.query<ListedRecord>(page, values);
  return tx.query<ListedRecord>(search, [...values, asked.search.words, asked.search.addresses]);
}

/** One page of a queue; `next` where there is more. */
export async function readInbox(
  tx: Tx,
  asked: InboxAsked,
): Promise<{ readonly rows: readonly ListedRow[]; readonly next: Cursor | undefined }> {
  const limit = Math.min(asked.limit, maxRows);
  const records = await selectPage(tx, asked);
  const rows = records.slice(0, limit).map((record) => ({
    ...rowOf(record),
    lastInboundAt: record.last_inbound_at?.toISOString(),
  }));
  const last = rows.at(-1);
  const isMore = records.length > limit && last !== undefined;
  return { rows, next: isMore ? cursorOf(asked.queue, last) : undefined };
}

function cursorOf(queue: Queue, row: Row): Cursor {
  if (queue !== 'waiting') return [0, row.lastAt, row.conversationId];
  return [row.priority === 'top' ? 0 : 1, row.waitingSince ?? row.lastAt, row.conversationId];
}

export type InboxCounts = { readonly mine: number; readonly waiting: number; readonly top: number };

export const countsSql = `
  select (count(*) filter (where state = 'taken' and assignee = $3))::int as mine,
         (count(*) filter (where ${waits}))::int as waiting,
         (count(*) filter (where ${waits} and priority = 0))::int as top
  from views_inbox where practice_id = $1 and state in ('waiting', 'taken')`;

export async function countInbox(tx: Tx, staffId: string, now: string): Promise<InboxCounts> {
  const [counts] = await tx.query<InboxCounts>(countsSql, [tx.practiceId, now, staffId]);
  return counts ?? { mine: 0, waiting: 0, top: 0 };
}

/** The provider's time of the patient's last message, of one conversation. */
export async function readListedRow(tx: Tx, conversationId: string): Promise<ListedRow | undefined> {
  const [record] = await tx.query<ListedRecord>(
    `select i.*, t.last_inbound_at from views_inbox i
     left join channel_threads t on t.practice_id = $1 and t.conversation_id = i.conversation_id
     where i.practice_id = $1 and i.conversation_id = $2`,
    [tx.practiceId, conversationId],
  );
  if (record === undefined) return undefined;
  return { ...rowOf(record), lastInboundAt: record.last_inbound_at?.toISOString() };
}
