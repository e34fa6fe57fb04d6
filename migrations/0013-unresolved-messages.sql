-- A message of which nobody knows what became is reported as well.
create index views_messages_not_arrived on views_messages (practice_id, changed_at, message_id)
  where state in ('rejected', 'blocked', 'unresolved') or status = 'failed';

drop index views_messages_failed;
