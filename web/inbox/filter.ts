import { type InboxPage, type InboxRow, inboxQueues } from '#handoff/contract.ts';
import type { InboxFilter } from '../api.ts';

/** What of the filter stands in the address: never the words of a search, for they are a patient's name. */
export type FilterInAddress = Pick<InboxFilter, 'queue' | 'language' | 'reason'>;

/** The filter that an address names; what it does not name, or names wrongly, is as if it were not there. */
export function filterIn(search: unknown): FilterInAddress {
  const given: Readonly<Record<string, unknown>> =
    typeof search === 'object' && search !== null ? { ...search } : {};
  const word = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  return {
    queue: inboxQueues.find((queue) => queue === given.queue) ?? 'waiting',
    language: word(given.language),
    reason: word(given.reason),
  };
}

/** The rows of all pages; a row that moved to a later page while they were read is shown once. */
export function rowsOf(pages: readonly InboxPage[]): InboxRow[] {
  const seen = new Map<string, InboxRow>();
  for (const page of pages) {
    for (const row of page.rows) if (!seen.has(row.conversationId)) seen.set(row.conversationId, row);
  }
  return [...seen.values()];
}
