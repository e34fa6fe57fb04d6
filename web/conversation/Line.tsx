import { useQuery } from '@tanstack/react-query';
import { memo } from 'react';
import type { ThreadLine } from '#handoff/contract.ts';
import { routingQuery } from '../inbox/routing-query.ts';
import { useZone } from '../session/session.ts';
import { hasText, t, tCode } from '../texts/t.ts';
import { Icon } from '../ui/Icon.tsx';
import { PatientText, PatientWord } from '../ui/PatientText.tsx';
import { Time } from '../ui/Time.tsx';
import { eventWords } from './event-words.ts';
import { Failure, Ticks } from './Ticks.tsx';

type Props = { readonly line: ThreadLine; readonly goesOn: boolean };

/** One line of the thread: a message, a note among colleagues, or something that happened. */
export const Line = memo(function Line({ line, goesOn }: Props) {
  if (line.kind === 'message') return <Message line={line} goesOn={goesOn} />;
  return line.kind === 'note' ? <Note line={line} /> : <Happened line={line} />;
});

type MessageLine = Extract<ThreadLine, { kind: 'message' }>;

function Message({ line, goesOn }: { readonly line: MessageLine; readonly goesOn: boolean }) {
  const hasFailed = line.status !== null && ['failed', 'blocked', 'unsure', 'expired'].includes(line.status);
  return (
    <li
      className="bubble-row"
      data-side={line.side}
      data-goes-on={goesOn || undefined}
      data-testid="thread-message"
    >
      <div className="bubble" data-failed={hasFailed || undefined}>
        <p className={goesOn ? 'visually-hidden' : 'bubble-who small'}>{whoSays(line)}</p>
        <What line={line} />
        {line.choices.length > 0 && (
          <ul className="bubble-choices" aria-label={t('thread.choices')}>
            {line.choices.map((choice) => (
              <li key={choice}>
                <PatientWord text={choice} />
              </li>
            ))}
          </ul>
        )}
        <p className="bubble-foot small">
          <Time at={line.at} as="clock" />
          {line.status !== null && <Ticks status={line.status} />}
        </p>
        {hasFailed && <Failure code={line.code} status={line.status ?? ''} />}
      </div>
    </li>
  );
}

function whoSays({ side, by, elsewhere }: MessageLine): string {
  if (elsewhere !== undefined)
    return t(elsewhere === 'staff' ? 'thread.staffElsewhere' : 'thread.anotherApp');
  if (side === 'staff') return by ?? t('thread.staff');
  return t(side === 'patient' ? 'thread.patient' : 'thread.assistant');
}

/** A picture, a voice note, a place: what it is, in words; then its own words. */
function What({ line }: { readonly line: MessageLine }) {
  const key = `what.${line.what}`;
  return (
    <>
      {hasText(key) && <p className="bubble-what small soft">{tCode('what', line.what)}</p>}
      {line.text !== '' && <PatientText text={line.text} />}
      {line.file !== undefined && <p className="bubble-what small soft">{tCode('file', line.file)}</p>}
    </>
  );
}

function Note({ line }: { readonly line: Extract<ThreadLine, { kind: 'note' }> }) {
  return (
    <li className="note">
      <p className="note-who small">
        <Icon name="note" size={14} />
        {t('note.by', { name: line.by })}
        <Time at={line.at} as="clock" />
      </p>
      <PatientText text={line.text} />
    </li>
  );
}

function Happened({ line }: { readonly line: Extract<ThreadLine, { kind: 'event' }> }) {
  const zone = useZone();
  const { data: routing } = useQuery(routingQuery);
  const isUrgent = line.params.priority === 'top';
  return (
    <li className="happened small" data-urgent={isUrgent || undefined}>
      {line.what === 'handed-over' && <Icon name="flag" size={14} />}
      <span>{eventWords(line, zone, routing?.resolutionCodes)}</span>
      <Time at={line.at} as="clock" />
    </li>
  );
}
