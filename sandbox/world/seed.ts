import { z } from 'zod';
import {
  type Calendar,
  type CalendarSlot,
  calendarsOf,
  daysToFill,
  slotsOf,
  type WorldVisitType,
} from './calendar.ts';

/**
 * Fills a simulated practice system with what a real one holds before the first patient writes: clinicians, a place, calendars,
 * free slots. By the system's own protocol, and by identifiers: a second run, or one after a crash, adds nothing twice.
 */

const system = 'https://vestibule.dev/sandbox';
const timeZoneOfNobody = 'UTC';

/** Entries of one transaction: what real servers take. */
const maxEntries = 50;

/** Milliseconds; on loopback an answer takes some twenty. */
const timeoutMs = 30_000;

/** The practice's own staff, who work inside its system: no fault on demand meets them. */
const headers = {
  'content-type': 'application/fhir+json',
  accept: 'application/fhir+json',
  prefer: 'return=minimal',
  'x-sandbox-inside': 'true',
};

export type SeedOptions = {
  /** FHIR base URL. */
  readonly baseUrl: string;
  readonly practice: {
    readonly name: string;
    readonly languages: readonly string[];
    readonly timeZone?: string;
    readonly visitTypes: readonly WorldVisitType[];
  };
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Days after the present one that are to have slots. */
  readonly ahead: number;
  /** Breaks it off between two requests; the next run completes it. */
  readonly signal?: AbortSignal;
};

const schedule = z.looseObject({
  resourceType: z.literal('Schedule'),
  id: z.string(),
  identifier: z.array(z.object({ system: z.string().optional(), value: z.string().optional() })).default([]),
  planningHorizon: z.object({ end: z.string().optional() }).optional(),
});

type Schedule = z.infer<typeof schedule>;

const searchset = z.object({ entry: z.array(z.object({ resource: z.unknown() })).default([]) });

type Identified = {
  readonly resourceType: string;
  readonly identifier: readonly [{ readonly system: string; readonly value: string }];
  readonly [element: string]: unknown;
};

type Entry = { readonly fullUrl?: string; readonly resource: object; readonly request: object };

/**
 * Makes what is missing.
 * @throws Error when the practice system does not answer, or refuses
 */
export async function seedPractice(options: SeedOptions): Promise<void> {
  const { baseUrl, practice } = options;
  const calendars = calendarsOf(practice.visitTypes, practice.languages);
  if (calendars.length === 0) return;
  let known = await readSchedules(baseUrl);
  if (calendars.some(({ key }) => !known.has(key))) {
    await transact(baseUrl, peopleAndPlaces(practice.name, calendars));
    known = await readSchedules(baseUrl);
  }
  for (const calendar of calendars) {
    const found = known.get(calendar.key);
    if (found === undefined) throw new Error(`the practice system has no schedule ${calendar.key}`);
    await fill(options, calendar, found);
  }
}

async function fill(
  { baseUrl, practice, now, ahead, signal }: SeedOptions,
  calendar: Calendar,
  found: Schedule,
): Promise<void> {
  const { timeZone = timeZoneOfNobody } = practice;
  const filled = found.planningHorizon?.end;
  const filledUntil =
    filled === undefined
      ? undefined
      : Temporal.Instant.from(filled).toZonedDateTimeISO(timeZone).toPlainDate();
  const { days, until } = daysToFill(now, ahead, timeZone, filledUntil);
  const [first] = days;
  if (first === undefined) return;
  const slots = days.flatMap((day) => slotsOf(day, timeZone, calendar.visitType.minutes));
  const start = (day: Temporal.PlainDate) => day.toZonedDateTime({ timeZone }).toInstant().toString();
  const isNew = (await countSlots(baseUrl, found.id, start(first))) === 0;
  // Last: until all of its slots are there, the horizon says that they are not.
  const horizon = {
    resource: { ...found, planningHorizon: { start: start(first), end: start(until) } },
    request: { method: 'PUT', url: `Schedule/${found.id}` },
  };
  const entries = [...slots.map((slot) => slotEntry(calendar, found.id, slot, isNew)), horizon];
  for (let n = 0; n < entries.length; n += maxEntries) {
    signal?.throwIfAborted();
    await transact(baseUrl, entries.slice(n, n + maxEntries));
  }
}

