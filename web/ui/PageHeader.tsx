import { useDocumentTitle } from '@mantine/hooks';
import type { ReactNode } from 'react';
import { t } from '../texts/t.ts';
import './parts.css';

type Props = {
  readonly title: string;
  /** A sentence below the title. */
  readonly about?: ReactNode;
  /** Controls at the other end. */
  readonly children?: ReactNode;
};

/** The head of a screen. Its title is also the browser's, and where the focus goes after a change of screen. */
export function PageHeader({ title, about, children }: Props) {
  useDocumentTitle(t('app.title', { screen: title }));
  return (
    <header className="page-header">
      <div className="page-header-words">
        <h1 tabIndex={-1} data-screen-title>
          {title}
        </h1>
        {about !== undefined && <p className="soft small">{about}</p>}
      </div>
      {children !== undefined && <div className="page-header-controls">{children}</div>}
    </header>
  );
}
