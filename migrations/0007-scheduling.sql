-- Equality and overlap in one exclusion constraint. A trusted extension: the owner of the database may create it.
create extension if not exists btree_gist;

-- Slots that we keep or have booked for somebody. The exclusion constraint is what makes it impossible to give one time of a schedule
-- twice, whatever the processes do: whoever inserts second gets nothing.
create table slot_holds (
  practice_id text not null,
  hold_id text not null,
  appointment_id text not null,
  conversation_id text not null,
  schedule_id text not null,
  slot_id text not null,
  during tstzrange not null,
  -- `held` until it is booked or given back; `released` only once the practice system's slot bears no mark of ours.
  state text not null check (state in ('held', 'booked', 'released')),
  -- When the patient's time to confirm is over.
  expires_at timestamptz not null,
  -- When the sweep looks at a held one next: at its end, and again for as long as it could not be given back.
  look_at timestamptz not null,
  -- Counts the steps of booking that were recorded. A step that runs twice is recorded once, so a booking never goes two ways at once.
  progress integer not null default 0,
  primary key (practice_id, hold_id),
  constraint slot_holds_one_per_time
    exclude using gist (practice_id with =, schedule_id with =, during with &&) where (state <> 'released')
);

create index slot_holds_to_look_at on slot_holds (practice_id, look_at) where state = 'held';
create index slot_holds_of_appointment on slot_holds (practice_id, appointment_id) where state <> 'released';

-- Every appointment that somebody asked for, as it stands. Rebuildable from events.
create table views_appointments (
  practice_id text not null,
  appointment_id text not null,
  conversation_id text not null,
  intake_id text not null,
  -- Whose key seals.
  subject text not null,
  visit_type text not null,
  status text not null check (status in ('open', 'held', 'booking', 'booked', 'confirmed', 'cancelled')),
  -- The time that `status` speaks of; null while none is held.
  schedule_id text,
  slot_id text,
  starts_at timestamptz,
  ends_at timestamptz,
  -- scheduleId → name, sealed with the patient's key.
  clinicians bytea,
  pms_appointment_id text,
  pms_patient_id text,
  hold_id text,
  hold_expires_at timestamptz,
  -- Counts the changes of a booked visit, as calendars do.
  sequence integer not null default 0,
  opened_at timestamptz not null,
  changed_at timestamptz not null,
  primary key (practice_id, appointment_id)
);

create index views_appointments_by_start on views_appointments (practice_id, starts_at) where starts_at is not null;
create index views_appointments_by_conversation on views_appointments (practice_id, conversation_id, opened_at);

do $$
declare
  t text;
begin
  foreach t in array array['slot_holds', 'views_appointments'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own_practice on %I using (practice_id = current_practice())', t);
    execute format('grant select, insert, update, delete on %I to vestibule_app', t);
  end loop;
end $$;
