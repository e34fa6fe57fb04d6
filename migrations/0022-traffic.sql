-- What came and went through an account. Kept by the reader of the figures, in commit order.
create table views_traffic (
  practice_id text not null,
  channel text not null,
  account_id text not null,
  first_inbound_at timestamptz,
  last_inbound_at timestamptz,
  -- Messages of ours: taken by the provider, told of, delivered.
  last_accepted_at timestamptz,
  last_status_at timestamptz,
  last_delivered_at timestamptz,
  -- Taken since a status of any message came, and when the first of them was.
  untold integer not null default 0,
  untold_since timestamptz,
  primary key (practice_id, channel, account_id)
);

-- Messages of patients per hour: what is usual. Hours without are left out.
create table views_traffic_hours (
  practice_id text not null,
  channel text not null,
  account_id text not null,
  hour timestamptz not null,
  inbound integer not null,
  primary key (practice_id, channel, account_id, hour)
);

do $$
declare
  t text;
begin
  foreach t in array array['views_traffic', 'views_traffic_hours'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own_practice on %I using (practice_id = current_practice())', t);
    execute format('grant select, insert, update, delete on %I to vestibule_app', t);
  end loop;
end $$;
