-- The program connects as the owner of the tables and at once takes one of these roles, which own nothing:
-- row security then applies to every statement. `vestibule_app` reads and writes the rows of the practice that
-- the transaction names; `vestibule_ingest` may only add raw deliveries, whose batches span practices.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['vestibule_app', 'vestibule_ingest'] loop
    begin
      execute format('create role %I nologin', wanted);
    exception
      -- Another database of this cluster, or a racing process, made it first.
      when duplicate_object or unique_violation then null;
    end;
    execute format('grant %I to %I', wanted, current_user);
  end loop;
end $$;

grant usage on schema public to vestibule_app, vestibule_ingest;

-- The practice that the current transaction works for; null (no rows) where none was named.
create function current_practice() returns text
  language sql stable parallel safe
  return nullif(current_setting('vestibule.practice_id', true), '');
