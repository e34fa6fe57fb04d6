-- One row per mailbox: the lock that a turn takes, and the counter that whoever adds mail bumps first. Without the
-- bump a wake-up that is dropped because one is queued already could run before our mail commits and leave it lying.
create table mailboxes (
  practice_id text not null,
  mailbox_id text not null,
  counter bigint not null default 0,
  primary key (practice_id, mailbox_id)
);

create table mailbox (
  practice_id text not null,
  -- HMAC of the provider's message id, or of an inner fact's name: the same mail twice is one row.
  mail_key bytea not null,
  mailbox_id text not null,
  seq bigint generated always as identity,
  kind text not null,
  -- When the sender's provider says it was written; the order of reading is (sent_at, seq).
  sent_at timestamptz not null,
  arrived_at timestamptz not null,
  -- Whose key sealed the body.
  subject text not null,
  body bytea not null,
  taken_by text,
  primary key (practice_id, mail_key)
);

create index mailbox_waiting on mailbox (practice_id, mailbox_id, sent_at, seq) where taken_by is null;
create index mailbox_old on mailbox (practice_id, arrived_at) where taken_by is null;

alter table mailboxes enable row level security;
alter table mailboxes force row level security;
create policy own_practice on mailboxes using (practice_id = current_practice());
alter table mailbox enable row level security;
alter table mailbox force row level security;
create policy own_practice on mailbox using (practice_id = current_practice());

grant select, insert, update on mailboxes to vestibule_app;
grant select, insert, update on mailbox to vestibule_app;
