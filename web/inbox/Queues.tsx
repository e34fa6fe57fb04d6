import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { inboxQueues } from '#handoff/contract.ts';
import type { InboxFilter } from '../api.ts';
import { t } from '../texts/t.ts';
import { countsKey, inboxCounts } from './inbox-query.ts';

/** Mine, waiting, all, resolved: with how many need somebody. */
export function Queues({ queue }: { readonly queue: InboxFilter['queue'] }) {
  // Comes with every page of the list.
  const { data: counts } = useQuery({
    queryKey: countsKey,
    queryFn: ({ signal }) => inboxCounts(signal),
    enabled: false,
  });
  const countOf = { mine: counts?.mine, waiting: counts?.waiting, all: undefined, resolved: undefined };
  return (
    <nav className="queues" aria-label={t('inbox.queues')}>
      {inboxQueues.map((each) => (
        <Link
          key={each}
          to="/inbox"
          search={(before: Record<string, unknown>) => ({ ...before, queue: each })}
          className="queues-link"
          data-chosen={each === queue || undefined}
          aria-current={each === queue ? 'page' : undefined}
          // The router compares addresses without their search.
          activeProps={{}}
        >
          {t(`inbox.queue.${each}`)}
          {countOf[each] !== undefined && countOf[each] > 0 && (
            <span className="queues-count">{countOf[each]}</span>
          )}
        </Link>
      ))}
    </nav>
  );
}
