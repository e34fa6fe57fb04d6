import { readThread, type Thread } from '#channels/index.ts';
import type { StoredEvent } from '#kernel/event.ts';
import { words } from '#kernel/words.ts';
import type { Tx } from '#platform/db/db.ts';
import type { EventStore, View } from '#platform/eventstore/store.ts';
import type { Sealer } from '#security/index.ts';
import { maskedNumber, shortName } from './label.ts';
import { concerns, nameIn, newRow, type Row, rowAfter } from './row.ts';

/** The staff's list of conversations. */

const columns = `conversation_id, state, language, reason, priority, assignee, lease_until, waiting_since, last_at, unread,
  intake_id, name_link_id, name_stream, name_version`;

export type RowRecord = {
  conversation_id: string;
  state: Row['state'];
  language: string | null;
  reason: string | null;
  priority: number | null;
  assignee: string | null;
  lease_until: Date | null;
  waiting_since: Date | null;
  last_at: Date;
  unread: number;
  intake_id: string | null;
  name_link_id: string | null;
  name_stream: string | null;
  name_version: number | null;
};

function selectRows(tx: Tx, conversationIds: readonly string[]): Promise<RowRecord[]> {
  return tx.query<RowRecord>(
    `select ${columns} from views_inbox where practice_id = $1 and conversation_id = any($2)
     order by conversation_id for update`,
    [tx.practiceId, conversationIds],
  );
}

function selectOfIntakes(tx: Tx, intakeIds: readonly string[]): Promise<{ conversation_id: string }[]> {
  return tx.query<{ conversation_id: string }>(
    `select conversation_id from views_inbox where practice_id = $1 and intake_id = any($2)`,
    [tx.practiceId, intakeIds],
  );
}

const ranks = ['top', 'normal'] as const;

export function rowOf(record: RowRecord): Row {
  const { name_stream: stream, name_version: version } = record;
  return {
    conversationId: record.conversation_id,
    state: record.state,
    language: record.language,
    reason: record.reason,
    priority: record.priority === null ? null : (ranks[record.priority] ?? null),
    assignee: record.assignee,
    leaseUntil: record.lease_until?.toISOString() ?? null,
    waitingSince: record.waiting_since?.toISOString() ?? null,
    lastAt: record.last_at.toISOString(),
    unread: record.unread,
    intakeId: record.intake_id,
    nameLinkId: record.name_link_id,
    name: stream === null || version === null ? null : { stream, version },
  };
}

export function upsertRows(tx: Tx, rows: readonly Row[]): void {
  tx.send(
    `insert into views_inbox (practice_id, ${columns})
     select $1, r.* from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::text[], $8::timestamptz[],
       $9::timestamptz[], $10::timestamptz[], $11::int[], $12::text[], $13::text[], $14::text[], $15::int[]) as r(${columns})
     on conflict (practice_id, conversation_id) do update set
       state = excluded.state, language = excluded.language, reason = excluded.reason, priority = excluded.priority,
       assignee = excluded.assignee, lease_until = excluded.lease_until, waiting_since = excluded.waiting_since,
       last_at = excluded.last_at, unread = excluded.unread, intake_id = excluded.intake_id,
       name_link_id = excluded.name_link_id, name_stream = excluded.name_stream, name_version = excluded.name_version`,
    [
      tx.practiceId,
      rows.map((row) => row.conversationId),
      rows.map((row) => row.state),
      rows.map((row) => row.language),
      rows.map((row) => row.reason),
      rows.map((row) => (row.priority === null ? null : ranks.indexOf(row.priority))),
      rows.map((row) => row.assignee),
      rows.map((row) => row.leaseUntil),
      rows.map((row) => row.waitingSince),
      rows.map((row) => row.lastAt),
      rows.map((row) => row.unread),
      rows.map((row) => row.intakeId),
      rows.map((row) => row.nameLinkId),
      rows.map((row) => row.name?.stream ?? null),
      rows.map((row) => row.name?.version ?? null),
    ],
  );
}

function deleteWords(tx: Tx, conversationIds: readonly string[]): void {
  tx.send(`delete from views_inbox_words where practice_id = $1 and conversation_id = any($2)`, [
    tx.practiceId,
    conversationIds,
  ]);
}

type Word = { readonly word: Buffer; readonly conversationId: string };

function insertWords(tx: Tx, found: readonly Word[]): void {
  tx.send(
    `insert into views_inbox_words (practice_id, word, conversation_id)
     select $1, word, conversation_id from unnest($2::bytea[], $3::text[]) as w(word, conversation_id)
     on conflict do nothing`,
    [tx.practiceId, found.map(({ word }) => word), found.map(({ conversationId }) => conversationId)],
  );
}

/** More words of one name than anybody has are not looked for. */
const maxWords = 20;

/** What a text's words are found by: HMACs, so that no name stands in the clear. */
export function wordHashes(sealer: Sealer, practiceId: string, text: string): readonly Buffer[] {
  const found = [...new Set(words(text))].slice(0, maxWords);
  return found.map((word) => sealer.blind(practiceId, 'inbox-word', word));
}

