-- The staff's list of conversations: one row each, folded from their facts. Holds no patient data: the name is where
-- `name_stream` and `name_version` point, in a sealed event. Rebuildable from events.
create table views_inbox (
  practice_id text not null,
  conversation_id text not null,
  -- `bot`: the assistant has it. `resolved` until it is handed over again.
  state text not null check (state in ('bot', 'waiting', 'taken', 'resolved')),
  language text,
  reason text,
  -- 0 before 1.
  priority smallint,
  assignee text,
  lease_until timestamptz,
  -- Since when the patient waits for a person's word; null while it is the patient's turn.
  waiting_since timestamptz,
  -- Of the patient's or the practice's last message.
  last_at timestamptz not null,
  unread integer not null,
  intake_id text,
  name_link_id text,
  name_stream text,
  name_version integer,
  primary key (practice_id, conversation_id)
);

-- Each queue's first page is the beginning of one of these. A conversation whose lease has lapsed waits as well, so
-- those that are taken stand among the waiting.
create index views_inbox_open
  on views_inbox (practice_id, priority, (coalesce(waiting_since, last_at)), conversation_id)
  where state in ('waiting', 'taken');
create index views_inbox_mine on views_inbox (practice_id, assignee, last_at, conversation_id)
  where state = 'taken';
create index views_inbox_all on views_inbox (practice_id, last_at, conversation_id);
create index views_inbox_resolved on views_inbox (practice_id, last_at, conversation_id)
  where state = 'resolved';
create index views_inbox_by_intake on views_inbox (practice_id, intake_id) where intake_id is not null;

-- Words of the patients' names as HMACs: a whole word finds its conversations, and no name stands in the clear.
create table views_inbox_words (
  practice_id text not null,
  word bytea not null,
  conversation_id text not null,
  primary key (practice_id, word, conversation_id)
);

create index views_inbox_words_of on views_inbox_words (practice_id, conversation_id);

do $$
declare
  t text;
begin
  foreach t in array array['views_inbox', 'views_inbox_words'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format('create policy own_practice on %I using (practice_id = current_practice())', t);
    execute format('grant select, insert, update, delete on %I to vestibule_app', t);
  end loop;
end $$;

-- A number finds its conversation whichever account it wrote to.
create index conversation_addresses_by_hash on conversation_addresses (practice_id, address_hash);

-- What a patient wrote, page by page, newest first.
create index mailbox_messages on mailbox (practice_id, mailbox_id, sent_at, seq) where kind = 'message';
