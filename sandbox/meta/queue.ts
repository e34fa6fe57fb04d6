import type { Json } from './fields.ts';
import type { Store } from './store.ts';

/** One POST that waits to be taken by its callback. */
export type Post = {
  readonly id: number;
  readonly phoneNumberId: string;
  readonly userId?: string;
  readonly body: string;
  readonly updates: number;
  readonly attempts: number;
  readonly firstAt: number;
};

export type NewPost = {
  readonly phoneNumberId: string;
  readonly userId: string | undefined;
  readonly body: string;
  readonly updates: number;
  readonly dueAt: number;
  readonly firstAt: number;
  /** Not before the post with this id was tried once. */
  readonly afterId: number | undefined;
};

export type Queue = {
  readonly add: (post: NewPost) => number;
  /** What is due for these accounts, oldest first. */
  readonly due: (now: number, limit: number, phoneNumberIds: readonly string[]) => readonly Post[];
  readonly nextDue: (after: number) => number | undefined;
  readonly failed: (id: number, dueAt: number) => void;
  readonly remove: (id: number) => void;
  /** What was refused before is tried again at once. */
  readonly dueNow: (phoneNumberId: string, now: number) => void;
  readonly count: () => number;
  readonly hold: (phoneNumberId: string, userId: string, value: Json) => void;
  readonly heldCount: () => number;
  readonly takeHeld: () => readonly { phoneNumberId: string; userId: string | undefined; value: Json }[];
};

const columns = 'phone_number_id, user_id, body, updates, due_at, first_at, after_id';

const dueSql = `
  select * from posts where due_at <= ? and phone_number_id in (select value from json_each(?))
    and not exists (select 1 from posts before where before.id = posts.after_id and before.attempts = 0)
  order by due_at, id limit ?`;

export function createQueue({ db, tx }: Store): Queue {
  const add = db.prepare(`insert into posts (${columns}) values (?, ?, ?, ?, ?, ?, ?)`);
  const due = db.prepare(dueSql);
  const nextDue = db.prepare('select min(due_at) as due_at from posts where due_at > ?');
  const failed = db.prepare('update posts set attempts = attempts + 1, due_at = ? where id = ?');
  const remove = db.prepare('delete from posts where id = ?');
  const dueNow = db.prepare(
    'update posts set due_at = ? where phone_number_id = ? and attempts > 0 and due_at > ?',
  );
  const count = db.prepare('select count(*) as n from posts');
  const hold = db.prepare('insert into held (phone_number_id, user_id, value) values (?, ?, ?)');
  const heldCount = db.prepare('select count(*) as n from held');
  const held = db.prepare('select * from held order by id');
  const forgetHeld = db.prepare('delete from held');
  return {
    add: (post) =>
      Number(
        add.run(
          post.phoneNumberId,
          post.userId ?? null,
          post.body,
          post.updates,
          post.dueAt,
          post.firstAt,
          post.afterId ?? null,
        ).lastInsertRowid,
      ),
    due: (now, limit, ids) => due.all(now, JSON.stringify(ids), limit).map(readPost),
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
    dueNow: (phoneNumberId, now) => {
      dueNow.run(now, phoneNumberId, now);
    },
    count: () => Number(count.get()?.n) + Number(heldCount.get()?.n),
    hold: (phoneNumberId, userId, value) => {
      hold.run(phoneNumberId, userId, JSON.stringify(value));
    },
    heldCount: () => Number(heldCount.get()?.n),
    takeHeld: () =>
      tx(() => {
        const rows = held.all().map((row) => ({
          phoneNumberId: String(row.phone_number_id),
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
    phoneNumberId: String(row.phone_number_id),
    ...(typeof row.user_id === 'string' ? { userId: row.user_id } : {}),
    body: String(row.body),
    updates: Number(row.updates),
    attempts: Number(row.attempts),
    firstAt: Number(row.first_at),
  };
}
