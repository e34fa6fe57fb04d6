/** Read and write single resources of one practice, by the rules of https://hl7.org/fhir/R4/http.html. */
import { randomUUID } from 'node:crypto';
import { isResource, type Json, type Resource } from './json.ts';
import { FhirError, issue } from './outcome.ts';
import { applyPatch } from './patch.ts';
import { idFormat } from './primitives.ts';
import { relativeReference } from './references.ts';
import { isResourceType, type ResourceType } from './resource-types.ts';
import { entriesOf } from './search/entries.ts';
import { parseQuery } from './search/query.ts';
import type { Store, Version } from './store.ts';
import { type FoundReference, validate } from './validate.ts';

/** What changed, told after the commit. */
export type Change = {
  readonly tenant: string;
  readonly kind: 'create' | 'update' | 'delete';
  readonly type: ResourceType;
  readonly id: string;
  readonly versionId: string;
  /** Undefined for a delete. */
  readonly resource: Resource | undefined;
};

export type Repository = {
  readonly tenant: string;
  readonly store: Store;
  /** The tenant's base URL, without a slash at the end. Known once the server listens. */
  readonly base: () => string;
  readonly now: () => Date;
  /** False: `If-None-Exist` is ignored, and the CapabilityStatement says so. */
  readonly conditionalCreate: boolean;
  /** False: a transaction Bundle is processed entry by entry and answered with 200, as some servers do. */
  readonly atomic: boolean;
  readonly onChange: ((change: Change) => void) | undefined;
  /** Changes of the open transaction. */
  readonly pending: Change[];
};

export type Written = {
  readonly status: 200 | 201;
  readonly version: Version;
  /** To be checked before the commit: a Bundle's entries may refer to each other in circles. */
  readonly references: readonly FoundReference[];
};

export type Preconditions = { readonly ifMatch: string | undefined };

/** Runs `work` atomically, then tells what changed. */
export function inTransaction<T>(repo: Repository, work: () => T): T {
  repo.pending.length = 0;
  const result = repo.store.transaction(work);
  const changes = repo.pending.splice(0);
  const { onChange } = repo;
  // Later, and outside of the request: a listener's fault must not look like a failed write.
  if (onChange && changes.length > 0) setImmediate(() => changes.forEach((change) => void onChange(change)));
  return result;
}

/** @throws FhirError 404 for an id that cannot exist */
export function checkId(type: ResourceType, id: string): void {
  if (!idFormat.test(id)) throw new FhirError(404, issue('not-found', `No ${type} can have this id`));
}

/** @throws FhirError 404 never existed, 410 deleted */
export function read(repo: Repository, type: ResourceType, id: string): Version & { resource: Resource } {
  checkId(type, id);
  const version = repo.store.current(type, id);
  if (!version) throw new FhirError(404, issue('not-found', `This ${type} does not exist`));
  return living(version);
}

function living(version: Version): Version & { resource: Resource } {
  const { resource } = version;
  if (!resource) throw new FhirError(410, issue('deleted', `This ${version.type} was deleted`));
  return { ...version, resource };
}

/** @throws FhirError 404 no such version, 410 the version is the one that deleted it */
export function readVersion(
  repo: Repository,
  type: ResourceType,
  id: string,
  vid: string,
): Version & { resource: Resource } {
  checkId(type, id);
  const version = /^[1-9]\d{0,9}$/.test(vid) ? repo.store.version(type, id, Number(vid)) : undefined;
  if (!version) throw new FhirError(404, issue('not-found', `This version of the ${type} does not exist`));
  return living(version);
}

/** Checks `If-Match` against the version that stands. */
function checkMatch(ifMatch: string | undefined, current: Version | undefined): void {
  if (ifMatch === undefined) return;
  const [, wanted] = /^\s*(?:W\/)?"([^"]+)"\s*$/.exec(ifMatch) ?? [];
  if (wanted === undefined) throw new FhirError(400, issue('invalid', 'If-Match expects W/"<versionId>"'));
  if (!current?.resource)
    throw new FhirError(412, issue('conflict', 'If-Match names a version, but there is none'));
  if (wanted !== String(current.version)) {
    throw new FhirError(412, issue('conflict', 'If-Match does not name the current version'));
  }
}

/** @throws FhirError 400 not this type or not valid, 422 an invariant is broken */
function accept(
  type: ResourceType,
  body: Json | undefined,
): { resource: Resource; references: readonly FoundReference[] } {
  if (!isResource(body))
    throw new FhirError(400, issue('structure', 'Expected a resource with a resourceType'));
  if (body.resourceType !== type) {
    throw new FhirError(400, issue('invalid', `Expected a resource of type ${type}`, 'resourceType'));
  }
  const { issues, references } = validate(body);
  if (issues.length > 0) {
    throw new FhirError(issues.every((one) => one.code === 'invariant') ? 422 : 400, issues);
  }
  return { resource: body, references };
}

