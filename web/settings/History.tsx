import type { ChannelNews } from '#channels/contract.ts';
import { t } from '../texts/t.ts';
import { Icon } from '../ui/Icon.tsx';
import { Time } from '../ui/Time.tsx';
import { newsWords } from './problem-words.ts';

/** What was heard of an account, the latest first; folded until somebody wants it. */
export function History({ history }: { readonly history: readonly ChannelNews[] }) {
  if (history.length === 0) return <p className="account-quiet soft small">{t('channels.quiet')}</p>;
  return (
    <details className="history">
      <summary>
        <span className="history-mark">
          <Icon name="chevron" size={16} />
        </span>
        {t('channels.history', { count: history.length })}
      </summary>
      <ul>
        {history.map((news) => (
          <li key={news.key} className="history-line">
            <span className="soft small history-time">
              <Time at={news.at} />
            </span>
            <span>{newsWords(news)}</span>
          </li>
        ))}
      </ul>
    </details>
  );
}
