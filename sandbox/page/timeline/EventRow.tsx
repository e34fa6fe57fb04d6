import { useId, useState } from 'react';
import type { TimelineEvent } from '../api.ts';
import { exactTime, since } from '../format.ts';
import { Icon } from '../ui/Icon.tsx';
import { Json } from '../ui/Json.tsx';
import { PatientText } from '../ui/PatientText.tsx';
import { sentence } from './sentences.ts';

type Props = {
  readonly event: TimelineEvent;
  /** When its turn began. */
  readonly start: string;
  readonly zone: string | undefined;
};

/** One fact as a sentence; a click shows it as it stands in the store. */
export function EventRow({ event, start, zone }: Props) {
  const [open, setOpen] = useState(false);
  const detailId = useId();
  const { icon, tone, text } = sentence(event.type, event.data);
  return (
    <li className="event" data-testid="timeline-event" data-type={event.type}>
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
        <span className="event-since" title={exactTime(event.at, zone)}>
          {event.at === start ? '' : since(start, event.at)}
        </span>
      </button>
      {open && (
        <div className="event-detail" id={detailId}>
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
          <p className="small soft">
            What the patient said is sealed with their key and is not part of this.
          </p>
        </div>
      )}
    </li>
  );
}
