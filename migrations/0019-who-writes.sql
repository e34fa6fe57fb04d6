-- At which of its addresses a conversation is answered, and from when until when each was the user's.
alter table conversation_addresses
  -- The one of its kind that the provider gave last. The others only find.
  add column answers boolean not null default true,
  -- The provider's times. Rows of earlier releases: always.
  add column since timestamptz not null default 'epoch',
  add column until timestamptz;

-- Where the same person is reached now, who was not known to be the same when that conversation began.
alter table channel_threads add column continued_in text;

create index channel_threads_continued on channel_threads (practice_id, continued_in) where continued_in is not null;
