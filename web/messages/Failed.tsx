import { Button } from '@mantine/core';
import { useInfiniteQuery, useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FailedPage, underwayHours } from '#messages/contract.ts';
import { failures } from '../api.ts';
import { useLiveQuery } from '../live.ts';
import { useAllowed } from '../session/session.ts';
import { t, tCode } from '../texts/t.ts';
import { Icon } from '../ui/Icon.tsx';
import { PatientWord } from '../ui/PatientText.tsx';
import { EmptyState, ErrorState, errorWords, SkeletonRows } from '../ui/States.tsx';
import { Time } from '../ui/Time.tsx';
import { failureKindOf } from './failure-kind.ts';

const queryKey = ['failed-messages'] as const;

type FailedMessage = FailedPage['messages'][number];

/** Messages that did not arrive. */
export function Failed() {
  const query = useInfiniteQuery({
    queryKey,
    queryFn: ({ pageParam, signal }) => failures.messages(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  useLiveQuery(queryKey, (event) => event.type === 'failures');
  if (query.data === undefined) {
    if (query.isPending) return <SkeletonRows />;
    return <ErrorState error={query.error} onRetry={() => void query.refetch()} />;
  }
  const messages = query.data.pages.flatMap((page) => page.messages);
  const underway = query.data.pages[0]?.underway ?? 0;
  if (messages.length === 0) {
    return (
      <>
        <Underway count={underway} />
        <EmptyState icon="check" title={t('messages.empty')}>
          {t('messages.emptyAbout')}
        </EmptyState>
      </>
    );
  }
  return (
    <>
      <Underway count={underway} />
      <ul className="failures">
        {messages.map((message) => (
          <Failure key={message.messageId} message={message} />
        ))}
      </ul>
      {query.hasNextPage && (
        <Button
          variant="subtle"
          fullWidth
          loading={query.isFetchingNextPage}
          onClick={() => void query.fetchNextPage()}
        >
          {t('messages.more')}
        </Button>
      )}
    </>
  );
}

/** What was taken long ago and has not arrived yet; it may still. */
function Underway({ count }: { readonly count: number }) {
  if (count === 0) return null;
  return <p className="soft">{t('messages.underway', { count, hours: underwayHours })}</p>;
}

function Failure({ message }: { readonly message: FailedMessage }) {
  const { code, name, conversationId } = message;
  const allowed = useAllowed();
  const mayOpen = allowed('ReadConversation');
  const kind = failureKindOf(message);
  const who = name === '' ? t('today.noName') : <PatientWord text={name} />;
  return (
    <li className="failure" data-testid="failed-message">
      <p className="failure-head">
        {mayOpen ? (
          <Link className="failure-who" to="/inbox/$conversationId" params={{ conversationId }}>
            {who}
          </Link>
        ) : (
          <span className="failure-who">{who}</span>
        )}
        <span className="soft">{tCode('purpose', message.purpose)}</span>
      </p>
      <p className="failure-when soft small">
        <Time at={message.changedAt} />
      </p>
      <p className="failure-why">
        <Icon name="warning" size={16} /> {t(`failure.${kind}`)}
        {code !== null && <code title={t('messages.code')}>{code}</code>}
      </p>
      <p className="failure-do soft">{t(`failureDo.${kind}`)}</p>
      {message.state === 'unresolved' && allowed('RedriveDeadLetters') && (
        <SendAgain messageId={message.messageId} />
      )}
    </li>
  );
}

/** Another try for a message in doubt: a person's decision. What was found out meanwhile is said, and ends the doubt. */
function SendAgain({ messageId }: { readonly messageId: string }) {
  const client = useQueryClient();
  const again = useMutation({
    mutationFn: () => failures.sendAgain(messageId),
    onSettled: () => client.invalidateQueries({ queryKey }),
  });
  return (
    <div className="failure-act">
      <Button
        size="xs"
        variant="light"
        leftSection={<Icon name="refresh" />}
        loading={again.isPending}
        onClick={() => again.mutate()}
      >
        {t('messages.sendAgain')}
      </Button>
      <p role="status" className="small">
        {again.data?.asked === false && t('messages.sendAgainSettled')}
        {again.error !== null && errorWords(again.error)}
      </p>
    </div>
  );
}
