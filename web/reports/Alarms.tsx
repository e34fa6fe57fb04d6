import type { FiguresAnswer } from '#analytics/contract.ts';
import { useNow } from '../clock.ts';
import { useZone } from '../session/session.ts';
import { hasText, t, tCode } from '../texts/t.ts';
import { shortTime } from '../time.ts';
import { Icon } from '../ui/Icon.tsx';

/** What stops the practice as a whole, and since when: said above everything else until it is over. */
export function Alarms({ now: { held } }: { readonly now: FiguresAnswer['now'] }) {
  const zone = useZone();
  const now = useNow();
  if (held === null) return null;
  return (
    <p className="alarm" role="alert">
      <Icon name="warning" size={16} />
      <span>
        {t('alarm.held', { count: held.messages, time: shortTime(held.since, now, zone) })}{' '}
        {hasText(`held.${held.code}`) ? tCode('held', held.code) : t('alarm.heldOther', { code: held.code })}
      </span>
    </p>
  );
}
