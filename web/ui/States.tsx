import { Button, Skeleton } from '@mantine/core';
import type { ReactNode } from 'react';
import { codeOf } from '../request.ts';
import { t, tCode } from '../texts/t.ts';
import { Icon, type IconName } from './Icon.tsx';
import './parts.css';

/** Nothing is here: what the place is for, and what to do next. */
export function EmptyState(props: {
  readonly icon: IconName;
  readonly title: string;
  readonly children?: ReactNode;
}) {
  return (
    <div className="state">
      <span className="state-icon">
        <Icon name={props.icon} size={28} />
      </span>
      <p className="state-title">{props.title}</p>
      {props.children !== undefined && <div className="state-words">{props.children}</div>}
    </div>
  );
}

/** It did not work: why, in words, and another try. */
export function ErrorState({ error, onRetry }: { readonly error: unknown; readonly onRetry?: () => void }) {
  return (
    <div className="state" role="alert">
      <span className="state-icon state-icon-danger">
        <Icon name="warning" size={28} />
      </span>
      <p className="state-title">{t('state.error')}</p>
      <p className="state-words">{errorWords(error)}</p>
      {onRetry && (
        <Button variant="default" onClick={onRetry}>
          {t('state.retry')}
        </Button>
      )}
    </div>
  );
}

/** What to tell about whatever was thrown. */
export function errorWords(error: unknown): string {
  return tCode('error', codeOf(error));
}

/** The shape of a list while it loads. */
export function SkeletonRows({ rows = 8 }: { readonly rows?: number }) {
  return (
    <div aria-busy="true" className="skeleton-rows">
      <span className="visually-hidden">{t('state.loading')}</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all alike, and never move
        <div key={row} className="skeleton-row">
          <Skeleton height={12} width={`${38 + ((row * 17) % 30)}%`} />
          <Skeleton height={10} width={`${55 + ((row * 23) % 35)}%`} />
        </div>
      ))}
    </div>
  );
}
