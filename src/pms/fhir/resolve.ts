import type { FhirResource } from 'fhir/r4.js';
import type { FiledEntry, IntakeEntry } from '../pms.ts';
import { fullUrlOf, isId, isResourceType } from './reference.ts';

/** References between entries: by `fullUrlOf` until the practice system has given an id, by that id from then on. */

const ours = /^urn:uuid:/;

/** The entry with `Task/7` in the place of every `urn:uuid:` that stands for what is filed already. */
export function resolve(entry: IntakeEntry, filed: readonly FiledEntry[]): IntakeEntry {
  const known = filed.filter(({ resourceType, id }) => isResourceType(resourceType) && isId(id));
  if (known.length === 0) return entry;
  const urls = new Map(
    known.map(({ identifier, resourceType, id }) => [fullUrlOf(identifier), `${resourceType}/${id}`]),
  );
  const renamed = (key: string, value: unknown): unknown =>
    key === 'reference' && typeof value === 'string' ? (urls.get(value) ?? value) : value;
  // Reading our own resource's JSON again gives the same resource, with other text in some references.
  const resource = JSON.parse(JSON.stringify(entry.resource), renamed) as FhirResource;
  return { ...entry, resource };
}

/** Whether every `urn:uuid:` that the resource refers to is one of those that are sent along with it. */
export function isResolved(resource: FhirResource, beside: ReadonlySet<string>): boolean {
  return references(resource).every((one) => !ours.test(one) || beside.has(one));
}

function references(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]: [string, unknown]) =>
    key === 'reference' && typeof child === 'string' ? [child] : references(child),
  );
}
