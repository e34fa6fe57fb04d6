import { Button, Skeleton } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { DayFigures, Figure, FiguresAnswer } from '#analytics/contract.ts';
import { useAllowed } from '../session/session.ts';
import { t } from '../texts/t.ts';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { Alarms } from './Alarms.tsx';
import { useFigures } from './figures-query.ts';
import './strip.css';

/** Where the practice stands today, in four numbers; what waits leads to where it is done. */
export function Strip() {
  const allowed = useAllowed();
  return allowed('ReadFigures') ? <Figures /> : null;
}

function Figures() {
  const query = useFigures();
  if (query.data === undefined && query.isError) {
    return (
      <p className="strip-error small" role="alert">
        <Icon name="warning" size={16} /> {t('strip.error')}
        <Button size="compact-xs" variant="default" onClick={() => void query.refetch()}>
          {t('state.retry')}
        </Button>
      </p>
    );
  }
  return (
    <>
      {query.data !== undefined && <Alarms now={query.data.now} />}
      <ul className="strip" aria-label={t('strip.label')} aria-busy={query.isPending || undefined}>
        <Tiles answer={query.data} />
      </ul>
    </>
  );
}

function Tiles({ answer }: { readonly answer: FiguresAnswer | undefined }) {
  const allowed = useAllowed();
  const today: DayFigures | undefined = answer?.days.at(-1);
  const of = (figure: Figure) => (today === undefined ? undefined : (today.figures[figure] ?? 0));
  const waiting = answer?.now.waiting;
  const failed = answer?.now.failed;
  const letters = answer?.now.deadLetters ?? 0;
  return (
    <>
      <Tile
        number={of('intakes-finished')}
        words={t('strip.intakes', { count: of('intakes-finished') ?? 0 })}
        detail={t('strip.started', { count: of('intakes-started') ?? 0 })}
      />
      <Tile
        number={of('bookings')}
        words={t('strip.bookings', { count: of('bookings') ?? 0 })}
        detail={t('strip.confirmed', { count: of('confirmations') ?? 0 })}
      />
      <Tile
        number={waiting}
        words={t('strip.waiting', { count: waiting ?? 0 })}
        detail={t(waiting === 0 ? 'strip.waitingNone' : 'strip.waitingDetail')}
        {...(allowed('ReadInbox') ? { to: '/inbox' } : {})}
        {...(waiting ? { tone: 'warn', icon: 'clock' } : {})}
      />
      <Tile
        number={failed}
        words={t('strip.failed', { count: failed ?? 0 })}
        detail={letters > 0 ? t('strip.letters', { count: letters }) : t('strip.lettersNone')}
        {...(allowed('ReadFailures') ? { to: '/messages' } : {})}
        {...(failed ? { tone: 'danger', icon: 'warning' } : {})}
      />
    </>
  );
}

type TileProps = {
  /** Undefined while it is asked for. */
  readonly number: number | undefined;
  readonly words: string;
  readonly detail: string;
  readonly to?: '/inbox' | '/messages';
  readonly tone?: 'warn' | 'danger';
  readonly icon?: IconName;
};

function Tile({ number, words, detail, to, tone, icon }: TileProps) {
  const content: ReactNode =
    number === undefined ? (
      <span className="strip-words">
        <span className="visually-hidden">{t('state.loading')}</span>
        <Skeleton height={14} width="8rem" />
        <Skeleton height={10} width="5rem" mt={8} />
      </span>
    ) : (
      <>
        <span className="strip-number">{number}</span>
        <span className="strip-words">
          <span className="strip-what">
            {words}
            {icon && <Icon name={icon} size={16} />}
          </span>{' '}
          <span className="small soft">{detail}</span>
        </span>
      </>
    );
  return (
    <li className="strip-tile" data-tone={tone}>
      {to === undefined ? (
        <div className="strip-in">{content}</div>
      ) : (
        <Link to={to} className="strip-in">
          {content}
        </Link>
      )}
    </li>
  );
}
