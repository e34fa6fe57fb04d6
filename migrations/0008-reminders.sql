-- The reminders of visits: which are to come, and what became of them. Rebuildable from events.
create table views_reminders (
  practice_id text not null,
  appointment_id text not null,
  -- A visit that was moved has its reminders anew.
  starts_at timestamptz not null,
  reminder_id text not null,
  conversation_id text not null,
  -- The visit stands at `starts_at` now.
  is_current boolean not null,
  state text not null check (state in ('due', 'sent', 'skipped')),
  due_at timestamptz not null,
  -- When it is looked at next: when it is due, or later where it was put off.
  look_at timestamptz not null,
  -- Why it was skipped, or put off last.
  why text,
  message_id text,
  changed_at timestamptz not null,
  primary key (practice_id, appointment_id, starts_at, reminder_id)
);

create index views_reminders_to_look_at on views_reminders (practice_id, look_at) where state = 'due';

alter table views_reminders enable row level security;
alter table views_reminders force row level security;
create policy own_practice on views_reminders using (practice_id = current_practice());
grant select, insert, update, delete on views_reminders to vestibule_app;

-- A conversation's messages, newest first.
create index views_messages_of_conversation on views_messages (practice_id, conversation_id, position);

-- What did not arrive, for staff, newest first.
create index views_messages_failed on views_messages (practice_id, changed_at, message_id)
  where state in ('rejected', 'blocked') or status = 'failed';
