import { Button } from '@mantine/core';
import { t, tCode } from '../texts/t.ts';
import { Icon } from '../ui/Icon.tsx';
import { PatientText } from '../ui/PatientText.tsx';
import { dropPending, type Pending, takeBack } from './drafts.ts';
import { Ticks } from './Ticks.tsx';
import { sayAgain } from './use-acts.ts';

type Props = {
  readonly id: string;
  readonly pending: Pending;
  /** Of one's own lease. */
  readonly token: number | undefined;
};

/** What one has just said, before the server shows it itself; and what did not get through, with what to do. */
export function PendingLine({ id, pending, token }: Props) {
  const isNote = pending.kind === 'note';
  const hasFailed = pending.state === 'failed';
  const status = pending.state === 'sent' ? 'queued' : 'sending';
  return (
    <li className={isNote ? 'note' : 'bubble-row'} data-side="staff" data-testid="pending">
      <div className={isNote ? '' : 'bubble'} data-failed={hasFailed || undefined}>
        <p className={isNote ? 'note-who small' : 'bubble-who small'}>
          {isNote && <Icon name="note" size={14} />}
          {t(isNote ? 'note.yours' : 'thread.you')}
        </p>
        <PatientText text={pending.text} />
        <p className="bubble-foot small">
          <Ticks status={hasFailed ? 'failed' : status} />
        </p>
        {hasFailed && (
          <div role="alert">
            <p className="bubble-failure small">{tCode('error', pending.code ?? 'UNEXPECTED_ANSWER')}</p>
            <div className="pending-buttons">
              <Button size="compact-sm" variant="default" onClick={() => sayAgain(id, pending, token)}>
                {t('pending.again')}
              </Button>
              <Button
                size="compact-sm"
                variant="subtle"
                onClick={() =>
                  pending.kind === 'template' ? dropPending(id, pending.key) : takeBack(id, pending.key)
                }
              >
                {t(pending.kind === 'template' ? 'pending.drop' : 'pending.edit')}
              </Button>
            </div>
          </div>
        )}
      </div>
    </li>
  );
}
