-- Which conversation an address (a provider's user id or a phone number) belongs to.
create table conversation_addresses (
  practice_id text not null,
  account_id text not null,
  address_hash bytea not null,
  conversation_id text not null,
  kind text not null check (kind in ('user-id', 'phone')),
  -- Sealed with the practice's key.
  address bytea not null,
  primary key (practice_id, account_id, address_hash)
);

create index conversation_addresses_of on conversation_addresses (practice_id, conversation_id);

-- A conversation as its channel sees it: through which account, and since when the patient has not written.
create table channel_threads (
  practice_id text not null,
  conversation_id text not null,
  channel text not null,
  account_id text not null,
  started_at timestamptz not null,
  -- The provider's time of the patient's last message: the service window counts from here.
  last_inbound_at timestamptz,
  -- Whose key seals what is said; `practice` while no patient is known.
  subject text not null default 'practice',
  primary key (practice_id, conversation_id)
);

-- Every message that we send. `position` is the order in its conversation. Rebuildable from events.
create table views_messages (
  practice_id text not null,
  message_id text not null,
  conversation_id text not null,
  position bigint not null,
  purpose text not null,
  state text not null,
  status text,
  attempts integer not null default 0,
  -- Not to be sent before this.
  not_before timestamptz,
  code text,
  external_hash bytea,
  queued_at timestamptz not null,
  changed_at timestamptz not null,
  primary key (practice_id, message_id)
);

create index views_messages_waiting on views_messages (practice_id, conversation_id, position)
  where state in ('queued', 'claimed', 'unknown');
create index views_messages_by_external on views_messages (practice_id, external_hash) where external_hash is not null;

-- Which conversation an intake came from. Rebuildable from events.
create table views_intakes (
  practice_id text not null,
  intake_id text not null,
  conversation_id text not null,
  opened_at timestamptz not null,
  primary key (practice_id, intake_id)
);

do $$
declare
  t text;
begin
  foreach t in array array['conversation_addresses', 'channel_threads', 'views_messages', 'views_intakes'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own_practice on %I using (practice_id = current_practice())', t);
    execute format('grant select, insert, update, delete on %I to vestibule_app', t);
  end loop;
end $$;