function stamp(resource: Resource, id: string, version: number, at: string): Resource {
  const { resourceType, id: _, meta, ...elements } = resource;
  const kept = typeof meta === 'object' && meta !== null && !Array.isArray(meta) ? meta : {};
  return { resourceType, id, meta: { ...kept, versionId: String(version), lastUpdated: at }, ...elements };
}

function commit(
  repo: Repository,
  method: Version['method'],
  type: ResourceType,
  id: string,
  body: Resource | undefined,
): Version {
  const before = repo.store.current(type, id);
  const number = (before?.version ?? 0) + 1;
  const at = repo.now().toISOString();
  const resource = body && stamp(body, id, number, at);
  const version: Version = { type, id, version: number, at, method, resource };
  repo.store.put(version, resource ? entriesOf(type, resource, repo.base()) : []);
  const kind = resource ? (before?.resource ? 'update' : 'create') : 'delete';
  repo.pending.push({ tenant: repo.tenant, kind, type, id, versionId: String(number), resource });
  return version;
}

/**
 * The ids a conditional request means.
 * @param query as in a URL, `identifier=system|value`; unknown parameters are an error here, not ignored
 * @throws FhirError 400 when no criterion is in it
 */
export function matches(repo: Repository, type: ResourceType, query: string): string[] {
  const pairs = [...new URLSearchParams(query.replace(/^\?/, ''))];
  const parsed = parseQuery(type, pairs, true, repo.base());
  if (parsed.criteria === 0)
    throw new FhirError(400, issue('invalid', 'A condition needs at least one criterion'));
  return repo.store.find(type, parsed.conditions, 'r.id');
}

/** @throws FhirError 412 when several match */
export function onlyMatch(repo: Repository, type: ResourceType, query: string): string | undefined {
  const [first, second] = matches(repo, type, query);
  if (second !== undefined)
    throw new FhirError(412, issue('multiple-matches', 'The condition matches several resources'));
  return first;
}

/** @param id chosen by the server: the body's own is ignored, as the specification asks */
export function create(
  repo: Repository,
  type: ResourceType,
  body: Json | undefined,
  id: string = randomUUID(),
): Written {
  const { resource, references } = accept(type, body);
  return { status: 201, version: commit(repo, 'POST', type, id, resource), references };
}

/**
 * @param id the body's id must say the same
 * @returns 201 when nothing living had this id
 */
export function update(
  repo: Repository,
  type: ResourceType,
  id: string,
  body: Json | undefined,
  preconditions: Preconditions,
): Written {
  if (!idFormat.test(id)) throw new FhirError(400, issue('value', `Expected a FHIR id`, `${type}.id`));
  const { resource, references } = accept(type, body);
  if (resource.id !== id) {
    throw new FhirError(
      400,
      issue('invalid', 'The id of the resource and of the URL must be the same', `${type}.id`),
    );
  }
  const current = repo.store.current(type, id);
  checkMatch(preconditions.ifMatch, current);
  return {
    status: current?.resource ? 200 : 201,
    version: commit(repo, 'PUT', type, id, resource),
    references,
  };
}

/** @throws FhirError 404, 410, 412, or 400 and 422 when the patched resource would not be valid */
export function patch(
  repo: Repository,
  type: ResourceType,
  id: string,
  operations: Json,
  preconditions: Preconditions,
): Written {
  const current = read(repo, type, id);
  checkMatch(preconditions.ifMatch, current);
  const { resource, references } = accept(type, applyPatch(current.resource, operations));
  if (resource.id !== id)
    throw new FhirError(422, issue('business-rule', 'A patch may not change the id', `${type}.id`));
  return { status: 200, version: commit(repo, 'PATCH', type, id, resource), references };
}

/** Deleting what is already gone is no error; what refers to it stays as it is. */
export function remove(
  repo: Repository,
  type: ResourceType,
  id: string,
  preconditions: Preconditions,
): Version | undefined {
  checkId(type, id);
  const current = repo.store.current(type, id);
  checkMatch(preconditions.ifMatch, current);
  return current?.resource ? commit(repo, 'DELETE', type, id, undefined) : current;
}

/**
 * Literal references must be answerable: of a permitted type, and existing when they are ours.
 * @throws FhirError 422 that names each element which is not
 */
export function checkReferences(repo: Repository, references: readonly FoundReference[]): void {
  const issues = references.flatMap(({ expression, reference, targets }) => {
    const local = relativeReference(reference, repo.base());
    if (!local) {
      const isForeign = /^(https?:\/\/|urn:)\S/.test(reference);
      return isForeign ? [] : [issue('value', 'Expected Type/id or an absolute URL', expression)];
    }
    if (targets && !targets.has(local.type)) {
      return [issue('value', `Expected a reference to ${[...targets].join(', ')}`, expression)];
    }
    const exists = isResourceType(local.type) && repo.store.current(local.type, local.id)?.resource;
    return exists ? [] : [issue('not-found', 'The resource referred to does not exist', expression)];
  });
  if (issues.length > 0) throw new FhirError(422, issues);
}
