-- Raw webhook bodies, sealed, as they arrived. Partitioned by day, so that retention drops a table and not rows.
create table webhook_deliveries (
  practice_id text not null,
  day date not null,
  -- Hash of account and body: the same delivery twice is one row.
  digest bytea not null,
  delivery_id uuid not null,
  channel text not null,
  account_id text not null,
  body bytea not null,
  received_at timestamptz not null,
  primary key (practice_id, day, digest)
) partition by range (day);

create index webhook_deliveries_by_id on webhook_deliveries (practice_id, day, delivery_id);

-- The backstop: a day whose partition nobody made yet still has a place.
create table webhook_deliveries_default partition of webhook_deliveries default;
alter table webhook_deliveries_default enable row level security;
alter table webhook_deliveries_default force row level security;

alter table webhook_deliveries enable row level security;
alter table webhook_deliveries force row level security;
create policy own_practice on webhook_deliveries for select to vestibule_app using (practice_id = current_practice());
create policy ingest_adds on webhook_deliveries for insert to vestibule_ingest with check (true);

grant select on webhook_deliveries to vestibule_app;
-- `on conflict do nothing returning` needs no right to read anything but what it returns.
grant insert on webhook_deliveries to vestibule_ingest;
grant select (practice_id, day, digest, delivery_id) on webhook_deliveries to vestibule_ingest;
create policy ingest_sees_its_own on webhook_deliveries for select to vestibule_ingest using (true);

-- Makes the partitions of the coming days. Runs with the owner's rights: the program's role may not create tables.
create function make_delivery_partitions(first_day date, days integer) returns integer
  language plpgsql security definer set search_path = public
as $$
declare
  made integer := 0;
  d date;
  partition text;
begin
  for i in 0 .. least(days, 60) - 1 loop
    d := first_day + i;
    partition := 'webhook_deliveries_' || to_char(d, 'YYYYMMDD');
    if to_regclass(partition) is null then
      begin
        execute format(
          'create table if not exists %I partition of webhook_deliveries for values from (%L) to (%L)',
          partition, d, d + 1);
        -- Reached through the parent, the parent's policies hold; directly, nobody may see anything.
        execute format('alter table %I enable row level security', partition);
        execute format('alter table %I force row level security', partition);
        made := made + 1;
      exception
        -- The default partition holds rows of that day already: they stay there.
        when check_violation then null;
      end;
    end if;
  end loop;
  return made;
end $$;

revoke all on function make_delivery_partitions from public;
grant execute on function make_delivery_partitions to vestibule_app;
