import type { PhoneMessage } from '../api.ts';
import { clockTime, exactTime } from '../format.ts';
import { Icon } from '../ui/Icon.tsx';
import { MessageBody } from './MessageBody.tsx';
import { Ticks } from './Ticks.tsx';

type Props = {
  readonly message: PhoneMessage;
  readonly zone: string | undefined;
  readonly language: string;
  /** Title of the button that was tapped already. */
  readonly chosen?: string | undefined;
  readonly onTap?: (choiceId: string, title: string) => void;
  readonly onOpenList?: () => void;
  readonly onRetry?: () => void;
  readonly onDiscard?: () => void;
};

/** One message with what belongs to it: the quote it answers, its time and ticks, its choices, why it failed. */
export function Bubble({ message, zone, language, chosen, onTap, onOpenList, onRetry, onDiscard }: Props) {
  const { side, replyTo, status, at, buttons, list } = message;
  return (
    <li className={`message message-${side}`}>
      <div
        className={`bubble bubble-${message.kind}`}
        data-testid="bubble"
        data-side={side}
        data-kind={message.kind}
      >
        <span className="visually-hidden">{side === 'patient' ? 'You wrote:' : 'The practice wrote:'}</span>
        {replyTo && (
          <span className="bubble-quote" dir="auto">
            {replyTo.text.replace(/\s+/g, ' ')}
          </span>
        )}
        <span lang={language}>
          <MessageBody message={message} />
        </span>
        <span className="bubble-meta">
          <time dateTime={at} title={exactTime(at, zone)}>
            {clockTime(at, zone)}
          </time>
          {status && (side === 'patient' || status === 'failed') && <Ticks status={status} />}
        </span>
      </div>
      {buttons?.map(({ id, title }) => (
        <button
          key={id}
          type="button"
          className="choice"
          data-testid="choice"
          aria-pressed={chosen === undefined ? undefined : chosen === title}
          onClick={() => onTap?.(id, title)}
        >
          <Icon name={chosen === title ? 'answer' : 'reply'} />
          <span dir="auto" lang={language}>
            {title}
          </span>
        </button>
      ))}
      {list && (
        <button
          type="button"
          className="choice"
          data-testid="choice-list"
          aria-haspopup="dialog"
          onClick={onOpenList}
        >
          <Icon name="list" />
          <span dir="auto" lang={language}>
            {list.label}
          </span>
        </button>
      )}
      {status === 'failed' && (
        <p className="bubble-failed">
          <Icon name="warning" />
          <span>
            Not delivered{message.error ? `: ${message.error}` : '.'}
            {onRetry && (
              <span className="bubble-again">
                <button type="button" className="link" onClick={onRetry}>
                  Send again
                </button>
                <button type="button" className="link" onClick={onDiscard}>
                  Delete
                </button>
              </span>
            )}
          </span>
        </p>
      )}
    </li>
  );
}
