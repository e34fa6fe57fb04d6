-- The facts. `data` may be logged; `phi` is sealed. `position` is unique but not commit order: of two open
-- transactions the later number can commit first. Readers therefore follow (xact, position) and stop at the
-- oldest transaction still open.
create table events (
  practice_id text not null,
  stream text not null,
  version integer not null,
  position bigint generated always as identity,
  xact xid8 not null default pg_current_xact_id(),
  type text not null,
  data jsonb not null,
  phi bytea,
  subject text not null,
  actor text not null,
  correlation_id text not null,
  causation_id text not null,
  at timestamptz not null,
  primary key (practice_id, stream, version)
);

create index events_in_commit_order on events (practice_id, xact, position);

-- How far an async reader has come.
create table reader_checkpoints (
  practice_id text not null,
  reader text not null,
  xact xid8 not null,
  position bigint not null,
  primary key (practice_id, reader)
);

alter table events enable row level security;
alter table events force row level security;
create policy own_practice on events using (practice_id = current_practice());
alter table reader_checkpoints enable row level security;
alter table reader_checkpoints force row level security;
create policy own_practice on reader_checkpoints using (practice_id = current_practice());

-- No update and no delete: what happened stays.
grant select, insert on events to vestibule_app;
grant select, insert, update, delete on reader_checkpoints to vestibule_app;