/** Rows as they are after the events, and the names that changed. */
type Folded = { readonly rows: ReadonlyMap<string, Row>; readonly names: ReadonlyMap<string, string> };

function foldRows(known: readonly Row[], events: readonly StoredEvent[]): Folded {
  const rows = new Map(known.map((row) => [row.conversationId, row]));
  const ofIntake = new Map(known.map((row) => [row.intakeId, row.conversationId]));
  const names = new Map<string, string>();
  for (const event of events) {
    const concerned = concerns(event);
    if (concerned === undefined) continue;
    const id = 'conversationId' in concerned ? concerned.conversationId : ofIntake.get(concerned.intakeId);
    if (id === undefined) continue;
    const before = rows.get(id) ?? newRow(id, event.at);
    const after = rowAfter(before, event);
    rows.set(id, after);
    if (after.intakeId !== null) ofIntake.set(after.intakeId, id);
    const name = after.name === before.name ? undefined : nameIn(event);
    if (name !== undefined) names.set(id, name.text);
  }
  return { rows, names };
}

export function inboxView(sealer: Sealer): View {
  return {
    name: 'inbox',
    tables: ['views_inbox', 'views_inbox_words'],
    async apply(tx, events) {
      const concerned = events.flatMap((event) => concerns(event) ?? []);
      if (concerned.length === 0) return;
      const ids = new Set(concerned.flatMap((each) => ('conversationId' in each ? each.conversationId : [])));
      const intakeIds = concerned.flatMap((each) => ('intakeId' in each ? each.intakeId : []));
      if (intakeIds.length > 0)
        for (const found of await selectOfIntakes(tx, intakeIds)) ids.add(found.conversation_id);
      const known = (await selectRows(tx, [...ids])).map(rowOf);
      const { rows, names } = foldRows(known, events);
      if (rows.size === 0) return;
      // In one order, so that two transactions that change the same rows do not wait for each other in a ring.
      upsertRows(
        tx,
        [...rows.values()].sort((a, b) => (a.conversationId < b.conversationId ? -1 : 1)),
      );
      if (names.size === 0) return;
      deleteWords(tx, [...names.keys()]);
      insertWords(
        tx,
        [...names].flatMap(([conversationId, text]) =>
          wordHashes(sealer, tx.practiceId, text).map((word) => ({ word, conversationId })),
        ),
      );
    },
  };
}

export type NameDeps = { readonly store: EventStore; readonly sealer: Sealer };

/** The names as they were given, by conversation; those that have none, or were erased, are left out. */
export async function fullNames(
  tx: Tx,
  deps: Pick<NameDeps, 'store'>,
  rows: readonly Row[],
): Promise<ReadonlyMap<string, string>> {
  const places = rows.flatMap((row) => row.name ?? []);
  const events = await deps.store.loadAt(tx, places);
  const at = (stream: string, version: number) => `${stream}@${version}`;
  const texts = new Map(events.map((event) => [at(event.stream, event.version), nameIn(event)?.text]));
  return new Map(
    rows.flatMap(({ conversationId, name }) => {
      const text = name === null ? undefined : texts.get(at(name.stream, name.version));
      return text === undefined ? [] : [[conversationId, text] as const];
    }),
  );
}

/** How lists name the patients of these rows: "Maria D.", or a masked number. */
export async function labelsOf(
  tx: Tx,
  deps: NameDeps,
  rows: readonly Row[],
): Promise<ReadonlyMap<string, string>> {
  const names = await fullNames(tx, deps, rows);
  const labels = new Map<string, string>();
  for (const { conversationId } of rows) {
    const name = names.get(conversationId);
    const label =
      name === undefined
        ? unnamed(await readThread(tx, deps.sealer, conversationId), conversationId)
        : shortName(name);
    labels.set(conversationId, label);
  }
  return labels;
}

/** Characters of a provider's user id that tell two people apart. */
const shownOfUserId = 4;

/** How a patient is called whose name is not known: a masked number, or the end of the provider's id. */
export function unnamed(thread: Thread | undefined, conversationId: string): string {
  if (thread?.user.phone !== undefined) return maskedNumber(thread.user.phone);
  return `…${(thread?.user.userId ?? conversationId).slice(-shownOfUserId)}`;
}

/** How lists name the patients of these conversations, for other modules. One that is not known is left out. */
export async function names(
  tx: Tx,
  deps: NameDeps,
  conversationIds: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  return await labelsOf(tx, deps, await readRows(tx, conversationIds));
}

function selectForReading(tx: Tx, conversationIds: readonly string[]): Promise<RowRecord[]> {
  return tx.query<RowRecord>(
    `select ${columns} from views_inbox where practice_id = $1 and conversation_id = any($2)`,
    [tx.practiceId, conversationIds],
  );
}

export async function readRows(tx: Tx, conversationIds: readonly string[]): Promise<readonly Row[]> {
  if (conversationIds.length === 0) return [];
  return (await selectForReading(tx, [...new Set(conversationIds)])).map(rowOf);
}
