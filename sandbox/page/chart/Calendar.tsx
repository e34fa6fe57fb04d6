import { useCallback, useState } from 'react';
import { api, type LiveEvent, type PmsCalendar, type Practice, type Resource } from '../api.ts';
import { clockTime, dayKey } from '../format.ts';
import { Icon, type IconName } from '../ui/Icon.tsx';
import { EmptyNotice, ErrorNotice, Skeleton } from '../ui/Notice.tsx';
import { useResource } from '../use-resource.ts';
import {
  type ClinicianDay,
  clinicianDays,
  type DayCount,
  dayCounts,
  type ShownSlot,
  type ShownVisit,
  type SlotState,
} from './calendar.ts';
import { addDays, type DayKey, dayLabel, weekDay, weekLabel, weekOf, windowOf, workingDay } from './days.ts';
import { type ResourceStyle, ResourceView } from './ResourceView.tsx';
import './calendar.css';

type Props = {
  readonly practice: Practice;
  /** What the charts hold: the patients of the visits among it. */
  readonly resources: readonly Resource[];
  readonly style: ResourceStyle;
  readonly now: () => number;
};

/** The practice's calendars: one week to choose a day from, and that day by clinician. */
export function Calendar({ practice, resources, style, now }: Props) {
  const zone = practice.timeZone;
  const [chosen, choose] = useState<DayKey>();
  const [opened, open] = useState<string>();
  const today = dayKey(now(), zone);
  // Without a choice it follows the clock, also when that is moved.
  const day = chosen ?? workingDay(today);
  const calendar = useCalendar(practice.id, day);
  const counts = dayCounts(calendar.data?.slots ?? [], zone);
  const days = weekOf(day).filter((one) => weekDay(one) <= 5 || counts.has(one) || one === day);
  const clinicians = calendar.data ? clinicianDays(calendar.data, resources, day, zone) : [];
  return (
    <div className="calendar" data-testid="calendar">
      <WeekBar day={day} today={today} days={days} counts={counts} onChoose={choose} />
      {calendar.error && (
        <ErrorNotice what="The calendars could not be read." why={calendar.error} onRetry={calendar.reload} />
      )}
      {!calendar.data && !calendar.error && <Skeleton label="Loading the calendars" />}
      {calendar.data && clinicians.length === 0 && <NoCalendars />}
      {clinicians.length > 0 && <Legend />}
      {clinicians.map((clinician) => (
        <OneClinician
          key={clinician.key}
          clinician={clinician}
          now={now()}
          zone={zone}
          style={style}
          opened={opened}
          onOpen={(key) => open(key === opened ? undefined : key)}
        />
      ))}
    </div>
  );
}

function useCalendar(practiceId: string, day: DayKey) {
  const { from, to } = windowOf(day);
  const load = useCallback(
    (signal: AbortSignal): Promise<PmsCalendar> => api.calendar(practiceId, from, to, signal),
    [practiceId, from, to],
  );
  const matches = useCallback(
    (event: LiveEvent) => event.type === 'pms' && event.practiceId === practiceId,
    [practiceId],
  );
  return useResource(load, matches);
}

function WeekBar(props: {
  readonly day: DayKey;
  readonly today: DayKey;
  readonly days: readonly DayKey[];
  readonly counts: ReadonlyMap<DayKey, DayCount>;
  readonly onChoose: (day: DayKey | undefined) => void;
}) {
  const { day, today, days, counts, onChoose } = props;
  return (
    <div className="week">
      <div className="week-head">
        <button
          type="button"
          className="button week-step"
          aria-label="Week before"
          onClick={() => onChoose(addDays(day, -7))}
        >
          <Icon name="before" />
        </button>
        <h3 className="week-title">{weekLabel(day)}</h3>
        <button
          type="button"
          className="button week-step"
          aria-label="Week after"
          data-testid="week-after"
          onClick={() => onChoose(addDays(day, 7))}
        >
          <Icon name="after" />
        </button>
      </div>
      <div className="week-days">
        {days.map((one) => {
          const { free = 0, taken = 0 } = counts.get(one) ?? {};
          return (
            <button
              key={one}
              type="button"
              className="week-day"
              data-testid="calendar-day"
              aria-pressed={one === day}
              aria-current={one === today ? 'date' : undefined}
              onClick={() => onChoose(one)}
            >
              <span className="week-day-name">{dayLabel(one)}</span>
              <span className="week-day-count">{free + taken === 0 ? 'closed' : `${free} free`}</span>
              <span className="week-day-taken">{taken > 0 ? `${taken} taken` : ''}</span>
            </button>
          );
        })}
      </div>
    </div>
  );
}

