import { Link, useSearch } from '@tanstack/react-router';
import { t } from '../texts/t.ts';
import { PageHeader } from '../ui/PageHeader.tsx';
import { DeadLetters } from './DeadLetters.tsx';
import { Failed } from './Failed.tsx';
import './messages.css';

const tabs = ['failed', 'dead-letters'] as const;

/** What did not arrive or did not succeed, why, and what to do about it. */
export function Messages() {
  const search: unknown = useSearch({ strict: false });
  const isLetters =
    typeof search === 'object' && search !== null && 'show' in search && search.show === 'dead-letters';
  const tab = isLetters ? 'dead-letters' : 'failed';
  return (
    <>
      <PageHeader title={t('nav.messages')} about={t('messages.about')} />
      <nav className="messages-tabs" aria-label={t('messages.tabs')}>
        {tabs.map((each) => (
          <Link
            key={each}
            to="/messages"
            search={each === 'failed' ? {} : { show: each }}
            data-chosen={each === tab || undefined}
            aria-current={each === tab ? 'page' : undefined}
            // The router compares addresses without their search.
            activeProps={{}}
          >
            {t(`messages.tab.${each}`)}
          </Link>
        ))}
      </nav>
      {isLetters ? <DeadLetters /> : <Failed />}
    </>
  );
}
