import type { ChannelProblem } from '#channels/contract.ts';
import { useNow } from '../clock.ts';
import { useZone } from '../session/session.ts';
import { t } from '../texts/t.ts';
import { sinceTime } from '../time.ts';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { problemWords, providerWords, stepsOf } from './problem-words.ts';

type Props = { readonly problem: ChannelProblem; readonly channel: string };

const icons: Readonly<Record<ChannelProblem['level'], IconName>> = {
  stop: 'warning',
  warn: 'flag',
  note: 'note',
};

/** Their words say since when. */
const saysSince: readonly string[] = ['silent', 'statuses-silent'];

/** What is wrong, since when, and what to do step by step. */
export function Problem({ problem, channel }: Props) {
  const zone = useZone();
  const now = useNow();
  const { code, level, since } = problem;
  const said = providerWords(problem);
  const steps = stepsOf(problem, channel);
  return (
    <li className="problem" data-level={level} data-testid={`problem-${code}`}>
      <span className="problem-icon">
        <Icon name={icons[level]} size={18} />
      </span>
      <div className="problem-words">
        <p className="problem-title">
          {problemWords(problem, now, zone)}
          {!saysSince.includes(code) && (
            <span className="problem-since">
              {' '}
              {t('channels.since', { time: sinceTime(since, now, zone) })}
            </span>
          )}
        </p>
        {said !== undefined && <p className="soft">{t('channels.says', { words: said })}</p>}
        {steps.length > 0 && (
          <ol className="problem-steps" aria-label={t('channels.todo')}>
            {steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
        )}
      </div>
    </li>
  );
}
