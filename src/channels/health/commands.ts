import { createHash } from 'node:crypto';
import type { Tx } from '#platform/db/db.ts';
import type { EventStore } from '#platform/eventstore/store.ts';
import { practiceSubject } from '#security/index.ts';
import { type AccountEvent, accountStreamPrefix } from '../events.ts';
import { codeOf, type News, topicOf } from '../news.ts';
import { knownNews } from './views.ts';

/** Writing down what is heard of accounts. */

export type HeardNews = {
  readonly channel: string;
  readonly accountId: string;
  readonly news: News;
  /** What makes a repeat the same news. Any text: it is hashed with the account. */
  readonly identity: string;
  /** When it was so: the provider's time where it gave one. ISO 8601 in UTC with milliseconds. */
  readonly at: string;
};

function keyOf({ channel, accountId, identity }: HeardNews): string {
  return createHash('sha256').update(`${channel}/${accountId}/${identity}`).digest('base64url');
}

/**
 * Writes down news; what was heard before is left out. One statement where all of it is known, and those of one append where it is not;
 * none where there is nothing.
 * @param now ISO 8601: when it was heard
 * @returns what was new
 * @throws WrongVersion when another process writes the same news at this moment: try again, and it is known
 */
export async function hearNews(
  tx: Tx,
  store: Pick<EventStore, 'append'>,
  heard: readonly HeardNews[],
  now: string,
): Promise<readonly HeardNews[]> {
  if (heard.length === 0) return [];
  const byKey = new Map<string, HeardNews>();
  for (const each of heard) if (!byKey.has(keyOf(each))) byKey.set(keyOf(each), each);
  const known = await knownNews(tx, [...byKey.keys()]);
  // In order, so that two who write the same do not wait for each other in a ring.
  const fresh = [...byKey].filter(([key]) => !known.has(key)).toSorted(([a], [b]) => (a < b ? -1 : 1));
  if (fresh.length === 0) return [];
  await store.append(
    tx,
    fresh.map(([key, each]) => ({
      stream: `${accountStreamPrefix}${key}`,
      expectedVersion: 0,
      subject: practiceSubject,
      facts: [factOf(each)],
    })),
    { at: now, actor: 'system', correlationId: 'account-news', causationId: 'account-news' },
  );
  return fresh.map(([, each]) => each);
}

function factOf({ channel, accountId, news, at }: HeardNews): AccountEvent {
  const code = codeOf(news);
  return {
    type: 'AccountNewsHeard',
    data: {
      channel,
      accountId,
      topic: topicOf(news),
      kind: news.kind,
      ...(code === undefined ? {} : { code }),
      at,
    },
    phi: { news },
  };
}
