import type { StoredEvent } from '#kernel/event.ts';
import type { Tx } from '#platform/db/db.ts';
import type { EventStore, View } from '#platform/eventstore/store.ts';
import { type AccountEvent, accountStreamPrefix } from '../events.ts';
import type { News } from '../news.ts';
import type { Noted } from './health.ts';

/** The read table of what was heard of accounts: which news there are, by account and topic. What they say is in the events. */

type StoredAccountEvent = StoredEvent & AccountEvent;

function isAccountEvent(event: StoredEvent): event is StoredAccountEvent {
  return event.stream.startsWith(accountStreamPrefix) && event.type === 'AccountNewsHeard';
}

const keyOf = (stream: string) => stream.slice(accountStreamPrefix.length);

function insertNews(tx: Tx, events: readonly StoredAccountEvent[]): void {
  tx.send(
    `insert into views_account_news (practice_id, news_key, channel, account_id, topic, kind, code, at, heard_at)
     select $1, key, channel, account_id, topic, kind, code, at, heard_at
     from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::timestamptz[])
       as n(key, channel, account_id, topic, kind, code, at, heard_at)`,
    [
      tx.practiceId,
      events.map(({ stream }) => keyOf(stream)),
      events.map(({ data }) => data.channel),
      events.map(({ data }) => data.accountId),
      events.map(({ data }) => data.topic),
      events.map(({ data }) => data.kind),
      events.map(({ data }) => data.code ?? null),
      events.map(({ data }) => data.at),
      events.map(({ at }) => at),
    ],
  );
}

export const accountNewsView: View = {
  name: 'account-news',
  tables: ['views_account_news'],
  async apply(tx, events) {
    const ours = events.filter(isAccountEvent);
    if (ours.length > 0) insertNews(tx, ours);
  },
};

/** Which of these keys are known. */
export async function knownNews(tx: Tx, keys: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await tx.query<{ news_key: string }>(
    'select news_key from views_account_news where practice_id = $1 and news_key = any($2)',
    [tx.practiceId, keys],
  );
  return new Set(rows.map(({ news_key }) => news_key));
}

/** One piece of news, without what is sealed. */
export type NewsRow = {
  readonly key: string;
  readonly channel: string;
  readonly accountId: string;
  readonly topic: string;
  readonly kind: News['kind'];
  readonly code: string | undefined;
  readonly at: string;
  readonly heardAt: string;
};

type Row = {
  news_key: string;
  channel: string;
  account_id: string;
  topic: string;
  kind: string;
  code: string | null;
  at: Date;
  heard_at: Date;
};

function newsRow(row: Row): NewsRow {
  return {
    key: row.news_key,
    channel: row.channel,
    accountId: row.account_id,
    topic: row.topic,
    kind: row.kind as News['kind'], // written from an event of ours
    code: row.code ?? undefined,
    at: row.at.toISOString(),
    heardAt: row.heard_at.toISOString(),
  };
}

/** By key as in `latestNews`: bytes, not the words of a language. */
export const latestNewsSql = `
  select distinct on (channel, account_id, topic) news_key, channel, account_id, topic, kind, code, at, heard_at
  from views_account_news where practice_id = $1
  order by channel, account_id, topic, at desc, news_key collate "C" desc`;

/** The latest news of each topic, of all accounts of the practice. */
export async function latestNewsRows(tx: Tx): Promise<readonly NewsRow[]> {
  return (await tx.query<Row>(latestNewsSql, [tx.practiceId])).map(newsRow);
}

export const newsHistorySql = `
  select news_key, channel, account_id, topic, kind, code, at, heard_at
  from views_account_news where practice_id = $1 and channel = $2 and account_id = $3
  order by at desc, news_key collate "C" desc limit $4`;

/** What was heard of an account, the latest first. */
export async function newsHistory(
  tx: Tx,
  account: { readonly channel: string; readonly accountId: string },
  limit: number,
): Promise<readonly NewsRow[]> {
  const values = [tx.practiceId, account.channel, account.accountId, limit];
  return (await tx.query<Row>(newsHistorySql, values)).map(newsRow);
}

/** What the news say, opened. */
export async function openNews(
  tx: Tx,
  store: Pick<EventStore, 'loadAt'>,
  rows: readonly NewsRow[],
): Promise<readonly (NewsRow & Noted)[]> {
  if (rows.length === 0) return [];
  const places = rows.map(({ key }) => ({ stream: `${accountStreamPrefix}${key}`, version: 1 }));
  const opened = new Map<string, News>();
  for (const event of await store.loadAt(tx, places)) {
    if (isAccountEvent(event) && event.phi !== undefined) opened.set(keyOf(event.stream), event.phi.news);
  }
  return rows.flatMap((row) => {
    const news = opened.get(row.key);
    return news === undefined ? [] : [{ ...row, news }];
  });
}
