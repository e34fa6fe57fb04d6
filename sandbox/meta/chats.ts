import type { SQLInputValue, StatementSync } from 'node:sqlite';
import type { Store } from './store.ts';

/** A message as it lies in the chat, of either side. Instants are milliseconds since the epoch. */
export type ChatMessage = {
  readonly seq: number;
  readonly wamid: string;
  readonly phoneNumberId: string;
  readonly userId: string;
  /** Seen from the business: `in` is what the user wrote. */
  readonly direction: 'in' | 'out';
  readonly at: number;
  readonly type: string;
  /** The object under the type's own name. */
  readonly payload: unknown;
  readonly replyTo?: string;
  /** `biz_opaque_callback_data` */
  readonly ourId?: string;
  /** The business addressed the user by phone number. */
  readonly byPhone: boolean;
  /** When each status came or will come: a status is reached once its instant has passed. */
  readonly sentAt?: number;
  readonly deliveredAt?: number;
  readonly readAt?: number;
  readonly failedAt?: number;
  readonly failedCode?: number;
};

export type NewMessage = Omit<ChatMessage, 'seq'>;

export type Chat = { readonly lastInboundAt?: number; readonly typingUntil?: number };

export type Chats = {
  readonly add: (message: NewMessage) => void;
  readonly get: (wamid: string) => ChatMessage | undefined;
  readonly messages: (filter: ChatFilter) => readonly ChatMessage[];
  readonly chat: (phoneNumberId: string, userId: string) => Chat;
  readonly setTyping: (phoneNumberId: string, userId: string, until: number | undefined) => void;
  readonly setLastInbound: (phoneNumberId: string, userId: string, at: number) => void;
  /** The business's messages that the user has not read yet, oldest first. */
  readonly unread: (phoneNumberId: string, userId: string) => readonly ChatMessage[];
  readonly setRead: (message: ChatMessage, at: number) => void;
  /** Marks what the user wrote, up to this message, as read by the business. */
  readonly setReadByBusiness: (message: ChatMessage, at: number) => void;
};

export type ChatFilter = {
  readonly phoneNumberId?: string;
  readonly userId?: string;
  readonly direction?: 'in' | 'out';
};

export function createChats(store: Store): Chats {
  const { db } = store;
  const listed = chatLists(store);
  const add = db.prepare(`
    insert into messages (wamid, phone_number_id, user_id, direction, at, type, payload, reply_to, our_id, by_phone,
      sent_at, delivered_at, read_at, failed_at, failed_code)
    values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`);
  const get = db.prepare('select * from messages where wamid = ?');
  const chat = db.prepare('select * from chats where phone_number_id = ? and user_id = ?');
  const setTyping = db.prepare(`
    insert into chats (phone_number_id, user_id, typing_until) values (?, ?, ?)
    on conflict do update set typing_until = excluded.typing_until`);
  const setLastInbound = db.prepare(`
    insert into chats (phone_number_id, user_id, last_inbound_at) values (?, ?, ?)
    on conflict do update set last_inbound_at = excluded.last_inbound_at`);
  const unread = db.prepare(`
    select * from messages where phone_number_id = ? and user_id = ? and direction = 'out'
      and read_at is null and failed_at is null and type <> 'reaction' order by seq`);
  const setRead = db.prepare(
    'update messages set read_at = ?, delivered_at = min(coalesce(delivered_at, ?), ?) where wamid = ?',
  );
  const setReadByBusiness = db.prepare(`
    update messages set read_at = ? where phone_number_id = ? and user_id = ? and direction = 'in'
      and seq <= ? and read_at is null`);
  return {
    add: (m) => {
      add.run(...values(m));
      listed.changed(m);
    },
    get: (wamid) => {
      const row = get.get(wamid);
      return row === undefined ? undefined : readMessage(row);
    },
    messages: listed.messages,
    chat: (phoneNumberId, userId) => {
      const row = chat.get(phoneNumberId, userId);
      return optional({ lastInboundAt: row?.last_inbound_at, typingUntil: row?.typing_until });
    },
    setTyping: (phoneNumberId, userId, until) => {
      setTyping.run(phoneNumberId, userId, until ?? null);
    },
    setLastInbound: (phoneNumberId, userId, at) => {
      setLastInbound.run(phoneNumberId, userId, at);
    },
    unread: (phoneNumberId, userId) => unread.all(phoneNumberId, userId).map((row) => readMessage(row)),
    setRead: (m, at) => {
      setRead.run(at, at, at, m.wamid);
      listed.changed(m);
    },
    setReadByBusiness: (m, at) => {
      setReadByBusiness.run(at, m.phoneNumberId, m.userId, m.seq);
      listed.changed(m);
    },
  };
}

