-- A subject's key may be wrapped with a share besides, which the key provider keeps outside of the database. A destroyed
-- key leaves its row: a key that is gone is not made anew.
alter table patient_keys
  -- The key provider's tree that the share comes from; null where the practice's key alone wraps.
  add column share text,
  add column destroyed_at timestamptz;

-- Whose key sealed the address: the conversation's own; `practice` in rows of earlier releases.
alter table conversation_addresses add column subject text not null default 'practice';

-- What an erasure and the retention take away.
grant delete on mailbox, staff_sessions, enrolments to vestibule_app;
grant delete on webhook_deliveries to vestibule_app;
create policy own_practice_removes on webhook_deliveries for delete to vestibule_app
  using (practice_id = current_practice());

-- Drops the raw deliveries of one day that is over, of all practices; false where that day has no partition. Runs with the owner's
-- rights, as the making of partitions does. It waits a moment only for its lock: whoever waits longer holds up every delivery
-- that comes in meanwhile, so it fails instead and is tried again later. Which days are over is said by the program, whose clock
-- it was that named them.
create function drop_delivery_partition(over date) returns boolean
  language plpgsql security definer set search_path = public set lock_timeout = '500ms'
as $$
declare
  partition text := 'webhook_deliveries_' || to_char(over, 'YYYYMMDD');
begin
  if to_regclass(partition) is null then
    return false;
  end if;
  execute format('drop table %I', partition);
  return true;
end $$;

revoke all on function drop_delivery_partition from public;
grant execute on function drop_delivery_partition to vestibule_app;
