-- Data keys, wrapped: the key provider's key wraps a practice's key, and that one wraps each patient's.
-- Destroying a row makes everything sealed with its key unreadable, in backups too.
create table keys (
  practice_id text not null,
  version integer not null,
  -- Names the provider's key that wrapped this one.
  provider_key text not null,
  wrapped bytea not null,
  -- The key of the blind index, wrapped the same way.
  index_wrapped bytea not null,
  created_at timestamptz not null default now(),
  primary key (practice_id, version)
);

create table patient_keys (
  practice_id text not null,
  subject text not null,
  version integer not null,
  -- The version in `keys` whose key wrapped this one.
  practice_key_version integer not null,
  wrapped bytea not null,
  created_at timestamptz not null default now(),
  primary key (practice_id, subject, version)
);

alter table keys enable row level security;
alter table keys force row level security;
create policy own_practice on keys using (practice_id = current_practice());
alter table patient_keys enable row level security;
alter table patient_keys force row level security;
create policy own_practice on patient_keys using (practice_id = current_practice());

grant select, insert, update on keys to vestibule_app;
grant select, insert, update, delete on patient_keys to vestibule_app;
-- Batches of deliveries are sealed with practice keys by the ingest role, which must read them.
grant select on keys to vestibule_ingest;
create policy ingest_reads on keys for select to vestibule_ingest using (true);
