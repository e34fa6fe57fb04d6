import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import type { RoutingAnswer, InboxRow as Row } from '#handoff/contract.ts';
import { useNow } from '../clock.ts';
import { useSession } from '../session/session.ts';
import { t, tCode } from '../texts/t.ts';
import { duration, languageName } from '../time.ts';
import { Icon } from '../ui/Icon.tsx';
import { ListRow } from '../ui/ListRow.tsx';
import { PatientWord } from '../ui/PatientText.tsx';
import { Time } from '../ui/Time.tsx';
import { waitOf } from './waiting.ts';

type Props = {
  readonly row: Row;
  readonly isOpen: boolean;
  readonly limits: RoutingAnswer['waitMinutes'] | undefined;
};

/** A conversation in the list: who, why, how long they wait. */
export const InboxRow = memo(function InboxRow({ row, isOpen, limits }: Props) {
  return (
    <li
      className="inbox-row"
      data-row={row.conversationId}
      data-open={isOpen || undefined}
      data-priority={row.priority}
    >
      <Link
        to="/inbox/$conversationId"
        params={{ conversationId: row.conversationId }}
        search={(before: Record<string, unknown>) => before}
        aria-current={isOpen ? 'true' : undefined}
        activeProps={{}}
        data-testid="inbox-row"
      >
        <ListRow
          strong={row.unread > 0}
          title={
            <>
              <PatientWord text={row.name} />
              {row.unread > 0 && <Unread count={row.unread} />}
            </>
          }
          aside={<Time at={row.lastAt} as="short" />}
          detail={<Why row={row} />}
          asideDetail={<Where row={row} limits={limits} />}
        />
      </Link>
    </li>
  );
});

function Unread({ count }: { readonly count: number }) {
  return (
    <span className="inbox-unread">
      <span aria-hidden="true">{count}</span>
      <span className="visually-hidden">{t('inbox.unread', { count })}</span>
    </span>
  );
}

function Why({ row }: { readonly row: Row }) {
  const reason = row.reason === null ? t('inbox.noReason') : tCode('reason', row.reason);
  return (
    <>
      {row.priority === 'top' && row.state !== 'resolved' && (
        <span className="inbox-urgent">
          <Icon name="flag" size={14} /> {t('inbox.urgent')} ·{' '}
        </span>
      )}
      {reason}
      {row.language !== null && ` · ${languageName(row.language)}`}
    </>
  );
}

/** Who has it, or how long the patient waits for somebody. */
function Where({ row, limits }: { readonly row: Row; readonly limits: Props['limits'] }) {
  const { staff } = useSession();
  const wait = waitOf(row, useNow(), limits);
  if (row.state === 'resolved') return <State icon="check" words={t('inbox.resolved')} />;
  if (row.state === 'bot') return <State icon="bot" words={t('inbox.bot')} />;
  const mine = row.assignee?.staffId === staff.staffId;
  return (
    <>
      {row.assignee && <State icon="person" words={mine ? t('inbox.you') : row.assignee.name} />}
      {wait && (
        <span className="inbox-wait" data-is={wait.is} title={t('inbox.waits')}>
          <Icon name={wait.is === 'too-long' ? 'warning' : 'clock'} size={14} />
          <span className="visually-hidden">{t('inbox.waits')} </span>
          {duration(wait.ms)}
          {wait.is !== 'fine' && ` · ${t(`inbox.wait.${wait.is}`)}`}
        </span>
      )}
    </>
  );
}

function State({ icon, words }: { readonly icon: 'check' | 'bot' | 'person'; readonly words: string }) {
  return (
    <span className="inbox-state">
      <Icon name={icon} size={14} />
      <bdi>{words}</bdi>
    </span>
  );
}
