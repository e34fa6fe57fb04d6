import { randomUUID } from 'node:crypto';
import type { SaidFile } from './provider.ts';
import type { Store } from './store.ts';

/** A file that a user sent, until the business fetches it. */
export type KeptFile = SaidFile & { readonly id: string; readonly line: string };

export type Files = {
  /** Returns its id. */
  readonly add: (line: string, file: SaidFile) => string;
  readonly get: (id: string) => KeptFile | undefined;
  readonly remove: (id: string) => boolean;
};

export const filesSchema = `
create table if not exists files (
  id text primary key, line text not null, name text not null, mime_type text not null, bytes blob not null
) strict;
`;

export function filesOf({ db }: Store): Files {
  const add = db.prepare('insert into files (id, line, name, mime_type, bytes) values (?, ?, ?, ?, ?)');
  const get = db.prepare('select * from files where id = ?');
  const remove = db.prepare('delete from files where id = ?');
  return {
    add: (line, { name, mimeType, bytes }) => {
      const id = randomUUID();
      add.run(id, line, name, mimeType, bytes);
      return id;
    },
    get: (id) => {
      const row = get.get(id);
      if (row === undefined || !(row.bytes instanceof Uint8Array)) return undefined;
      const { line, name, mime_type: mimeType, bytes } = row;
      return { id, line: String(line), name: String(name), mimeType: String(mimeType), bytes };
    },
    remove: (id) => remove.run(id).changes > 0,
  };
}