/** @param isNew a look for its identifier can be spared: they are half of the work */
function slotEntry(
  { key, visitType }: Calendar,
  scheduleId: string,
  slot: CalendarSlot,
  isNew: boolean,
): Entry {
  const resource = {
    resourceType: 'Slot',
    identifier: [{ system: `${system}/slot`, value: `${key}/${slot.start}` }],
    ...serviceOf(visitType),
    schedule: { reference: `Schedule/${scheduleId}` },
    status: 'free',
    ...slot,
  } as const;
  return isNew ? { resource, request: { method: 'POST', url: 'Slot' } } : once(resource);
}

function serviceOf({ serviceType, name }: WorldVisitType) {
  const coding = serviceType === undefined ? {} : { coding: [{ ...serviceType, display: name }] };
  return { serviceType: [{ ...coding, text: name }] };
}

function peopleAndPlaces(practiceName: string, calendars: readonly Calendar[]): Entry[] {
  const place = 'urn:uuid:00000000-0000-4000-8000-000000000000';
  const location = once(
    {
      resourceType: 'Location',
      identifier: [{ system: `${system}/location`, value: 'main' }],
      status: 'active',
      name: practiceName,
    },
    place,
  );
  return [
    location,
    ...calendars.flatMap((calendar, n) => clinicianEntries(calendar, n, place, practiceName)),
  ];
}

function clinicianEntries(
  { key, clinician, visitType }: Calendar,
  n: number,
  place: string,
  placeName: string,
): Entry[] {
  const { given, family, display } = clinician;
  const person = `urn:uuid:00000000-0000-4000-8000-${String(n + 1).padStart(12, '0')}`;
  return [
    once(
      {
        resourceType: 'Practitioner',
        identifier: [{ system: `${system}/practitioner`, value: key }],
        active: true,
        name: [{ text: display, given: [given], family }],
      },
      person,
    ),
    once({
      resourceType: 'Schedule',
      identifier: [{ system: `${system}/schedule`, value: key }],
      active: true,
      ...serviceOf(visitType),
      actor: [
        { reference: person, display },
        { reference: place, display: placeName },
      ],
    }),
  ];
}

/** Created unless one with its identifier is there. */
function once(resource: Identified, fullUrl?: string): Entry {
  const [{ system: owner, value }] = resource.identifier;
  return {
    ...(fullUrl === undefined ? {} : { fullUrl }),
    resource,
    request: {
      method: 'POST',
      url: resource.resourceType,
      ifNoneExist: new URLSearchParams({ identifier: `${owner}|${value}` }).toString(),
    },
  };
}

/** The schedules that were made here, by their key. */
async function readSchedules(baseUrl: string): Promise<ReadonlyMap<string, Schedule>> {
  const body = await ask(`${baseUrl}/Schedule?_count=100`, { headers });
  const found = searchset.parse(body).entry.flatMap(({ resource }) => {
    const { data } = schedule.safeParse(resource);
    const key = data?.identifier.find((one) => one.system === `${system}/schedule`)?.value;
    return data === undefined || key === undefined ? [] : [[key, data] as const];
  });
  return new Map(found);
}

/** How many slots of a schedule begin at `from` or later. */
async function countSlots(baseUrl: string, scheduleId: string, from: string): Promise<number> {
  const query = new URLSearchParams({
    schedule: `Schedule/${scheduleId}`,
    start: `ge${from}`,
    _summary: 'count',
  });
  const body = await ask(`${baseUrl}/Slot?${query}`, { headers });
  return z.object({ total: z.int() }).parse(body).total;
}

async function transact(baseUrl: string, entry: readonly Entry[]): Promise<void> {
  const body = JSON.stringify({ resourceType: 'Bundle', type: 'transaction', entry });
  await ask(baseUrl, { method: 'POST', headers, body });
}

async function ask(url: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
  const body: unknown = await response.json();
  if (!response.ok) {
    throw new Error(
      `the practice system refused its own calendars: ${response.status} ${JSON.stringify(body)}`,
    );
  }
  return body;
}
