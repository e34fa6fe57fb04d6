import type { Account, Practice } from '../api.ts';
import { clockTime, duration } from '../format.ts';
import { Icon } from '../ui/Icon.tsx';

/** Whom the patient writes to, and how long the practice may still answer freely. */
export function PhoneHead(props: {
  readonly practice: Practice;
  readonly account: Account;
  readonly windowEndsAt: string | undefined;
  readonly typing: boolean;
  readonly now: () => number;
}) {
  const { practice, account, windowEndsAt, now, typing } = props;
  const left = windowEndsAt === undefined ? undefined : Date.parse(windowEndsAt) - now();
  return (
    <header className="phone-head">
      <span className="avatar" aria-hidden="true">
        {practice.name.replace(/^(cl[ií]nica|clinic|dr\.?)\s+/i, '').charAt(0)}
      </span>
      <div className="phone-who">
        <p className="phone-name">{practice.name}</p>
        <p className="small soft">{typing ? 'typing…' : <bdi>{account.displayPhone}</bdi>}</p>
      </div>
      {left !== undefined && (
        <p
          className={`window ${left > 0 ? '' : 'window-closed'}`}
          title={`Service window: for 24 hours after the patient's last message the practice may answer freely; afterwards only approved templates. ${left > 0 ? 'Ends' : 'Ended'} ${windowEndsAt ? clockTime(windowEndsAt, practice.timeZone) : ''}.`}
        >
          <Icon name="clock" />
          {left > 0 ? duration(left) : 'closed'}
          <span className="visually-hidden"> service window</span>
        </p>
      )}
    </header>
  );
}
