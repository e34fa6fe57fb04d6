import { useId, useState } from 'react';
import type { TimelineEvent } from '../api.ts';
import { exactTime } from '../format.ts';
import { Icon } from '../ui/Icon.tsx';
import { Json } from '../ui/Json.tsx';
import { PatientText } from '../ui/PatientText.tsx';
import { rowSentence } from './sentences.ts';
import type { Row } from './turns.ts';

type Props = {
  readonly row: Row;
  /** How long after the start of its turn, in words; may be empty. */
  readonly after: string;
  readonly zone: string | undefined;
};

/** What happened as a sentence; a click shows the facts behind it as they stand in the store. */
export function EventRow({ row, after, zone }: Props) {
  const [open, setOpen] = useState(false);
  const detailId = useId();
  const { first, events } = row;
  const { icon, tone, text } = rowSentence([first, ...events.slice(1)], zone);
  return (
    <li className="event" data-testid="timeline-event" data-type={events.map(({ type }) => type).join(' ')}>
      <button
        type="button"
        className="event-button"
        aria-expanded={open}
        aria-controls={open ? detailId : undefined}
        onClick={() => setOpen(!open)}
      >
        <span className={`event-icon tone-${tone}`}>
          <Icon name={icon} />
        </span>
        <span className="event-text">
          <PatientText>{text}</PatientText>
        </span>
        <span className="event-since" title={exactTime(first.at, zone)}>
          {after}
        </span>
      </button>
      {open && (
        <div className="event-detail" id={detailId}>
          {events.map((event) => (
            <Fact key={event.position} event={event} zone={zone} />
          ))}
          <p className="small soft">
            What was said is sealed with the patient’s key and is not part of this.
          </p>
        </div>
      )}
    </li>
  );
}

function Fact({ event, zone }: { readonly event: TimelineEvent; readonly zone: string | undefined }) {
  return (
    <>
      <dl className="event-facts">
        <dt>Event</dt>
        <dd>
          <code>{event.type}</code>
        </dd>
        <dt>Stream</dt>
        <dd>
          <code>{event.stream}</code>
        </dd>
        <dt>By</dt>
        <dd>{event.actor}</dd>
        <dt>At</dt>
        <dd>{exactTime(event.at, zone)}</dd>
      </dl>
      <Json value={event.data} label={`Data of ${event.type}`} />
    </>
  );
}
