import { useNow } from '../clock.ts';
import { useZone } from '../session/session.ts';
import { clockTime, exactTime, relativeTime, shortTime } from '../time.ts';

type Props = {
  /** Instant, ISO 8601. */
  readonly at: string;
  /** `relative`: "5 min ago", "yesterday 14:05". `short`: for a narrow column. `clock`: "09:12". */
  readonly as?: 'relative' | 'short' | 'clock';
  readonly className?: string;
};

/** A time as people say it, in the practice's zone; the exact one on hover. */
export function Time({ at, as = 'relative', className }: Props) {
  const zone = useZone();
  const now = useNow();
  const words = { relative: relativeTime, short: shortTime, clock: () => clockTime(at, zone) }[as];
  return (
    <time dateTime={at} title={exactTime(at, zone)} className={className}>
      {words(at, now, zone)}
    </time>
  );
}
