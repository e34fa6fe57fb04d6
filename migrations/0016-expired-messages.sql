-- When the provider gives up delivering what was sent: it tells nobody.
alter table views_messages add column expires_at timestamptz;

-- What an older release sent lives for 30 days. Policies are forced on the owner too, who is no practice.
alter table views_messages no force row level security;
update views_messages set expires_at = queued_at + interval '720 hours'
  where state = 'accepted' and (status is null or status = 'sent');
alter table views_messages force row level security;

-- What is on its way: the next that expires is the first. Normally short, for most things arrive within seconds.
create index views_messages_underway on views_messages (practice_id, expires_at, message_id)
  where state = 'accepted' and (status is null or status = 'sent');

-- What expired did not arrive either.
create index views_messages_lost on views_messages (practice_id, changed_at, message_id)
  where state in ('rejected', 'blocked', 'unresolved', 'expired') or status = 'failed';

drop index views_messages_not_arrived;
