import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/**
 * The simulator's memory: one SQLite file, so that a killed process finds its chats and its undelivered
 * webhooks again. The write-ahead log is synced by the operating system only: a killed process loses nothing,
 * a power cut may, and a sandbox can live with that.
 */
export type Store = {
  readonly db: DatabaseSync;
  /** Runs `work` in one transaction. May be nested. */
  readonly tx: <T>(work: () => T) => T;
  /** How many transactions were rolled back so far: whatever was read in them was never so. */
  readonly undone: () => number;
  readonly close: () => void;
};

const schema = `
create table if not exists users (
  id text primary key, profile_name text not null, country text not null, phone text not null unique,
  username text, identity text not null
) strict;
create table if not exists bsuids (
  portfolio text not null, bsuid text not null, user_id text not null,
  primary key (portfolio, bsuid)
) strict;
create table if not exists chats (
  phone_number_id text not null, user_id text not null, last_inbound_at integer, typing_until integer,
  primary key (phone_number_id, user_id)
) strict;
create table if not exists messages (
  seq integer primary key autoincrement, wamid text not null unique,
  phone_number_id text not null, user_id text not null, direction text not null, at integer not null,
  type text not null, payload text not null, reply_to text, our_id text, by_phone integer not null,
  sent_at integer, delivered_at integer, read_at integer, failed_at integer, failed_code integer
) strict;
create index if not exists messages_of_chat on messages (phone_number_id, user_id, seq);
create table if not exists media (
  id text primary key, phone_number_id text not null, mime_type text not null, bytes blob not null,
  sha256 text not null, created_at integer not null, file_name text
) strict;
create table if not exists posts (
  id integer primary key autoincrement, phone_number_id text not null, user_id text, body text not null,
  updates integer not null, due_at integer not null, first_at integer not null, attempts integer not null default 0,
  after_id integer
) strict;
create index if not exists posts_due on posts (due_at, id);
create table if not exists held (
  id integer primary key autoincrement, phone_number_id text not null, user_id text, value text not null
) strict;
create table if not exists subscriptions (
  waba_id text primary key, subscribed integer not null, override_uri text, verify_token text
) strict;
create table if not exists templates (
  waba_id text not null, name text not null, language text not null, id text not null, category text not null,
  status text not null, body text not null, buttons text not null,
  primary key (waba_id, name, language)
) strict;
create table if not exists counters (name text primary key, n integer not null) strict;
`;

/** Opens (or makes) the store in `folder`; without a folder it lives in memory and ends with the process. */
export function openStore(folder?: string): Store {
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
  const db = new DatabaseSync(folder === undefined ? ':memory:' : join(folder, 'meta.sqlite'));
  db.exec('pragma journal_mode = wal; pragma synchronous = normal; pragma busy_timeout = 2000');
  db.exec(schema);
  let depth = 0;
  let undone = 0;
  return {
    db,
    undone: () => undone,
    tx: (work) => {
      if (depth > 0) return work();
      depth += 1;
      db.exec('begin immediate');
      try {
        const result = work();
        db.exec('commit');
        return result;
      } catch (error) {
        undone += 1;
        db.exec('rollback');
        throw error;
      } finally {
        depth -= 1;
      }
    },
    close: () => db.close(),
  };
}
