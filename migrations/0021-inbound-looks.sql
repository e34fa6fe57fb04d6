-- Providers that can lose what comes in are asked for their list of it: how far each account's was read, and what it brought.
create table inbound_looks (
  practice_id text not null,
  channel text not null,
  account_id text not null,
  -- When the account was first looked at: what was written before is not ours to answer.
  begins_at timestamptz not null,
  -- What came in before is here, as far as the list tells. By the provider's times.
  seen_to timestamptz not null,
  due_at timestamptz not null,
  -- A process looks, unless it died: then another may from here on.
  busy_until timestamptz,
  -- Messages that only the list brought, since `filled_since`.
  filled integer not null default 0,
  filled_since timestamptz,
  filled_at timestamptz,
  primary key (practice_id, channel, account_id)
);

alter table inbound_looks enable row level security;
alter table inbound_looks force row level security;
create policy own_practice on inbound_looks using (practice_id = current_practice());
grant select, insert, update, delete on inbound_looks to vestibule_app;
