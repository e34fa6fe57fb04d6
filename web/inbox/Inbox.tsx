import { useDebouncedValue, useDocumentTitle } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { Outlet, useParams, useSearch } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { t } from '../texts/t.ts';
import { EmptyState } from '../ui/States.tsx';
import { Filters } from './Filters.tsx';
import { filterIn } from './filter.ts';
import { InboxList } from './InboxList.tsx';
import './inbox.css';
import { Queues } from './Queues.tsx';
import { routingQuery } from './routing-query.ts';

/** Milliseconds without a keystroke before the server is asked. */
const typingMs = 300;

/** The conversations that need a person, and the one that is open beside them. */
export function Inbox() {
  useDocumentTitle(t('app.title', { screen: t('nav.inbox') }));
  const { conversationId } = useParams({ strict: false });
  const inAddress = filterIn(useSearch({ strict: false }));
  const [text, setText] = useState('');
  const [search] = useDebouncedValue(text.trim(), typingMs);
  const { data: routing } = useQuery(routingQuery);
  const filter = { ...inAddress, search: search === '' ? undefined : search };
  useEffect(() => {
    // A conversation is opened next: its code is here before the click. One that does not come now comes with the click.
    import('../conversation/Conversation.tsx').catch(() => undefined);
  }, []);
  return (
    <div className="inbox" data-open={conversationId !== undefined || undefined}>
      <section className="inbox-side" aria-label={t('inbox.label')}>
        <h1 className="visually-hidden" tabIndex={-1} data-screen-title>
          {t('nav.inbox')}
        </h1>
        <Queues queue={filter.queue} />
        <Filters text={text} onText={setText} filter={inAddress} routing={routing} />
        <InboxList
          filter={filter}
          openId={conversationId}
          limits={routing?.waitMinutes}
          onClear={() => setText('')}
        />
      </section>
      {conversationId === undefined ? (
        <div className="inbox-nothing">
          <EmptyState icon="message" title={t('inbox.choose')}>
            {t('inbox.chooseAbout')}
          </EmptyState>
        </div>
      ) : (
        // Each conversation starts afresh; its draft is kept elsewhere.
        <Outlet key={conversationId} />
      )}
    </div>
  );
}
