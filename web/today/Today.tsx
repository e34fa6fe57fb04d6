import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useSearch } from '@tanstack/react-router';
import { Fragment, useState } from 'react';
import type { AppointmentRow } from '#scheduling/contract.ts';
import { appointments } from '../api.ts';
import { useNow } from '../clock.ts';
import { useLiveQuery } from '../live.ts';
import { Strip } from '../reports/Strip.tsx';
import { useZone } from '../session/session.ts';
import { t } from '../texts/t.ts';
import { clockTime, dayKey } from '../time.ts';
import { Icon } from '../ui/Icon.tsx';
import { PageHeader } from '../ui/PageHeader.tsx';
import { EmptyState, ErrorState, SkeletonRows } from '../ui/States.tsx';
import { attentionOf, inOrder, placeOfNow } from './attention.ts';
import { DaySwitcher } from './DaySwitcher.tsx';
import { dayInAddress, longDay, nameOfDay } from './day.ts';
import './today.css';
import { Visit } from './Visit.tsx';

/** Milliseconds: each look at a day leaves a line in the audit trail, so a busy morning is not asked for with every change. */
const gatherMs = 2_000;

/** The visits of a day, and what of them needs a hand. */
export function Today() {
  const today = dayKey(useNow(), useZone());
  const day = dayInAddress(useSearch({ strict: false })) ?? today;
  const queryKey = ['appointments', day];
  const query = useQuery({ queryKey, queryFn: ({ signal }) => appointments.ofDay(day, signal) });
  useLiveQuery(queryKey, (event) => event.type === 'appointment', gatherMs);
  return (
    <>
      <PageHeader title={nameOfDay(day, today)} about={longDay(day)}>
        <DaySwitcher day={day} today={today} />
      </PageHeader>
      <Strip />
      {query.data !== undefined && (
        <Day key={day} visits={query.data.appointments} isToday={day === today} isPast={day < today} />
      )}
      {query.isPending && <SkeletonRows />}
      {query.isLoadingError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
    </>
  );
}

type DayProps = {
  readonly visits: readonly AppointmentRow[];
  readonly isToday: boolean;
  readonly isPast: boolean;
};

function Day({ visits, isToday, isPast }: DayProps) {
  const now = useNow();
  const [onlyThose, setOnlyThose] = useState(false);
  const all = inOrder(visits);
  const needy = all.filter((visit) => attentionOf(visit, now) !== undefined);
  // What was mended meanwhile takes the filter with it.
  const isFiltered = onlyThose && needy.length > 0;
  const shown = isFiltered ? needy : all;
  if (all.length === 0) {
    return (
      <EmptyState icon="calendar" title={t(isPast ? 'today.emptyPast' : 'today.empty')}>
        {t(isPast ? 'today.emptyPastAbout' : 'today.emptyAbout')}
      </EmptyState>
    );
  }
  const nowAt = isToday && !isFiltered ? placeOfNow(shown, now) : -1;
  return (
    <section aria-label={t('today.visits')}>
      <div className="day-sums">
        <p>{sums(all)}</p>
        {needy.length > 0 && (
          <Button
            size="xs"
            variant={isFiltered ? 'filled' : 'light'}
            color="warn"
            leftSection={<Icon name="flag" />}
            aria-pressed={isFiltered}
            onClick={() => setOnlyThose(!isFiltered)}
          >
            {t('today.needHand', { count: needy.length })}
          </Button>
        )}
      </div>
      <div className="visit visit-heads" aria-hidden="true">
        <span>{t('today.head.time')}</span>
        <span>{t('today.head.patient')}</span>
        <span>{t('today.head.visit')}</span>
        <span>{t('today.head.status')}</span>
        <span>{t('today.head.reminder')}</span>
      </div>
      <ol className="visits">
        {shown.map((visit, place) => (
          <Fragment key={visit.appointmentId}>
            {place === nowAt && <NowLine now={now} />}
            <Visit visit={visit} attention={attentionOf(visit, now)} isOver={Date.parse(visit.end) <= now} />
          </Fragment>
        ))}
        {nowAt === shown.length && <NowLine now={now} />}
      </ol>
    </section>
  );
}

/** "14 visits · 6 confirmed · 1 cancelled" */
function sums(visits: readonly AppointmentRow[]): string {
  const count = (status: AppointmentRow['status']) =>
    visits.filter((visit) => visit.status === status).length;
  const cancelled = count('cancelled');
  const parts = [t('today.count', { count: visits.length - cancelled })];
  if (count('confirmed') > 0) parts.push(t('today.countConfirmed', { count: count('confirmed') }));
  if (cancelled > 0) parts.push(t('today.countCancelled', { count: cancelled }));
  return parts.join(' · ');
}

function NowLine({ now }: { readonly now: number }) {
  return (
    <li className="now-line">
      <span>{t('today.now', { time: clockTime(now, useZone()) })}</span>
    </li>
  );
}
