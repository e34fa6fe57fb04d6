import { z } from 'zod';
import type { OutboundContent } from '#channels/channel.ts';
import { filesOfMail } from '#files/index.ts';
import type { StoredEvent } from '#kernel/event.ts';
import { type ConversationMessage, messagesOfConversation } from '#messages/index.ts';
import type { Tx } from '#platform/db/db.ts';
import type { EventStore } from '#platform/eventstore/store.ts';
import type { ThreadLine } from '../contract.ts';
import {
  fileWord,
  lineOf,
  newestFirst,
  type Placed,
  type StaffNames,
  saidByPatient,
  saidByUs,
  saidLetter,
  statusOf,
} from './lines.ts';

/** The thread of one conversation, page by page from its end. Its sources lie apart: mailbox, messages, events. */

/** Lines of one page. */
export const linesPerPage = 60;

export type SealedLetter = { readonly key: Buffer; readonly subject: string; readonly body: Buffer };

export type ThreadDeps = {
  readonly store: EventStore;
  /** Opens a letter of the mailbox; the conversation sealed it. Throws `KeyDestroyed` when the patient was erased. */
  readonly openLetter: (tx: Tx, letter: SealedLetter) => Promise<unknown>;
};

/** Where each source goes on: what lies before these is older than the page. */
export type ThreadCursor = {
  /** Of the mailbox: instant and number. */
  readonly letter: readonly [sentAt: string, seq: string];
  /** Of our messages, and of the events: positions. */
  readonly message: string;
  readonly event: string;
};

const largest = '9223372036854775807';
const fromTheEnd: ThreadCursor = { letter: ['infinity', largest], message: largest, event: largest };

type LetterRow = {
  mail_key: Buffer;
  seq: string;
  sent_at: Date;
  arrived_at: Date;
  subject: string;
  body: Buffer;
};

/** Milliseconds. What arrived later than this after it was written waited somewhere: it stands where it was written. */
const freshMs = 10_000;

export const lettersSql = `
  select mail_key, seq, sent_at, arrived_at, subject, body from mailbox
  where practice_id = $1 and mailbox_id = $2 and kind = 'message' and (sent_at, seq) < ($3::timestamptz, $4::bigint)
  order by sent_at desc, seq desc limit ${linesPerPage + 1}`;

function selectLetters(
  tx: Tx,
  conversationId: string,
  [sentAt, seq]: ThreadCursor['letter'],
): Promise<LetterRow[]> {
  return tx.query<LetterRow>(lettersSql, [tx.practiceId, conversationId, sentAt, seq]);
}

/** What came in by the mailbox: what the patient said, and what others said to them. */
async function letterLines(
  tx: Tx,
  deps: ThreadDeps,
  conversationId: string,
  before: ThreadCursor,
): Promise<readonly Placed[]> {
  const rows = await selectLetters(tx, conversationId, before.letter);
  const letters = [];
  for (const row of rows) {
    const letter = await opened(
      deps.openLetter(tx, { key: row.mail_key, subject: row.subject, body: row.body }),
    );
    letters.push({ row, read: letter === undefined ? undefined : saidLetter.parse(letter) });
  }
  const withFile = letters.filter(({ read }) => read?.content.kind === 'media');
  const files = await filesOfMail(
    tx,
    withFile.map(({ row }) => row.mail_key),
  );
  const placed: Placed[] = [];
  for (const { row, read } of letters) {
    const file = files.get(row.mail_key.toString('hex'));
    const said = read === undefined ? { what: 'erased', text: '', choices: [] } : saidByPatient(read.content);
    const line: ThreadLine = {
      kind: 'message',
      id: `letter-${row.seq}`,
      at: row.sent_at.toISOString(),
      side: read?.kind === 'echo' ? 'staff' : 'patient',
      by: null,
      ...(read?.by === undefined ? {} : { elsewhere: read.by }),
      what: said.what,
      text: said.text,
      ...(file === undefined ? {} : { file: fileWord(file) }),
      choices: [...said.choices],
      status: null,
      code: null,
    };
    const late = row.arrived_at.getTime() - row.sent_at.getTime();
    const isFresh = late >= 0 && late < freshMs;
    const placedAt = (isFresh ? row.arrived_at : row.sent_at).toISOString();
    placed.push({ line, placedAt, source: 'letter', order: BigInt(row.seq) });
  }
  return placed;
}

/** Undefined where the patient was erased: that something was said stays, what it was is gone. */
async function opened<T>(letter: Promise<T>): Promise<T | undefined> {
  try {
    return await letter;
  } catch (error) {
    if (error instanceof Error && error.name === 'KeyDestroyed') return undefined;
    throw error;
  }
}

