import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import type { AppointmentRow } from '#scheduling/contract.ts';
import { useAllowed } from '../session/session.ts';
import { t } from '../texts/t.ts';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { PatientWord } from '../ui/PatientText.tsx';
import { Time } from '../ui/Time.tsx';
import type { Attention } from './attention.ts';

const statusIcons: Readonly<Record<AppointmentRow['status'], IconName>> = {
  held: 'clock',
  booking: 'refresh',
  booked: 'calendar',
  confirmed: 'check',
  cancelled: 'close',
};

const reminderIcons: Readonly<Record<AppointmentRow['reminder'], IconName | undefined>> = {
  none: undefined,
  due: 'clock',
  sent: 'send',
  delivered: 'check',
  read: 'check',
  failed: 'warning',
  skipped: 'close',
};

type Props = {
  readonly visit: AppointmentRow;
  readonly attention: Attention | undefined;
  readonly isOver: boolean;
};

/** One visit; opening it opens the conversation. */
export const Visit = memo(function Visit({ visit, attention, isOver }: Props) {
  const mayOpen = useAllowed()('ReadConversation');
  const cells = <Cells visit={visit} attention={attention} />;
  return (
    <li
      className="visit-row"
      data-status={visit.status}
      data-attention={attention}
      data-over={isOver || undefined}
    >
      {mayOpen ? (
        <Link
          className="visit"
          to="/inbox/$conversationId"
          params={{ conversationId: visit.conversationId }}
          data-testid="visit"
        >
          {cells}
        </Link>
      ) : (
        <div className="visit">{cells}</div>
      )}
    </li>
  );
});

function Cells({ visit, attention }: Pick<Props, 'visit' | 'attention'>) {
  return (
    <>
      <span className="visit-time">
        <Time at={visit.start} as="clock" />
        <span className="visit-end">
          –<Time at={visit.end} as="clock" />
        </span>
      </span>
      <span className="visit-who">
        {visit.name === '' ? (
          <span className="soft">{t('today.noName')}</span>
        ) : (
          <PatientWord text={visit.name} />
        )}
      </span>
      <span className="visit-what">
        <bdi>{visit.visitType}</bdi>
        {visit.clinician !== null && (
          <span className="soft">
            {' '}
            · <bdi>{visit.clinician}</bdi>
          </span>
        )}
      </span>
      <span className="visit-status" data-needs={attention === 'not-confirmed' || undefined}>
        <Icon name={attention === 'not-confirmed' ? 'flag' : statusIcons[visit.status]} size={16} />
        {t(attention === 'not-confirmed' ? 'today.notConfirmed' : `today.status.${visit.status}`)}
      </span>
      <Reminder visit={visit} />
    </>
  );
}

function Reminder({ visit: { status, reminder, reminderAt } }: Pick<Props, 'visit'>) {
  const icon = reminderIcons[reminder];
  // A cancelled visit reminds of nothing; that nothing was planned is only worth a word where it could have been.
  if (icon === undefined || status === 'cancelled') {
    const isVisit = status === 'booked' || status === 'confirmed';
    return <span className="visit-reminder soft">{isVisit && t('today.reminder.none')}</span>;
  }
  return (
    <span className="visit-reminder" data-is={reminder}>
      <Icon name={icon} size={16} />
      <span>
        {t(`today.reminder.${reminder}`)}
        {reminderAt !== null && reminder !== 'skipped' && (
          <>
            {' '}
            <Time at={reminderAt} className="soft" />
          </>
        )}
      </span>
    </span>
  );
}
