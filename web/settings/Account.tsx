import type { ReactNode } from 'react';
import type { ChannelAccount } from '#channels/contract.ts';
import { t, tCode } from '../texts/t.ts';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { Time } from '../ui/Time.tsx';
import { History } from './History.tsx';
import { Problem } from './Problem.tsx';
import { grouped } from './problem-words.ts';

type Props = { readonly account: ChannelAccount };

const stateIcons: Readonly<Record<ChannelAccount['state'], IconName>> = {
  stopped: 'warning',
  attention: 'flag',
  fine: 'check',
  new: 'clock',
};

/** A number that patients write to: how it is, what is wrong with it, and what was heard of it. */
export function Account({ account }: Props) {
  const { accountId, channel, state, problems, history } = account;
  return (
    <article className="account" data-testid="channel-account" aria-labelledby={`account-${accountId}`}>
      <header className="account-head">
        <div className="account-who">
          <h3 id={`account-${accountId}`}>{accountId}</h3>
          <p className="soft small">
            {tCode('channel', channel)} · {numberWords(account)}
          </p>
        </div>
        <p className="account-state" data-state={state}>
          <Icon name={stateIcons[state]} size={16} />
          {t(`channelState.${state}`)}
        </p>
      </header>
      {problems.length > 0 && (
        <ul className="problems" aria-label={t('channels.problems', { account: accountId })}>
          {problems.map((problem) => (
            <Problem
              key={`${problem.code} ${problem.since} ${JSON.stringify(problem.about)}`}
              problem={problem}
              channel={channel}
            />
          ))}
        </ul>
      )}
      <Facts account={account} />
      <History history={history} />
    </article>
  );
}

function numberWords({ number, providerId }: ChannelAccount): string {
  return number === null
    ? t('channels.providerId', { id: providerId })
    : t('channels.number', { number: `+${number}` });
}

function Facts({ account }: Props) {
  const { lastInboundAt, lastAcceptedAt, lastDeliveredAt, quality, displayName } = account;
  return (
    <dl className="account-facts">
      <Fact name={t('channels.lastIn')}>
        <Last at={lastInboundAt} />
      </Fact>
      <Fact name={t('channels.lastOut')}>
        <Last at={lastAcceptedAt} />
      </Fact>
      <Fact name={t('channels.lastDelivered')}>
        <Last at={lastDeliveredAt} />
      </Fact>
      {quality !== null && <Fact name={t('channels.quality')}>{t(`quality.${quality}`)}</Fact>}
      {(account.dailyRecipients !== null || account.usedRecipients !== null) && (
        <Fact name={t('channels.limit')}>{limitWords(account)}</Fact>
      )}
      {displayName !== null && <Fact name={t('channels.displayName')}>{displayName}</Fact>}
    </dl>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div className="account-fact">
      <dt className="soft small">{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Last({ at }: { readonly at: string | null }) {
  return at === null ? <span className="soft">{t('channels.never')}</span> : <Time at={at} />;
}

function limitWords({ dailyRecipients, usedRecipients }: ChannelAccount): string {
  const hasLimit = dailyRecipients !== null && dailyRecipients !== 'none';
  if (usedRecipients === null) return hasLimit ? grouped(dailyRecipients) : t('channels.limitNone');
  const used = grouped(usedRecipients);
  return hasLimit
    ? t('channels.limitOf', { used, limit: grouped(dailyRecipients) })
    : t('channels.limitUsed', { used });
}
