/** Reads a practice's FHIR server, over HTTP, as anyone could. */

export type PmsSource = { readonly baseUrl: string; readonly token?: string };

export type FhirResource = {
  readonly resourceType: string;
  readonly id?: string;
  readonly meta?: { readonly lastUpdated?: string };
};

/** What a patient's way through the product leaves in the chart. */
const shownTypes = [
  'Patient',
  'Coverage',
  'QuestionnaireResponse',
  'Consent',
  'Appointment',
  'Task',
  'Communication',
] as const;

/** Per type; the page shows what arrived lately. */
const newest = 100;

/** Milliseconds; a practice system that is down must not hang the page. */
const timeoutMs = 5_000;

/** The practice system did not answer, or not with what was asked for. */
export class PmsError extends Error {}

/** Every resource of the shown types, newest first. Throws `PmsError`. */
export async function readPms(source: PmsSource): Promise<readonly FhirResource[]> {
  const found = await Promise.all(shownTypes.map((type) => readType(source, type)));
  const updated = ({ meta }: FhirResource) => meta?.lastUpdated ?? '';
  return found.flat().toSorted((a, b) => updated(b).localeCompare(updated(a)));
}

/** What a calendar needs of a slot; all of them as resources would be half a megabyte a week. */
export type CalendarSlot = {
  readonly id: string;
  readonly scheduleId: string;
  readonly start: string;
  readonly end: string;
  /** FHIR: `free`, `busy-tentative`, `busy` … */
  readonly status: string;
};

export type PmsCalendar = {
  readonly schedules: readonly FhirResource[];
  /** In the order of their starts. */
  readonly slots: readonly CalendarSlot[];
  /** Those that begin in the window, cancelled ones too. */
  readonly appointments: readonly FhirResource[];
};

/** Pages of one answer that are followed: a week of any practice here. */
const maxPages = 4;

/** The schedules, and what begins from `from` until before `to` (instants). Throws `PmsError`. */
export async function readCalendar(source: PmsSource, from: string, to: string): Promise<PmsCalendar> {
  const within = (name: string) =>
    `${name}=ge${encodeURIComponent(from)}&${name}=lt${encodeURIComponent(to)}`;
  const [schedules, slots, appointments] = await Promise.all([
    readAll(source, 'Schedule?active=true&_count=100'),
    readAll(source, `Slot?${within('start')}&_count=500&_sort=start`),
    readAll(source, `Appointment?${within('date')}&_count=500&_sort=date`),
  ]);
  return { schedules, slots: slots.flatMap(calendarSlot), appointments };
}

function calendarSlot(resource: FhirResource): CalendarSlot[] {
  const { id } = resource;
  const reference = property(property(resource, 'schedule'), 'reference');
  const scheduleId = typeof reference === 'string' ? /Schedule\/([^/]+)/.exec(reference)?.[1] : undefined;
  const [start, end, status] = ['start', 'end', 'status'].map((name) => property(resource, name));
  return id !== undefined &&
    scheduleId !== undefined &&
    typeof start === 'string' &&
    typeof end === 'string' &&
    typeof status === 'string'
    ? [{ id, scheduleId, start, end, status }]
    : [];
}

function readType(source: PmsSource, type: string): Promise<FhirResource[]> {
  return readPage(source, `${type}?_count=${newest}&_sort=-_lastUpdated`).then(({ resources }) => resources);
}

async function readAll(source: PmsSource, query: string): Promise<FhirResource[]> {
  const found: FhirResource[] = [];
  let next: string | undefined = query;
  for (let page = 0; next !== undefined && page < maxPages; page++) {
    const { resources, more }: Page = await readPage(source, next);
    found.push(...resources);
    next = more;
  }
  return found;
}

type Page = {
  readonly resources: FhirResource[];
  /** The URL of what follows, or a part of it below the base. */
  readonly more: string | undefined;
};

async function readPage({ baseUrl, token }: PmsSource, query: string): Promise<Page> {
  let bundle: unknown;
  try {
    const response = await fetch(query.startsWith(baseUrl) ? query : `${baseUrl}/${query}`, {
      headers: {
        accept: 'application/fhir+json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      signal: AbortSignal.timeout(timeoutMs),
    });
    // A server that does not know a type has none of it.
    if (response.status === 404 || response.status === 400) return { resources: [], more: undefined };
    if (!response.ok) throw new PmsError(`the practice system answered with ${response.status}`);
    bundle = await response.json();
  } catch (error) {
    if (error instanceof PmsError) throw error;
    throw new PmsError('the practice system did not answer');
  }
  const resources = array(bundle, 'entry').flatMap((entry) => {
    const resource = property(entry, 'resource');
    return isResource(resource) ? [resource] : [];
  });
  const next = array(bundle, 'link').find((link) => property(link, 'relation') === 'next');
  const url = property(next, 'url');
  return { resources, more: typeof url === 'string' ? url : undefined };
}

function array(value: unknown, name: string): unknown[] {
  const found = property(value, name);
  return Array.isArray(found) ? found : [];
}

function isResource(value: unknown): value is FhirResource {
  return typeof property(value, 'resourceType') === 'string';
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.getOwnPropertyDescriptor(value, name)?.value
    : undefined;
}
