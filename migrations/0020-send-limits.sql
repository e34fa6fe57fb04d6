-- What all processes know together of a sender's limits: tokens that were taken, what a throttle answer taught, a pause; people written
-- to first, and money spent, by slots of some minutes. Holds counts and instants, nothing of anybody.
create table send_limits (
  practice_id text not null,
  scope text not null check (scope in ('account', 'portfolio', 'spend')),
  -- The account, the portfolio; of what the practice spends, the word "practice".
  name text not null,
  state jsonb not null default '{}',
  primary key (practice_id, scope, name)
)
-- Rewritten several times a second while much is sent: in place, where a page has room.
with (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

alter table send_limits enable row level security;
alter table send_limits force row level security;
create policy own_practice on send_limits using (practice_id = current_practice());
grant select, insert, update, delete on send_limits to vestibule_app;

-- How fast we write to one person, and when we last wrote first.
alter table channel_threads add column paced_until timestamptz;
alter table channel_threads add column wrote_first_at timestamptz;

-- When the visit begins that a reminder speaks of.
alter table views_messages add column visit_at timestamptz;

-- Reminders that wait to be sent.
create index views_messages_reminders_waiting on views_messages (practice_id, visit_at)
  where state = 'queued' and purpose = 'reminder';
-- Reminders that a limit kept from being sent.
create index views_messages_reminders_blocked on views_messages (practice_id, visit_at)
  where state = 'blocked' and code in ('DAY_LIMIT', 'SPEND_LIMIT');
