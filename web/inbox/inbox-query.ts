import type { InboxPage } from '#handoff/contract.ts';
import { type InboxFilter, inbox } from '../api.ts';
import { happenedAt } from '../clock.ts';
import { queryClient } from '../query-client.ts';

/** The numbers beside "Inbox" and on the queues. */
export const countsKey = ['inbox-counts'] as const;

export const inboxKey = (filter: InboxFilter) => ['inbox', filter] as const;

export async function inboxCounts(signal?: AbortSignal): Promise<InboxPage['counts']> {
  const { counts } = await inbox.page({ queue: 'waiting' }, undefined, signal);
  return counts;
}

/** One page of a queue; its numbers are news for the navigation too. */
export async function inboxPage(
  filter: InboxFilter,
  after: string | undefined,
  signal?: AbortSignal,
): Promise<InboxPage> {
  const page = await inbox.page(filter, after, signal);
  queryClient.setQueryData(countsKey, page.counts);
  for (const { lastAt } of page.rows) happenedAt(lastAt);
  return page;
}
