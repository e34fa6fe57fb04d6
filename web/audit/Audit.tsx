import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { Fragment } from 'react';
import type { AuditRow } from '#security/contract.ts';
import { audit } from '../api.ts';
import { useNow } from '../clock.ts';
import { useZone } from '../session/session.ts';
import { t } from '../texts/t.ts';
import { dayKey, dayName } from '../time.ts';
import { Icon } from '../ui/Icon.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { EmptyState, ErrorState, SkeletonRows } from '../ui/States.tsx';
import './audit.css';
import { AuditFilters } from './AuditFilters.tsx';
import { AuditLine } from './AuditLine.tsx';
import { filterIn, type InAddress } from './audit-words.ts';

/** Who saw or did what. */
export function Audit() {
  const filter = filterIn(useSearch({ strict: false }));
  const navigate = useNavigate();
  const query = useInfiniteQuery({
    queryKey: ['audit', filter],
    queryFn: ({ pageParam, signal }) => audit.page(filter, pageParam, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    // Looking is itself written down: the trail is as it was when it was opened, until it is asked for again.
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  const change = (next: InAddress) => void navigate({ to: '/audit', search: next });
  const isFiltered = filter.who !== undefined || filter.target !== undefined;
  const rows = query.data?.pages.flatMap((page) => page.rows) ?? [];
  return (
    <>
      <PageHeader title={t('nav.audit')} about={t('audit.about')}>
        <Button
          variant="default"
          leftSection={<Icon name="refresh" />}
          loading={query.isRefetching}
          onClick={() => void query.refetch()}
        >
          {t('audit.refresh')}
        </Button>
      </PageHeader>
      <AuditFilters key={`${filter.who} ${filter.target}`} filter={filter} onFilter={change} />
      {query.isPending && <SkeletonRows />}
      {query.isLoadingError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.isSuccess && rows.length === 0 && (
        <EmptyState icon="shield" title={t(isFiltered ? 'audit.none' : 'audit.empty')}>
          {t(isFiltered ? 'audit.noneAbout' : 'audit.emptyAbout')}
        </EmptyState>
      )}
      <Days rows={rows} filter={filter} />
      {query.hasNextPage && (
        <Button
          variant="subtle"
          fullWidth
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t('audit.older')}
        </Button>
      )}
    </>
  );
}

type DaysProps = {
  readonly rows: readonly AuditRow[];
  readonly filter: InAddress;
};

function Days({ rows, filter }: DaysProps) {
  const zone = useZone();
  const now = useNow();
  const days = Map.groupBy(rows, ({ at }) => dayKey(at, zone));
  return [...days].map(([day, ofDay]) => (
    <Fragment key={day}>
      <h2 className="audit-day small">{dayName(ofDay[0]?.at ?? now, now, zone)}</h2>
      <ol>
        {ofDay.map((row) => (
          <AuditLine key={row.seq} row={row} filter={filter} />
        ))}
      </ol>
    </Fragment>
  ));
}
