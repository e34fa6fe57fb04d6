import { useQuery } from '@tanstack/react-query';
import { channels } from '../api.ts';
import { happenedAt } from '../clock.ts';
import { useLiveQuery } from '../live.ts';
import { t } from '../texts/t.ts';
import { PageHeader } from '../ui/PageHeader.tsx';
import { EmptyState, ErrorState, SkeletonRows } from '../ui/States.tsx';
import { Account } from './Account.tsx';
import './settings.css';

const channelsKey = ['channels'] as const;

/** Milliseconds: every message moves the time of the last one, and nobody reads that fast. */
const gatherMs = 5_000;

/** What the practice is connected with: its channel accounts, how they are, and what to do. */
export function Settings() {
  return (
    <>
      <PageHeader title={t('nav.settings')} about={t('settings.about')} />
      <Channels />
    </>
  );
}

function Channels() {
  const query = useQuery({
    queryKey: channelsKey,
    queryFn: async ({ signal }) => {
      const answer = await channels.list(signal);
      happenedAt(answer.now);
      return answer;
    },
    // What happened while the screen was not shown was not heard of.
    staleTime: 0,
  });
  useLiveQuery(channelsKey, ({ type }) => type === 'channels');
  useLiveQuery(channelsKey, ({ type }) => type === 'figures', gatherMs, 2);
  const accounts = query.data?.accounts ?? [];
  return (
    <section className="settings" aria-labelledby="channels-title">
      <div className="settings-head">
        <h2 id="channels-title">{t('channels.title')}</h2>
        {accounts.length > 0 && <p className="soft small">{t('channels.about')}</p>}
      </div>
      {query.isPending && <SkeletonRows rows={3} />}
      {query.isLoadingError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data !== undefined && accounts.length === 0 && (
        <EmptyState icon="message" title={t('channels.empty')}>
          {t('channels.emptyAbout')}
        </EmptyState>
      )}
      {accounts.map((account) => (
        <Account key={`${account.channel}/${account.accountId}`} account={account} />
      ))}
    </section>
  );
}
