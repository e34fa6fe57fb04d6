import type { Store } from './store.ts';

/** One POST that waits to be taken by its receiver. */
export type Post = {
  readonly id: number;
  readonly line: string;
  readonly userId?: string;
  /** Where to; absent where the line itself says so. */
  readonly url?: string;
  readonly body: string;
  /** How many pieces of news it holds. */
  readonly updates: number;
  /** Failed ones so far. */
  readonly attempts: number;
  readonly firstAt: number;
};

export type NewPost = {
  readonly line: string;
  readonly userId?: string | undefined;
  readonly url?: string;
  readonly body: string;
  readonly updates?: number;
  readonly dueAt: number;
  readonly firstAt: number;
  /** Not before the post with this id was tried once. */
  readonly afterId?: number | undefined;
};

/** A piece of news that is not in a post yet. */
export type Held = { readonly line: string; readonly userId: string | undefined; readonly value: unknown };

export type Queue = {
  readonly add: (post: NewPost) => number;
  /** What is due for these lines, oldest first. */
  readonly due: (now: number, limit: number, lines: readonly string[]) => readonly Post[];
  readonly nextDue: (after: number) => number | undefined;
  readonly failed: (id: number, dueAt: number) => void;
  readonly remove: (id: number) => void;
  /** What was refused before is tried again at once. */
  readonly dueNow: (line: string, now: number) => void;
  readonly count: () => number;
  readonly hold: (line: string, userId: string, value: unknown) => void;
  readonly heldCount: () => number;
  readonly takeHeld: () => readonly Held[];
};

export const queueSchema = `
create table if not exists outgoing (
  id integer primary key autoincrement, line text not null, user_id text, url text, body text not null,
  updates integer not null, due_at integer not null, first_at integer not null, attempts integer not null default 0,
  after_id integer
) strict;
create index if not exists outgoing_due on outgoing (due_at, id);
create table if not exists held_back (
  id integer primary key autoincrement, line text not null, user_id text, value text not null
) strict;
`;

const columns = 'line, user_id, url, body, updates, due_at, first_at, after_id';

const dueSql = `
  select * from outgoing where due_at <= ? and line in (select value from json_each(?))
    and not exists (select 1 from outgoing before where before.id = outgoing.after_id and before.attempts = 0)
  order by due_at, id limit ?`;

export function createQueue({ db, tx }: Store): Queue {
  const add = db.prepare(`insert into outgoing (${columns}) values (?, ?, ?, ?, ?, ?, ?, ?)`);
  const due = db.prepare(dueSql);
  const nextDue = db.prepare('select min(due_at) as due_at from outgoing where due_at > ?');
  const failed = db.prepare('update outgoing set attempts = attempts + 1, due_at = ? where id = ?');
  const remove = db.prepare('delete from outgoing where id = ?');
  const dueNow = db.prepare('update outgoing set due_at = ? where line = ? and attempts > 0 and due_at > ?');
  const count = db.prepare('select count(*) as n from outgoing');
  const hold = db.prepare('insert into held_back (line, user_id, value) values (?, ?, ?)');
  const heldCount = db.prepare('select count(*) as n from held_back');
  const held = db.prepare('select * from held_back order by id');
  const forgetHeld = db.prepare('delete from held_back');
  return {
    add: ({ line, userId = null, url = null, body, updates = 1, dueAt, firstAt, afterId = null }) =>
      Number(add.run(line, userId, url, body, updates, dueAt, firstAt, afterId).lastInsertRowid),
    due: (now, limit, lines) => due.all(now, JSON.stringify(lines), limit).map(readPost),
    nextDue: (after) => {
      const at = nextDue.get(after)?.due_at;
      return typeof at === 'number' ? at : undefined;
    },
    failed: (id, dueAt) => {
      failed.run(dueAt, id);
    },
    remove: (id) => {
      remove.run(id);
    },
    dueNow: (line, now) => {
      dueNow.run(now, line, now);
    },
    count: () => Number(count.get()?.n) + Number(heldCount.get()?.n),
    hold: (line, userId, value) => {
      hold.run(line, userId, JSON.stringify(value));
    },
    heldCount: () => Number(heldCount.get()?.n),
    takeHeld: () =>
      tx(() => {
        const rows = held.all().map((row) => ({
          line: String(row.line),
          userId: typeof row.user_id === 'string' ? row.user_id : undefined,
          value: JSON.parse(String(row.value)),
        }));
        forgetHeld.run();
        return rows;
      }),
  };
}

function readPost(row: Record<string, unknown>): Post {
  return {
    id: Number(row.id),
    line: String(row.line),
    ...(typeof row.user_id === 'string' ? { userId: row.user_id } : {}),
    ...(typeof row.url === 'string' ? { url: row.url } : {}),
    body: String(row.body),
    updates: Number(row.updates),
    attempts: Number(row.attempts),
    firstAt: Number(row.first_at),
  };
}
