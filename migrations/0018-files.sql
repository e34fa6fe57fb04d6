-- What patients send: pictures, voice messages, documents. One row per file that a message told of.
create table files (
  practice_id text not null,
  file_id uuid not null,
  conversation_id text not null,
  -- The message that it came with, in the mailbox: the same message twice is one file.
  mail_key bytea not null,
  channel text not null,
  account_id text not null,
  -- Whose key seals it: the message's.
  subject text not null,
  state text not null check (state in ('awaited', 'quarantined', 'cleared', 'refused', 'missing', 'gone')),
  -- When its message was sent, by the provider's time: it can be fetched for so long from then.
  sent_at timestamptz not null,
  changed_at timestamptz not null,
  -- How often it was tried, and how often in a row with the same result.
  attempts integer not null default 0,
  code text,
  code_count integer not null default 0,
  -- Of the pieces that count: those of other attempts are nobody's.
  writing uuid,
  bytes bigint,
  sniffed_type text,
  -- Whether it is what it was said to be.
  agrees boolean,
  -- The seal of the whole: how many pieces, how many bytes, their hash.
  seal bytea,
  primary key (practice_id, file_id)
);

create unique index files_of_mail on files (practice_id, mail_key);
create index files_of_conversation on files (practice_id, conversation_id);
create index files_by_age on files (practice_id, state, changed_at);

-- The sealed bytes, in pieces.
create table file_pieces (
  practice_id text not null,
  file_id uuid not null,
  writing uuid not null,
  position integer not null,
  body bytea not null,
  primary key (practice_id, file_id, writing, position),
  foreign key (practice_id, file_id) references files (practice_id, file_id) on delete cascade
);

-- Sealed bytes do not get smaller.
alter table file_pieces alter column body set storage external;

do $$
declare
  t text;
begin
  foreach t in array array['files', 'file_pieces'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own_practice on %I using (practice_id = current_practice())', t);
    execute format('grant select, insert, update, delete on %I to vestibule_app', t);
  end loop;
end $$;
