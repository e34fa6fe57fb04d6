import type { PhoneMessage } from '../api.ts';
import { dayName } from '../format.ts';
import { Bubble } from './Bubble.tsx';
import { byDay, chosenTitle, withPending } from './messages.ts';
import type { PhoneConnection } from './use-phone.ts';

type Props = {
  readonly phone: PhoneConnection;
  readonly messages: readonly PhoneMessage[];
  readonly language: string;
  readonly zone: string | undefined;
  readonly now: () => number;
  readonly onTap: (messageId: string, choiceId: string, title: string) => void;
  readonly onOpenList: (messageId: string) => void;
};

/** All messages by day, those on their way among them. */
export function Thread({ phone, messages, language, zone, now, onTap, onOpenList }: Props) {
  const shown = withPending(messages, phone.pending);
  const waiting = new Set(phone.pending.map(({ localId }) => localId));
  return byDay(shown, zone).map((day) => (
    <ol key={day.key} className="day">
      <li className="day-name">{dayName(day.at, now(), zone)}</li>
      {day.messages.map((message) => (
        <Bubble
          key={message.id}
          message={message}
          zone={zone}
          language={language}
          chosen={message.buttons && chosenTitle(message, shown.slice(shown.indexOf(message) + 1))}
          onTap={(choiceId, title) => onTap(message.id, choiceId, title)}
          onOpenList={() => onOpenList(message.id)}
          {...(waiting.has(message.id)
            ? { onRetry: () => phone.retry(message.id), onDiscard: () => phone.discard(message.id) }
            : {})}
        />
      ))}
    </ol>
  ));
}

/** Three dots while an answer is being written. */
export function Typing({ who }: { readonly who: string }) {
  return (
    <p className="typing" data-testid="typing">
      <span className="visually-hidden">{who} is typing</span>
      <span aria-hidden="true" />
      <span aria-hidden="true" />
      <span aria-hidden="true" />
    </p>
  );
}
