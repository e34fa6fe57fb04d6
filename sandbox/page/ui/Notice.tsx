import type { ReactNode } from 'react';
import { Icon, type IconName } from './Icon.tsx';
import './notice.css';

/** What a pane says when it has nothing to show: what this place is for, and what to do next. */
export function EmptyNotice(props: {
  readonly icon: IconName;
  readonly title: ReactNode;
  readonly children: ReactNode;
}) {
  return (
    <div className="notice">
      <span className="notice-icon">
        <Icon name={props.icon} />
      </span>
      <p className="notice-title">{props.title}</p>
      <div className="notice-text">{props.children}</div>
    </div>
  );
}

/** A failed load. What was there before stays on the screen; this says so, and offers to try again. */
export function ErrorNotice(props: {
  readonly what: string;
  readonly why: string;
  readonly onRetry: () => void;
}) {
  return (
    <div className="notice-error" role="alert">
      <Icon name="warning" />
      <p>
        <strong>{props.what}</strong> {props.why}
      </p>
      <button type="button" className="button" onClick={props.onRetry}>
        Try again
      </button>
    </div>
  );
}

/** Grey lines where content is about to be. */
export function Skeleton({ label, lines = 5 }: { readonly label: string; readonly lines?: number }) {
  return (
    <div className="skeleton" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, line) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the lines are all alike and never move
        <span key={line} />
      ))}
    </div>
  );
}