function OneClinician(props: {
  readonly clinician: ClinicianDay;
  readonly now: number;
  readonly zone: string | undefined;
  readonly style: ResourceStyle;
  readonly opened: string | undefined;
  readonly onOpen: (key: string) => void;
}) {
  const { clinician, now, zone, style, opened, onOpen } = props;
  const { name, service, slots, cancelled } = clinician;
  const visits = [...slots.flatMap(({ visit }) => visit ?? []), ...cancelled];
  const shown = visits.find(({ key }) => key === opened);
  return (
    <section className="clinician" aria-label={name}>
      <h4 className="clinician-head">
        {name} <span className="soft">{service}</span>
      </h4>
      {slots.length === 0 && <p className="small soft">No times on this day.</p>}
      <ul className="slots">
        {slots.map((slot) => (
          <li key={slot.id}>
            <Slot
              slot={slot}
              past={Date.parse(slot.start) < now}
              zone={zone}
              opened={opened}
              onOpen={onOpen}
            />
          </li>
        ))}
      </ul>
      {cancelled.length > 0 && (
        <p className="cancelled">
          <span className="soft">Cancelled: </span>
          {cancelled.map((visit) => (
            <button
              key={visit.key}
              type="button"
              className="cancelled-visit"
              data-testid="cancelled-visit"
              aria-expanded={visit.key === opened}
              onClick={() => onOpen(visit.key)}
            >
              <Icon name="close" />
              <s>{clockTime(visit.start, zone)}</s> <Who visit={visit} />
            </button>
          ))}
        </p>
      )}
      {shown && <ResourceView resource={shown.appointment} as={style} zone={zone} />}
    </section>
  );
}

const stateWords: Readonly<Record<SlotState, string>> = {
  free: 'free',
  held: 'kept for a patient',
  booked: 'booked',
  closed: 'closed',
};

const stateIcons: Readonly<Record<SlotState, IconName | undefined>> = {
  free: undefined,
  held: 'clock',
  booked: 'patient',
  closed: 'close',
};

function Slot(props: {
  readonly slot: ShownSlot;
  readonly past: boolean;
  readonly zone: string | undefined;
  readonly opened: string | undefined;
  readonly onOpen: (key: string) => void;
}) {
  const { slot, past, zone, opened, onOpen } = props;
  const { state, visit, start } = slot;
  const icon = stateIcons[state];
  const look = {
    className: `slot slot-${state} ${past ? 'slot-past' : ''}`,
    'data-testid': 'slot',
    'data-state': state,
    title: `${clockTime(start, zone)}, ${stateWords[state]}${past ? ', past' : ''}`,
  };
  const words = (
    <>
      <span className="slot-time">{clockTime(start, zone)}</span>
      {icon && <Icon name={icon} />}
      <span className="visually-hidden"> {stateWords[state]}</span>
      {visit && <Who visit={visit} />}
    </>
  );
  if (!visit) return <span {...look}>{words}</span>;
  return (
    <button type="button" {...look} aria-expanded={visit.key === opened} onClick={() => onOpen(visit.key)}>
      {words}
    </button>
  );
}

function Who({ visit }: { readonly visit: ShownVisit }) {
  return <bdi className="initials">{visit.initials}</bdi>;
}

function Legend() {
  const states: readonly SlotState[] = ['free', 'held', 'booked'];
  return (
    <ul className="legend small" aria-hidden="true">
      {states.map((state) => (
        <li key={state}>
          <span className={`slot slot-${state} slot-sample`} />
          {stateWords[state]}
        </li>
      ))}
    </ul>
  );
}

function NoCalendars() {
  return (
    <EmptyNotice icon="calendar" title="No calendars">
      <p>This practice system offers no times. Patients cannot book here.</p>
    </EmptyNotice>
  );
}
