import { Skeleton } from '@mantine/core';
import type { DayFigures, Duration, Figure } from '#analytics/contract.ts';
import { t } from '../texts/t.ts';
import { chartDay } from '../time.ts';
import { PageHeader } from '../ui/PageHeader.tsx';
import { EmptyState, ErrorState } from '../ui/States.tsx';
import { BarChart, type Fill, type Series } from './BarChart.tsx';
import { reportDays, useFigures } from './figures-query.ts';
import './reports.css';
import { Strip } from './Strip.tsx';
import { average, averages, inHundred, series, spanTop, spanWords, total } from './sums.ts';

/** How the practice did lately: few pictures, each with what it says in words. */
export function Reports() {
  const query = useFigures();
  return (
    <>
      <PageHeader title={t('nav.reports')} about={t('reports.about', { count: reportDays })} />
      <Strip />
      {query.data !== undefined && <Pictures days={query.data.days} />}
      {query.isPending && <Loading />}
      {query.isLoadingError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
    </>
  );
}

function Loading() {
  return (
    <div className="charts" aria-busy="true">
      <span className="visually-hidden">{t('state.loading')}</span>
      {[1, 2, 3, 4].map((each) => (
        <div key={each} className="chart">
          <Skeleton height={14} width="40%" />
          <Skeleton height={10} width="70%" mt={12} />
          <Skeleton height={138} mt={20} />
        </div>
      ))}
    </div>
  );
}

const timed: readonly Duration[] = ['time-to-intake', 'time-to-booking', 'response-time'];

function Pictures({ days }: { readonly days: readonly DayFigures[] }) {
  const hasAny = days.some(({ figures }) => Object.values(figures).some((count) => count > 0));
  if (!hasAny) {
    return (
      <EmptyState icon="chart" title={t('reports.empty')}>
        {t('reports.emptyAbout')}
      </EmptyState>
    );
  }
  return (
    <>
      <div className="charts">
        <Counts
          days={days}
          of="intakes"
          figures={[
            ['intakes-started', 'hollow'],
            ['intakes-finished', 'full'],
          ]}
        />
        <Counts
          days={days}
          of="visits"
          figures={[
            ['bookings', 'full'],
            ['moves', 'hollow'],
            ['cancellations', 'hatched'],
          ]}
        />
        <Counts
          days={days}
          of="reminders"
          figures={[
            ['reminders', 'hollow'],
            ['confirmations', 'full'],
          ]}
        />
        <Counts
          days={days}
          of="handoffs"
          figures={[
            ['handoffs', 'hollow'],
            ['handoffs-resolved', 'full'],
          ]}
        />
      </div>
      <h2 className="charts-heading">{t('reports.times')}</h2>
      <div className="charts charts-three">
        {timed.map((duration) => (
          <Times key={duration} days={days} duration={duration} />
        ))}
      </div>
    </>
  );
}

const dayNames = (days: readonly DayFigures[]): string[] => days.map(({ day }) => chartDay(day));

type CountsProps = {
  readonly days: readonly DayFigures[];
  readonly of: 'intakes' | 'visits' | 'reminders' | 'handoffs';
  readonly figures: readonly (readonly [Exclude<Figure, `messages-${string}`>, Fill])[];
};

function Counts({ days, of, figures }: CountsProps) {
  const [first = 0, second = 0, third = 0] = figures.map(([figure]) => total(days, figure));
  const share = of === 'intakes' ? inHundred(second, first) : undefined;
  const says = t(`reports.says.${of}`, { first, second, third });
  const bars: Series[] = figures.map(([figure, fill]) => ({
    label: t(`reports.figure.${figure}`),
    fill,
    values: series(days, figure),
  }));
  return (
    <BarChart
      title={t(`reports.title.${of}`)}
      says={share === undefined ? says : `${says} ${t('reports.share', { share })}`}
      days={dayNames(days)}
      series={bars}
    />
  );
}

function Times({ days, duration }: { readonly days: readonly DayFigures[]; readonly duration: Duration }) {
  const { count, seconds } = average(days, duration);
  const says =
    seconds === undefined
      ? t('reports.noTimes')
      : t(`reports.says.${duration}`, { time: spanWords(seconds), count });
  return (
    <BarChart
      title={t(`reports.title.${duration}`)}
      says={says}
      days={dayNames(days)}
      series={[{ label: t('reports.average'), fill: 'full', values: averages(days, duration) }]}
      say={spanWords}
      topOf={spanTop}
    />
  );
}
