import { type Accounts, type HeardNews, hearNews, latestNewsRows } from '#channels/index.ts';
import { type LimitsChange, learnLimits } from '#messages/index.ts';
import { type Clock, isoNow } from '#platform/clock.ts';
import type { Tx } from '#platform/db/db.ts';
import type { EventStore } from '#platform/eventstore/store.ts';

export type NewsDeps = {
  readonly store: Pick<EventStore, 'append'>;
  readonly accounts: Accounts;
  readonly clock: Clock;
};

/**
 * Writes down what was heard of accounts. Where a provider changed what an account may send, the next message of any process goes by it:
 * unless it is older than what was known. Last in its transaction, so that nothing is waited for while rows of limits are locked.
 */
export async function takeNews(tx: Tx, deps: NewsDeps, heard: readonly HeardNews[]): Promise<void> {
  const changes = (await hearNews(tx, deps.store, heard, isoNow(deps.clock))).flatMap((each) => {
    const change = changeOf(each);
    return change === undefined ? [] : [{ ...each, change }];
  });
  if (changes.length === 0) return;
  const latest = new Set((await latestNewsRows(tx)).map(momentOf));
  for (const { change, ...each } of changes) {
    const account = deps.accounts.find(each.channel, each.accountId);
    if (account !== undefined && latest.has(momentOf({ ...each, kind: each.news.kind })))
      await learnLimits(tx, account, change);
  }
}

const momentOf = (of: {
  readonly channel: string;
  readonly accountId: string;
  readonly kind: string;
  readonly at: string;
}) => [of.channel, of.accountId, of.kind, of.at].join('/');

function changeOf({ news }: HeardNews): LimitsChange | undefined {
  if (news.kind === 'quality') return { quality: news.quality };
  if (news.kind !== 'limit') return undefined;
  const { dailyRecipients, perSecond } = news;
  if (dailyRecipients === undefined && perSecond === undefined) return undefined;
  return {
    ...(dailyRecipients === undefined
      ? {}
      : { dailyRecipients: dailyRecipients === 'none' ? 'unlimited' : dailyRecipients }),
    ...(perSecond === undefined ? {} : { perSecond }),
  };
}
