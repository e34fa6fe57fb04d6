import { useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Practice } from '../api.ts';
import { clockTime, dayName, exactTime, since } from '../format.ts';
import { Icon } from '../ui/Icon.tsx';
import { EmptyNotice, ErrorNotice, Skeleton } from '../ui/Notice.tsx';
import { EventRow } from './EventRow.tsx';
import { byTurn, type Turn } from './turns.ts';
import { useTimeline } from './use-timeline.ts';
import './timeline.css';

type Props = {
  readonly practice: Practice;
  readonly now: () => number;
  readonly onCount: (count: number) => void;
};

/** What Vestibule did and why, fact by fact, in turns. New ones appear at the end. */
export function Timeline({ practice, now, onCount }: Props) {
  const timeline = useTimeline(practice.id);
  const events = timeline.data?.events ?? [];
  const zone = practice.timeZone;
  const newest = events.at(-1)?.position;
  const list = useRef<HTMLElement>(null);
  const atEnd = useRef(true);
  const [behind, setBehind] = useState(false);
  useEffect(() => onCount(events.length), [events.length, onCount]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a newer event is the reason to look
  useLayoutEffect(() => {
    if (atEnd.current) list.current?.scrollTo({ top: list.current.scrollHeight });
    else setBehind(true);
  }, [newest]);

  const toEnd = (): void => list.current?.scrollTo({ top: list.current.scrollHeight, behavior: 'smooth' });

  return (
    <div className="timeline" data-testid="timeline">
      {timeline.error && (
        <ErrorNotice
          what="The timeline could not be loaded."
          why={timeline.error}
          onRetry={timeline.reload}
        />
      )}
      <section
        className="timeline-scroll"
        ref={list}
        aria-label="What Vestibule did"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keys
        tabIndex={0}
        onScroll={(event) => {
          const { scrollHeight, scrollTop, clientHeight } = event.currentTarget;
          atEnd.current = scrollHeight - scrollTop - clientHeight < 80;
          if (atEnd.current) setBehind(false);
        }}
      >
        {!timeline.data && !timeline.error && <Skeleton label="Loading the timeline" />}
        {timeline.data && events.length === 0 && <NothingYet />}
        {byTurn(events).map((turn) => (
          <section key={turn.key} className="turn">
            <h3 className="turn-head">
              {turn.title}
              <time className="turn-time" dateTime={turn.at} title={exactTime(turn.at, zone)}>
                {dayName(turn.at, now(), zone) === 'Today' ? '' : `${dayName(turn.at, now(), zone)} `}
                {clockTime(turn.at, zone)}
              </time>
            </h3>
            <ol>
              {turn.rows.map((row, index) => (
                <EventRow key={row.key} row={row} after={elapsed(turn, index)} zone={zone} />
              ))}
            </ol>
          </section>
        ))}
      </section>
      {behind && (
        <button type="button" className="button timeline-newest" onClick={toEnd}>
          <Icon name="down" />
          Newest
        </button>
      )}
    </div>
  );
}

/** How long after the start of its turn; nothing where the fact before says the same. */
function elapsed({ at, rows }: Turn, index: number): string {
  const [before, row] = [rows[index - 1], rows[index]];
  if (!before || !row) return '';
  const after = since(at, row.first.at);
  return after === since(at, before.first.at) ? '' : after;
}

function NothingYet() {
  return (
    <EmptyNotice icon="list" title="Nothing has happened yet">
      <p>
        Each message starts a turn. You will see here what Vestibule understood, what it decided and why, and
        what it did in the practice system. A click on a line shows the stored fact.
      </p>
    </EmptyNotice>
  );
}
