import type { CalendarSlot, PmsCalendar, Resource } from '../api.ts';
import { dayKey } from '../format.ts';
import { patientIdOf, resourceKey } from './charts.ts';
import type { DayKey } from './days.ts';
import { at, humanName } from './fhir.ts';

/** A clinician's day, as the practice sees it. */
export type ClinicianDay = {
  readonly key: string;
  readonly name: string;
  /** What patients come for; empty where the calendar does not say. */
  readonly service: string;
  readonly slots: readonly ShownSlot[];
  /** Whose time is free again. */
  readonly cancelled: readonly ShownVisit[];
};

export type SlotState = 'free' | 'held' | 'booked' | 'closed';

export type ShownSlot = {
  readonly id: string;
  readonly start: string;
  readonly state: SlotState;
  readonly visit: ShownVisit | undefined;
};

export type ShownVisit = {
  readonly key: string;
  readonly start: string;
  /** Of the patient; empty where nobody knows them. */
  readonly initials: string;
  readonly appointment: Resource;
};

/** Read loosely: what a practice system leaves out is not shown, and breaks nothing. */
export function clinicianDays(
  calendar: PmsCalendar,
  patients: readonly Resource[],
  day: DayKey,
  zone: string | undefined,
): readonly ClinicianDay[] {
  const isToday = ({ start }: { readonly start: string }) => dayOf(start, zone) === day;
  const visits = calendar.appointments.flatMap((one) => visitOf(one, patients) ?? []).filter(isToday);
  const bySlot = new Map(
    visits.filter((visit) => !isCancelled(visit)).flatMap((visit) => slotIds(visit).map((id) => [id, visit])),
  );
  const slotsBySchedule = Map.groupBy(calendar.slots.filter(isToday), ({ scheduleId }) => scheduleId);
  const actorsOf = new Map(calendar.schedules.map((schedule) => [schedule, actors(schedule)]));
  return calendar.schedules
    .map((schedule): ClinicianDay => {
      const own = slotsBySchedule.get(schedule.id ?? '') ?? [];
      const cancelled = visits.filter(
        (visit) => isCancelled(visit) && sees(visit, actorsOf.get(schedule) ?? []),
      );
      return {
        key: resourceKey(schedule),
        name: text(at(schedule, 'actor', 0, 'display')) ?? resourceKey(schedule),
        service: text(at(schedule, 'serviceType', 0, 'text')) ?? '',
        slots: own.map((slot) => shownSlot(slot, bySlot.get(slot.id))),
        cancelled,
      };
    })
    .toSorted((a, b) => a.service.localeCompare(b.service) || a.name.localeCompare(b.name));
}

export type DayCount = { readonly free: number; readonly taken: number };

/** How full the days are. */
export function dayCounts(
  slots: readonly CalendarSlot[],
  zone: string | undefined,
): ReadonlyMap<DayKey, DayCount> {
  const byDay = Map.groupBy(slots, ({ start }) => dayOf(start, zone));
  return new Map(
    [...byDay].map(([day, own]) => {
      const free = own.filter(({ status }) => status === 'free').length;
      return [day, { free, taken: own.length - free }];
    }),
  );
}

function dayOf(start: string, zone: string | undefined): DayKey {
  return Number.isNaN(Date.parse(start)) ? '' : dayKey(start, zone);
}

const states: Readonly<Record<string, SlotState>> = {
  free: 'free',
  'busy-tentative': 'held',
  busy: 'booked',
};

function shownSlot({ id, start, status }: CalendarSlot, visit: ShownVisit | undefined): ShownSlot {
  return {
    id,
    start,
    visit,
    state: (Object.hasOwn(states, status) ? states[status] : undefined) ?? 'closed',
  };
}

function visitOf(appointment: Resource, patients: readonly Resource[]): ShownVisit | undefined {
  const start = text(appointment.start);
  if (start === undefined) return undefined;
  const id = patientIdOf(appointment);
  const patient = patients.find((one) => one.resourceType === 'Patient' && one.id === id);
  return {
    key: resourceKey(appointment),
    start,
    initials: initialsOf(humanName(at(patient, 'name', 0)) ?? ''),
    appointment,
  };
}

/** "Maria Exemplo da Silva" → "MS" */
export function initialsOf(name: string): string {
  const [first = '', ...rest] = name.split(/\s+/u).map((word) => word.match(/\p{L}/u)?.[0] ?? '');
  return `${first}${rest.at(-1) ?? ''}`.toUpperCase();
}

const isCancelled = ({ appointment }: ShownVisit): boolean =>
  ['cancelled', 'noshow', 'entered-in-error'].includes(text(appointment.status) ?? '');

function slotIds({ appointment }: ShownVisit): readonly string[] {
  return references(appointment.slot).flatMap((one) => /Slot\/([^/]+)/.exec(one)?.[1] ?? []);
}

/** Whether one of these takes part. */
function sees({ appointment }: ShownVisit, wanted: readonly string[]): boolean {
  const participants = Array.isArray(appointment.participant) ? appointment.participant : [];
  const present = participants.map((one) => text(at(one, 'actor', 'reference')) ?? '');
  return wanted.some((reference) => present.includes(reference));
}

const actors = (schedule: Resource): readonly string[] =>
  references(schedule.actor).filter((reference) => reference.includes('Practitioner/'));

function references(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : []).flatMap((one) => text(at(one, 'reference')) ?? []);
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
