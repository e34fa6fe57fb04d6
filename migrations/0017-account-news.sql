-- What was heard of channel accounts: from their providers, and by ourselves. What it says is sealed in the events. Rebuildable.
create table views_account_news (
  practice_id text not null,
  -- Hash of the account and of what makes a repeat the same news.
  news_key text not null,
  channel text not null,
  account_id text not null,
  -- The latest of a topic holds.
  topic text not null,
  kind text not null,
  -- A name of ours or a word of the provider's.
  code text,
  -- The provider's time, where it gave one.
  at timestamptz not null,
  heard_at timestamptz not null,
  primary key (practice_id, news_key)
);

create index views_account_news_of on views_account_news (practice_id, channel, account_id, at desc);

alter table views_account_news enable row level security;
alter table views_account_news force row level security;
create policy own_practice on views_account_news using (practice_id = current_practice());
grant select, insert, update, delete on views_account_news to vestibule_app;
