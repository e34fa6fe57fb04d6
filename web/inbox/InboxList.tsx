import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useRef } from 'react';
import type { RoutingAnswer, InboxRow as Row } from '#handoff/contract.ts';
import type { InboxFilter } from '../api.ts';
import { useLiveQuery } from '../live.ts';
import { useShortcuts } from '../shell/use-shortcuts.ts';
import { t } from '../texts/t.ts';
import { EmptyState, ErrorState, SkeletonRows } from '../ui/States.tsx';
import { rowsOf } from './filter.ts';
import { InboxRow } from './InboxRow.tsx';
import { inboxKey, inboxPage } from './inbox-query.ts';
import { useKeepPlace } from './use-keep-place.ts';

type Props = {
  readonly filter: InboxFilter;
  readonly openId: string | undefined;
  readonly limits: RoutingAnswer['waitMinutes'] | undefined;
  /** Forget the words of the search. */
  readonly onClear: () => void;
};

/** One queue, page by page, as it is now. */
export function InboxList({ filter, openId, limits, onClear }: Props) {
  const query = useInfiniteQuery({
    queryKey: inboxKey(filter),
    queryFn: ({ pageParam, signal }) => inboxPage(filter, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    // The words of a search are a patient's name: they are forgotten with the list.
    ...(filter.search === undefined ? {} : { gcTime: 0 }),
  });
  useLiveQuery(['inbox'], (event) => event.type === 'conversation');
  if (query.isPending) return <SkeletonRows />;
  if (query.isError) return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  return (
    <Rows
      key={JSON.stringify(filter)}
      name={JSON.stringify(filter)}
      pages={query.data.pages}
      openId={openId}
      limits={limits}
      empty={<NothingHere filter={filter} onClear={onClear} />}
      more={query.hasNextPage ? () => void query.fetchNextPage() : undefined}
      isLoadingMore={query.isFetchingNextPage}
    />
  );
}

function Rows(props: {
  readonly name: string;
  readonly pages: Parameters<typeof rowsOf>[0];
  readonly openId: string | undefined;
  readonly limits: Props['limits'];
  readonly empty: React.ReactNode;
  readonly more: (() => void) | undefined;
  readonly isLoadingMore: boolean;
}) {
  const { pages, openId, more } = props;
  const box = useRef<HTMLDivElement>(null);
  const rows = useMemo(() => rowsOf(pages), [pages]);
  const ids = useMemo(() => rows.map(({ conversationId }) => conversationId), [rows]);
  const { above, toTop } = useKeepPlace(box, props.name, ids);
  useShortcuts({ next: () => step(box.current, 1, openId), previous: () => step(box.current, -1, openId) });
  return (
    <div className="inbox-rows" ref={box}>
      {above > 0 && (
        <div className="inbox-above">
          <Button size="xs" onClick={toTop}>
            {t('inbox.above', { count: above })}
          </Button>
        </div>
      )}
      {rows.length === 0 && props.empty}
      <ul>
        {rows.map((row: Row) => (
          <InboxRow
            key={row.conversationId}
            row={row}
            isOpen={row.conversationId === openId}
            limits={props.limits}
          />
        ))}
      </ul>
      {more && <More onMore={more} isLoading={props.isLoadingMore} />}
    </div>
  );
}

/** Asked for when it comes into sight, or by pressing it. */
function More({ onMore, isLoading }: { readonly onMore: () => void; readonly isLoading: boolean }) {
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (button.current === null || isLoading) return;
    const watch = new IntersectionObserver(
      (entries) => entries.some((each) => each.isIntersecting) && onMore(),
      {
        rootMargin: '400px',
      },
    );
    watch.observe(button.current);
    return () => watch.disconnect();
  }, [onMore, isLoading]);
  return (
    <Button ref={button} variant="subtle" fullWidth loading={isLoading} onClick={onMore}>
      {t('inbox.more')}
    </Button>
  );
}

/** Moves the focus one row on, from the row that has it, else from the one that is open; else to the first in sight. */
function step(box: HTMLElement | null, by: 1 | -1, openId: string | undefined): void {
  const links = [...(box?.querySelectorAll<HTMLElement>('[data-row] a') ?? [])];
  const rowOf = (link: HTMLElement) => link.closest<HTMLElement>('[data-row]')?.dataset.row;
  // Where it is another thing that has the focus, there is none of these.
  const focused = links.findIndex((link) => link.matches(':focus'));
  const from = focused >= 0 ? focused : links.findIndex((link) => rowOf(link) === openId);
  const inSight = links.findIndex((link) => link.offsetTop >= (box?.scrollTop ?? 0));
  const to = from < 0 ? inSight : Math.min(links.length - 1, Math.max(0, from + by));
  links[to]?.focus();
}

function NothingHere({ filter, onClear }: { readonly filter: InboxFilter; readonly onClear: () => void }) {
  if (filter.search !== undefined) {
    return (
      <EmptyState icon="search" title={t('inbox.notFound')}>
        <p>{t('inbox.notFoundAbout')}</p>
        <Button mt="sm" variant="default" onClick={onClear}>
          {t('inbox.clearSearch')}
        </Button>
      </EmptyState>
    );
  }
  if (filter.language !== undefined || filter.reason !== undefined) {
    return (
      <EmptyState icon="filter" title={t('inbox.noneLikeThis')}>
        {t('inbox.noneLikeThisAbout')}
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="inbox" title={t(`inbox.empty.${filter.queue}`)}>
      {t(`inbox.emptyAbout.${filter.queue}`)}
    </EmptyState>
  );
}
