import type { Store } from './store.ts';

/** A map that survives a restart: read from memory, written to the store as well. Its values are JSON. */
export type Kept<T> = {
  readonly get: (key: string) => T | undefined;
  /** Adds, or replaces in its place. Not to be called in a transaction that may be rolled back: memory would know better. */
  readonly set: (key: string, value: T) => void;
  readonly delete: (key: string) => void;
  /** In the order in which their keys were first set. */
  readonly values: () => readonly T[];
};

export const keptSchema = `
create table if not exists kept (
  seq integer primary key autoincrement, name text not null, key text not null, value text not null,
  unique (name, key)
) strict;
`;

export function keep<T>({ db }: Store, name: string): Kept<T> {
  const put = db.prepare(`
    insert into kept (name, key, value) values (?, ?, ?)
    on conflict (name, key) do update set value = excluded.value`);
  const remove = db.prepare('delete from kept where name = ? and key = ?');
  const rows = db.prepare('select key, value from kept where name = ? order by seq').all(name);
  // Only what `set` wrote under this name lies there, as it was written.
  const known = new Map(rows.map(({ key, value }) => [String(key), JSON.parse(String(value)) as T]));
  let values: readonly T[] | undefined;
  return {
    get: (key) => known.get(key),
    set: (key, value) => {
      put.run(name, key, JSON.stringify(value));
      known.set(key, value);
      values = undefined;
    },
    delete: (key) => {
      remove.run(name, key);
      known.delete(key);
      values = undefined;
    },
    values: () => (values ??= [...known.values()]),
  };
}
