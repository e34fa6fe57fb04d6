import type { ReactNode } from 'react';
import './parts.css';

type Props = {
  /** What the row is about: a name. */
  readonly title: ReactNode;
  /** A second, softer line. */
  readonly detail?: ReactNode;
  /** At the end of the first line: a time, a count. */
  readonly aside?: ReactNode;
  /** At the end of the second line. */
  readonly asideDetail?: ReactNode;
  readonly strong?: boolean;
};

/** Two lines of 44 to 56 px; the caller makes it a link, a button or a plain item. */
export function ListRow({ title, detail, aside, asideDetail, strong = false }: Props) {
  return (
    <span className="list-row" data-strong={strong || undefined}>
      <span className="list-row-line">
        <span className="list-row-title">{title}</span>
        {aside !== undefined && <span className="list-row-aside">{aside}</span>}
      </span>
      <span className="list-row-line">
        <span className="list-row-detail">{detail}</span>
        {asideDetail !== undefined && <span className="list-row-aside">{asideDetail}</span>}
      </span>
    </span>
  );
}
