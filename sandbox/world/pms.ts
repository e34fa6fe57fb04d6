/** Reads a practice's FHIR server, over HTTP, as anyone could. */

export type PmsSource = { readonly baseUrl: string; readonly token?: string };

export type FhirResource = {
  readonly resourceType: string;
  readonly id?: string;
  readonly meta?: { readonly lastUpdated?: string };
};

/** What a patient's arrival leaves in the chart. */
const shownTypes = ['Patient', 'Coverage', 'QuestionnaireResponse', 'Consent', 'Appointment'] as const;

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

async function readType({ baseUrl, token }: PmsSource, type: string): Promise<FhirResource[]> {
  let bundle: unknown;
  try {
    const response = await fetch(`${baseUrl}/${type}?_count=${newest}&_sort=-_lastUpdated`, {
      headers: {
        accept: 'application/fhir+json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      signal: AbortSignal.timeout(timeoutMs),
    });
    // A server that does not know a type has none of it.
    if (response.status === 404 || response.status === 400) return [];
    if (!response.ok) throw new PmsError(`the practice system answered with ${response.status}`);
    bundle = await response.json();
  } catch (error) {
    if (error instanceof PmsError) throw error;
    throw new PmsError('the practice system did not answer');
  }
  return entries(bundle).flatMap((entry) => {
    const resource = property(entry, 'resource');
    return isResource(resource) ? [resource] : [];
  });
}

function entries(bundle: unknown): unknown[] {
  const found = property(bundle, 'entry');
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
