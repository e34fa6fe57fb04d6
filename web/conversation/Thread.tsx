import { Button } from '@mantine/core';
import { Fragment, type ReactNode, useEffect, useMemo, useRef } from 'react';
import { useNow } from '../clock.ts';
import { useZone } from '../session/session.ts';
import { t } from '../texts/t.ts';
import { dayKey, dayName } from '../time.ts';
import { stillPending, useDesk } from './drafts.ts';
import { Line } from './Line.tsx';
import { PendingLine } from './PendingLine.tsx';
import './thread.css';
import { byDay, goesOn, type Opened } from './thread-lines.ts';
import { useAtEnd } from './use-at-end.ts';
import { useOlder } from './use-conversation.ts';

type Props = {
  readonly id: string;
  readonly opened: Opened;
  /** What a person needs to go on: in the place of the last hand-over, or at the end. */
  readonly card: ReactNode;
};

/** What was said and what happened, oldest first; it opens at its end, and earlier pages come as one scrolls up. */
export function Thread({ id, opened, card }: Props) {
  const zone = useZone();
  const now = useNow();
  const box = useRef<HTMLDivElement>(null);
  const { lines } = opened;
  const shownIds = useMemo(() => new Set(lines.map((line) => line.id)), [lines]);
  const pending = stillPending(useDesk(id).pending, shownIds);
  const { unseen, toEnd } = useAtEnd(box, lines, pending.length);
  const days = useMemo(() => byDay(lines, (at) => dayKey(at, zone)), [lines, zone]);
  const token = opened.detail.lease?.mine ? opened.detail.lease.token : undefined;
  const cardAt =
    card === null
      ? undefined
      : lines.findLast((line) => line.kind === 'event' && line.what === 'handed-over')?.id;
  return (
    <div className="thread-frame">
      <div
        className="thread"
        ref={box}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label={t('thread.label')}
      >
        {opened.older !== null && <Earlier id={id} before={opened.older} />}
        {lines.length === 0 && pending.length === 0 && (
          <p className="thread-empty soft">{t('thread.empty')}</p>
        )}
        {days.map(({ day, lines: ofDay }) => (
          <section key={day} aria-label={dayName(ofDay[0]?.at ?? day, now, zone)}>
            <p className="thread-day small" aria-hidden="true">
              <span>{dayName(ofDay[0]?.at ?? day, now, zone)}</span>
            </p>
            <ol>
              {ofDay.map((line, index) => (
                <Fragment key={line.id}>
                  {line.id === cardAt ? (
                    <li>{card}</li>
                  ) : (
                    <Line line={line} goesOn={goesOn(ofDay[index - 1], line)} />
                  )}
                </Fragment>
              ))}
            </ol>
          </section>
        ))}
        {pending.length > 0 && (
          <ol>
            {pending.map((each) => (
              <PendingLine key={each.key} id={id} pending={each} token={token} />
            ))}
          </ol>
        )}
        {cardAt === undefined && card}
      </div>
      {unseen > 0 && (
        <Button size="xs" className="thread-unseen" onClick={toEnd}>
          {t('thread.unseen', { count: unseen })}
        </Button>
      )}
      <News opened={opened} />
    </div>
  );
}

/** Asked for when it comes into sight, or by pressing it. */
function Earlier({ id, before }: { readonly id: string; readonly before: string }) {
  const button = useRef<HTMLButtonElement>(null);
  const { mutate, isPending, isError } = useOlder(id);
  useEffect(() => {
    // After a failure only by hand, or it would ask for ever.
    if (button.current === null || isPending || isError) return;
    const watch = new IntersectionObserver(
      (seen) => seen.some((each) => each.isIntersecting) && mutate(before),
    );
    watch.observe(button.current);
    return () => watch.disconnect();
  }, [before, isPending, isError, mutate]);
  return (
    <Button
      ref={button}
      variant="subtle"
      size="xs"
      className="thread-earlier"
      loading={isPending}
      onClick={() => mutate(before)}
    >
      {t(isError ? 'state.retry' : 'thread.earlier')}
    </Button>
  );
}

/** Says aloud that the patient wrote, while the conversation is open; not what was there when it was opened. */
function News({ opened }: { readonly opened: Opened }) {
  const last = opened.lines.findLast((line) => line.kind === 'message' && line.side === 'patient');
  const first = useRef(last?.id);
  const isNew = last !== undefined && last.id !== first.current;
  return (
    <p className="visually-hidden" role="status" aria-live="polite">
      {isNew &&
        last.kind === 'message' &&
        t('thread.news', { name: opened.detail.row.name, text: last.text })}
    </p>
  );
}