function values(m: NewMessage): SQLInputValue[] {
  return [
    m.wamid,
    m.phoneNumberId,
    m.userId,
    m.direction,
    m.at,
    m.type,
    JSON.stringify(m.payload ?? null),
    m.replyTo ?? null,
    m.ourId ?? null,
    m.byPhone ? 1 : 0,
    m.sentAt ?? null,
    m.deliveredAt ?? null,
    m.readAt ?? null,
    m.failedAt ?? null,
    m.failedCode ?? null,
  ];
}

type ChatLists = {
  readonly messages: (filter: ChatFilter) => readonly ChatMessage[];
  /** A message of this chat was added or has another status. */
  readonly changed: (chat: { readonly phoneNumberId: string; readonly userId: string }) => void;
};

/**
 * Lists of messages, read again only after a change: every phone that is open reads its whole chat at each sign of life. A
 * message's payload never changes, so it is parsed once.
 */
function chatLists({ db, undone }: Store): ChatLists {
  const statements = new Map<string, StatementSync>();
  const payloads = new Map<string, unknown>();
  let lists = new Map<string, readonly ChatMessage[]>();
  let undoneBefore = undone();
  const payloadOf = ({ wamid, payload }: Record<string, unknown>) => {
    const id = String(wamid);
    if (!payloads.has(id)) payloads.set(id, JSON.parse(String(payload)));
    return payloads.get(id);
  };
  const read = (filter: ChatFilter) =>
    select(db, statements, filter).map((row) => readMessage(row, payloadOf(row)));
  return {
    messages: (filter) => {
      const { phoneNumberId, userId, direction } = filter;
      if (phoneNumberId === undefined || userId === undefined || direction !== undefined) return read(filter);
      if (undone() !== undoneBefore) {
        lists = new Map();
        payloads.clear();
        undoneBefore = undone();
      }
      const key = `${phoneNumberId} ${userId}`;
      const known = lists.get(key) ?? read(filter);
      lists.set(key, known);
      return known;
    },
    changed: ({ phoneNumberId, userId }) => void lists.delete(`${phoneNumberId} ${userId}`),
  };
}

function select(
  db: Store['db'],
  statements: Map<string, StatementSync>,
  filter: ChatFilter,
): Record<string, unknown>[] {
  const columns: [string, string | undefined][] = [
    ['phone_number_id', filter.phoneNumberId],
    ['user_id', filter.userId],
    ['direction', filter.direction],
  ];
  const given = columns.flatMap(([column, value]) => (value === undefined ? [] : [{ column, value }]));
  const where = given.map(({ column }) => `${column} = ?`).join(' and ');
  const sql = `select * from messages ${where === '' ? '' : `where ${where}`} order by seq`;
  const statement = statements.get(sql) ?? db.prepare(sql);
  statements.set(sql, statement);
  return statement.all(...given.map(({ value }) => value));
}

function readMessage(
  row: Record<string, unknown>,
  payload: unknown = JSON.parse(String(row.payload)),
): ChatMessage {
  return {
    seq: Number(row.seq),
    wamid: String(row.wamid),
    phoneNumberId: String(row.phone_number_id),
    userId: String(row.user_id),
    direction: row.direction === 'in' ? 'in' : 'out',
    at: Number(row.at),
    type: String(row.type),
    payload,
    byPhone: row.by_phone === 1,
    ...(typeof row.reply_to === 'string' ? { replyTo: row.reply_to } : {}),
    ...(typeof row.our_id === 'string' ? { ourId: row.our_id } : {}),
    ...optional({
      sentAt: row.sent_at,
      deliveredAt: row.delivered_at,
      readAt: row.read_at,
      failedAt: row.failed_at,
      failedCode: row.failed_code,
    }),
  };
}

/** Keeps the numbers, leaves out what the table holds as null. */
function optional<K extends string>(columns: Record<K, unknown>): { [key in K]?: number } {
  const result: { [key in K]?: number } = {};
  for (const key in columns) {
    const value = columns[key];
    if (typeof value === 'number') result[key] = value;
  }
  return result;
}
