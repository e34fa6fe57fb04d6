-- The figures per day of the practice's zone: how often something happened, and for durations the sum of their seconds.
-- Written by a reader of the events, in commit order; emptied and read again when the figures are rebuilt.
create table views_figures (
  practice_id text not null,
  day date not null,
  name text not null,
  count bigint not null default 0,
  seconds double precision not null default 0,
  primary key (practice_id, day, name)
);

-- When something began whose end will be a duration: an intake, a visit that is sought, a wait for staff.
create table views_figure_beginnings (
  practice_id text not null,
  what text not null,
  id text not null,
  at timestamptz not null,
  primary key (practice_id, what, id)
);

do $$
declare
  t text;
begin
  foreach t in array array['views_figures', 'views_figure_beginnings'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own_practice on %I using (practice_id = current_practice())', t);
    execute format('grant select, insert, update, delete on %I to vestibule_app', t);
  end loop;
end $$;
