import { queueSchema } from '../provider/queue.ts';
import { openStore as open, type Store } from '../provider/store.ts';

export type { Store } from '../provider/store.ts';

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
  return open(folder, 'meta', schema + queueSchema);
}