const content = z.object({
  content: z.custom<OutboundContent>(
    (value) => typeof value === 'object' && value !== null && 'kind' in value,
  ),
});

async function ourLines(
  tx: Tx,
  deps: ThreadDeps,
  conversationId: string,
  before: ThreadCursor,
  writers: ReadonlyMap<string, string>,
): Promise<readonly Placed[]> {
  const messages = await messagesOfConversation(tx, conversationId, BigInt(before.message), linesPerPage + 1);
  const queued = await deps.store.loadAt(
    tx,
    messages.map(({ messageId }) => ({ stream: `message/${messageId}`, version: 1 })),
  );
  const contents = new Map(
    queued.map((event) => [event.stream, content.safeParse(event.phi).data?.content] as const),
  );
  return messages.map((message) => ({
    line: ourLine(message, contents.get(`message/${message.messageId}`), writers),
    source: 'message',
    order: message.position,
  }));
}

function ourLine(
  message: ConversationMessage,
  content: OutboundContent | undefined,
  writers: ReadonlyMap<string, string>,
): ThreadLine {
  const said = content === undefined ? { what: 'erased', text: '', choices: [] } : saidByUs(content);
  const status = statusOf(message.state, message.status);
  return {
    kind: 'message',
    id: message.messageId,
    at: message.queuedAt,
    side: message.purpose === 'staff' ? 'staff' : 'assistant',
    by: writers.get(message.messageId) ?? null,
    what: said.what,
    text: said.text,
    choices: [...said.choices],
    status,
    code: status === 'failed' || status === 'blocked' ? message.code : null,
  };
}

const replied = z.object({ staffId: z.string(), messageId: z.string() });
const opens = z.object({ appointmentId: z.string() });

/** Everything that happened in a conversation: its own facts, its handoffs', its consent's and its appointments'. */
export async function eventsOf(
  tx: Tx,
  store: EventStore,
  conversationId: string,
): Promise<readonly StoredEvent[]> {
  const own = ['conversation', 'handoff', 'consent'].map((kind) => `${kind}/${conversationId}`);
  const events = [...(await store.load(tx, own)).values()].flat();
  const appointments = events.flatMap((event) =>
    event.type === 'AppointmentOpened' ? `appointment/${opens.parse(event.data).appointmentId}` : [],
  );
  if (appointments.length === 0) return events;
  return [...events, ...[...(await store.load(tx, [...new Set(appointments)])).values()].flat()];
}

/** Who of staff wrote which message. */
function writersIn(events: readonly StoredEvent[], names: StaffNames): ReadonlyMap<string, string> {
  return new Map(
    events
      .filter((event) => event.type === 'StaffReplied')
      .map((event) => replied.parse(event.data))
      .map(({ staffId, messageId }) => [messageId, names.get(staffId) ?? staffId]),
  );
}

export type ThreadPage = {
  /** Oldest first. */
  readonly lines: readonly ThreadLine[];
  /** Where the page before begins; undefined at the conversation's beginning. */
  readonly older: ThreadCursor | undefined;
};

/**
 * The newest lines of a conversation, or those before a cursor.
 * @param known what `eventsOf` gave, where the caller has it already
 */
export async function readThreadPage(
  tx: Tx,
  deps: ThreadDeps,
  conversationId: string,
  names: StaffNames,
  before: ThreadCursor = fromTheEnd,
  known?: readonly StoredEvent[],
): Promise<ThreadPage> {
  const events = known ?? (await eventsOf(tx, deps.store, conversationId));
  const happened = events
    .filter((event) => event.position < BigInt(before.event))
    .flatMap((event): Placed[] => {
      const line = lineOf(event, names);
      return line === undefined ? [] : [{ line, source: 'event', order: event.position }];
    });
  const said = [
    ...(await letterLines(tx, deps, conversationId, before)),
    ...(await ourLines(tx, deps, conversationId, before, writersIn(events, names))),
  ];
  const all = [...said, ...happened].sort(newestFirst);
  const page = all.slice(0, linesPerPage);
  return {
    lines: page.map(({ line }) => line).toReversed(),
    older: all.length > page.length ? cursorAfter(page, before) : undefined,
  };
}

/** Each source goes on before the oldest of its lines on the page. */
function cursorAfter(page: readonly Placed[], before: ThreadCursor): ThreadCursor {
  const oldest = (source: Placed['source']) => page.findLast((placed) => placed.source === source);
  const letter = oldest('letter');
  return {
    letter: letter === undefined ? before.letter : [letter.line.at, letter.order.toString()],
    message: oldest('message')?.order.toString() ?? before.message,
    event: oldest('event')?.order.toString() ?? before.event,
  };
}
