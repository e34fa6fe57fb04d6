import type { SQLInputValue } from 'node:sqlite';
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
  readonly setRead: (wamid: string, at: number) => void;
  /** Marks what the user wrote, up to this message, as read by the business. */
  readonly setReadByBusiness: (message: ChatMessage, at: number) => void;
};

export type ChatFilter = {
  readonly phoneNumberId?: string;
  readonly userId?: string;
  readonly direction?: 'in' | 'out';
};

export function createChats({ db }: Store): Chats {
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
    },
    get: (wamid) => {
      const row = get.get(wamid);
      return row === undefined ? undefined : readMessage(row);
    },
    messages: (filter) => select(db, filter).map(readMessage),
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
    unread: (phoneNumberId, userId) => unread.all(phoneNumberId, userId).map(readMessage),
    setRead: (wamid, at) => {
      setRead.run(at, at, at, wamid);
    },
    setReadByBusiness: (m, at) => {
      setReadByBusiness.run(at, m.phoneNumberId, m.userId, m.seq);
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

function select(db: Store['db'], filter: ChatFilter): Record<string, unknown>[] {
  const columns: [string, string | undefined][] = [
    ['phone_number_id', filter.phoneNumberId],
    ['user_id', filter.userId],
    ['direction', filter.direction],
  ];
  const given = columns.flatMap(([column, value]) => (value === undefined ? [] : [{ column, value }]));
  const where = given.map(({ column }) => `${column} = ?`).join(' and ');
  return db
    .prepare(`select * from messages ${where === '' ? '' : `where ${where}`} order by seq`)
    .all(...given.map(({ value }) => value));
}

function readMessage(row: Record<string, unknown>): ChatMessage {
  return {
    seq: Number(row.seq),
    wamid: String(row.wamid),
    phoneNumberId: String(row.phone_number_id),
    userId: String(row.user_id),
    direction: row.direction === 'in' ? 'in' : 'out',
    at: Number(row.at),
    type: String(row.type),
    payload: JSON.parse(String(row.payload)),
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
