import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import type { FiguresAnswer } from '#analytics/contract.ts';
import { useNow } from '../clock.ts';
import { useAllowed, useZone } from '../session/session.ts';
import { problemWords } from '../settings/problem-words.ts';
import { hasText, t, tCode } from '../texts/t.ts';
import { dayKey, sinceTime } from '../time.ts';
import { nameOfDay } from '../today/day.ts';
import { Icon } from '../ui/Icon.tsx';

type Now = FiguresAnswer['now'];

/** What stops the practice as a whole, and what only a person can decide: above everything else until it is over. */
export function Alarms({ now: figures }: { readonly now: Now }) {
  const { practiceSystem, held, unsure, expired, gaps, channels, toCall } = figures;
  const allowed = useAllowed();
  const zone = useZone();
  const now = useNow();
  return (
    <>
      {practiceSystem !== null && (
        <Alarm>{t('alarm.practiceSystem', { time: sinceTime(practiceSystem.since, now, zone) })}</Alarm>
      )}
      {held !== null && (
        <Alarm>
          <Held held={held} />
        </Alarm>
      )}
      {channels.map((problem) => (
        <Alarm key={`${problem.accountId} ${problem.code}`}>
          {problemWords(problem, now, zone)}{' '}
          {allowed('ReadChannels') && <Link to="/settings">{t('channelAlarm.look')}</Link>}
        </Alarm>
      ))}
      {toCall.map(({ day, count }) => (
        <Alarm key={day}>
          {t('alarm.toCall', { count, day: nameOfDay(day, dayKey(now, zone)) })}{' '}
          {allowed('ReadAppointments') && (
            <Link to="/today" search={{ day }}>
              {t('alarm.toCallLook')}
            </Link>
          )}
        </Alarm>
      ))}
      {unsure > 0 && (
        <Alarm>
          {t('alarm.unsure', { count: unsure })}{' '}
          {allowed('ReadFailures') && <Link to="/messages">{t('alarm.unsureLook')}</Link>}
        </Alarm>
      )}
      {gaps !== null && (
        <Alarm>{t('alarm.gaps', { count: gaps.messages, time: sinceTime(gaps.since, now, zone) })}</Alarm>
      )}
      {expired > 0 && (
        <Alarm>
          {t('alarm.expired', { count: expired })}{' '}
          {allowed('ReadFailures') && <Link to="/messages">{t('alarm.expiredLook')}</Link>}
        </Alarm>
      )}
    </>
  );
}

function Held({ held: { code, since, messages } }: { readonly held: NonNullable<Now['held']> }) {
  const zone = useZone();
  const now = useNow();
  return (
    <>
      {t('alarm.held', { count: messages, time: sinceTime(since, now, zone) })}{' '}
      {hasText(`held.${code}`) ? tCode('held', code) : t('alarm.heldOther', { code })}
    </>
  );
}

function Alarm({ children }: { readonly children: ReactNode }) {
  return (
    <p className="alarm" role="alert">
      <Icon name="warning" size={16} />
      <span>{children}</span>
    </p>
  );
}
