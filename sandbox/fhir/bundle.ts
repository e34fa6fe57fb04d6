/** Batch and transaction Bundles (https://hl7.org/fhir/R4/http.html#transaction). */
import { randomUUID } from 'node:crypto';
import {
  isObject,
  isResource,
  type Json,
  type JsonObject,
  list,
  own,
  parseJson,
  type Resource,
  text,
} from './json.ts';
import { FhirError, issue, operationOutcome } from './outcome.ts';
import { rewriteLinks } from './references.ts';
import {
  checkReferences,
  create,
  inTransaction,
  matches,
  onlyMatch,
  patch,
  type Repository,
  read,
  readVersion,
  remove,
  update,
  type Written,
} from './repository.ts';
import { isResourceType, type ResourceType } from './resource-types.ts';
import { search } from './searchset.ts';
import type { Version } from './store.ts';
import type { FoundReference } from './validate.ts';

const methods = ['DELETE', 'POST', 'PUT', 'PATCH', 'GET'] as const;
type Method = (typeof methods)[number];

/** DELETE, then POST, then PUT and PATCH, then GET: the specification's order. */
const rank: Record<Method, number> = { DELETE: 0, POST: 1, PUT: 2, PATCH: 2, GET: 3 };

/** A limit of the kind real servers have; a form with its attachments stays far below. */
export const maxEntries = 500;

type Entry = {
  readonly index: number;
  readonly method: Method;
  readonly type: ResourceType;
  readonly id: string | undefined;
  readonly versionId: string | undefined;
  /** After `?`, undefined when there is none. */
  readonly query: string | undefined;
  readonly fullUrl: string | undefined;
  readonly resource: Json | undefined;
  readonly ifMatch: string | undefined;
  readonly ifNoneExist: string | undefined;
};

/** An entry with the resource it will make or change decided. */
type Planned = { readonly entry: Entry; readonly id: string | undefined; readonly isExisting: boolean };

type Done = { readonly response: JsonObject; readonly references: readonly FoundReference[] };

function place(index: number): string {
  return `Bundle.entry[${index}]`;
}

/** Runs `work`, and lets its refusal name the entry. */
function inEntry<T>(index: number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof FhirError ? error.within(place(index)) : error;
  }
}

function parseEntry(value: Json, index: number, base: string): Entry {
  const request = isObject(value) ? own(value, 'request') : undefined;
  if (!isObject(value) || !isObject(request))
    throw new FhirError(400, issue('required', 'request is required', 'request'));
  const method = methods.find((one) => one === own(request, 'method'));
  if (!method)
    throw new FhirError(
      400,
      issue('code-invalid', `Expected one of ${methods.join(', ')}`, 'request.method'),
    );
  const raw = text(own(request, 'url')) ?? '';
  const url = (raw.startsWith(`${base}/`) ? raw.slice(base.length + 1) : raw).replace(/^\//, '');
  const [path = '', query] = url.split(/\?(.*)/s);
  const [type = '', id, historyWord, versionId, ...rest] = path.split('/');
  const isPath =
    rest.length === 0 &&
    (historyWord === undefined || (historyWord === '_history' && versionId !== undefined));
  if (!isResourceType(type) || !isPath) {
    throw new FhirError(
      isPath ? 404 : 400,
      issue('not-supported', 'Expected Type, Type/id or Type?search', 'request.url'),
    );
  }
  return {
    index,
    method,
    type,
    id,
    versionId,
    query,
    fullUrl: text(own(value, 'fullUrl')),
    resource: own(value, 'resource'),
    ifMatch: text(own(request, 'ifMatch')),
    ifNoneExist: text(own(request, 'ifNoneExist')),
  };
}

function plan(repo: Repository, entry: Entry): Planned {
  const { method, type, id, query } = entry;
  if (method === 'POST') {
    const condition = repo.conditionalCreate ? entry.ifNoneExist : undefined;
    const existing = condition === undefined ? undefined : onlyMatch(repo, type, condition);
    return { entry, id: existing ?? randomUUID(), isExisting: existing !== undefined };
  }
  if (method === 'PUT' && id === undefined) {
    const ownId = isResource(entry.resource) ? text(own(entry.resource, 'id')) : undefined;
    const found = onlyMatch(repo, type, query ?? '');
    return { entry, id: found ?? ownId ?? randomUUID(), isExisting: found !== undefined };
  }
  if (method !== 'GET' && id === undefined) {
    throw new FhirError(400, issue('invalid', 'Expected Type/id', 'request.url'));
  }
  return { entry, id, isExisting: false };
}

function withId(body: Json | undefined, id: string): Json | undefined {
  return isObject(body) && own(body, 'id') === undefined ? { ...body, id } : body;
}

function patchOf(resource: Json | undefined): Json {
  const data =
    isObject(resource) && own(resource, 'resourceType') === 'Binary'
      ? text(own(resource, 'data'))
      : undefined;
  if (
    data === undefined ||
    (isObject(resource) && own(resource, 'contentType') !== 'application/json-patch+json')
  ) {
    throw new FhirError(
      400,
      issue('structure', 'Expected a Binary of application/json-patch+json', 'resource'),
    );
  }
  return parseJson(Buffer.from(data, 'base64'));
}

/** How an entry answers, beside its status. */
function responseOf(
  repo: Repository,
  status: string,
  version: Version | undefined,
  withResource: boolean,
): JsonObject {
  if (!version) return { response: { status } };
  const { type, id, at } = version;
  const location = `${repo.base()}/${type}/${id}/_history/${version.version}`;
  return {
    fullUrl: `${repo.base()}/${type}/${id}`,
    ...(withResource && version.resource ? { resource: version.resource } : {}),
    response: { status, location, etag: `W/"${version.version}"`, lastModified: at },
  };
}

function get(repo: Repository, entry: Entry): JsonObject {
  const { type, id, versionId, query } = entry;
  if (id === undefined) {
    const found = search(repo, type, [...new URLSearchParams(query ?? '')], false);
    return { resource: found, response: { status: '200 OK' } };
  }
  const version = versionId === undefined ? read(repo, type, id) : readVersion(repo, type, id, versionId);
  return responseOf(repo, '200 OK', version, true);
}

function write(repo: Repository, planned: Planned, id: string): Written {
  const { entry } = planned;
  const { type, resource, ifMatch } = entry;
  if (entry.method === 'POST') return create(repo, type, resource, id);
  if (entry.method === 'PATCH') return patch(repo, type, id, patchOf(resource), { ifMatch });
  const body = entry.id === undefined ? withId(resource, id) : resource;
  return update(repo, type, id, body, { ifMatch });
}

function perform(repo: Repository, planned: Planned, withResource: boolean): Done {
  const { entry, id, isExisting } = planned;
  if (entry.method === 'GET' || id === undefined) return { response: get(repo, entry), references: [] };
  if (entry.method === 'DELETE') {
    remove(repo, entry.type, id, { ifMatch: entry.ifMatch });
    return { response: responseOf(repo, '204 No Content', undefined, false), references: [] };
  }
  if (entry.method === 'POST' && isExisting) {
    return { response: responseOf(repo, '200 OK', read(repo, entry.type, id), withResource), references: [] };
  }
  const { status, version, references } = write(repo, planned, id);
  const statusText = status === 201 ? '201 Created' : '200 OK';
  return { response: responseOf(repo, statusText, version, withResource), references };
}

/** Two entries that touch the same resource have no defined order: the specification refuses them. */
function checkOverlap(planned: readonly Planned[]): void {
  const seen = new Set<string>();
  for (const { entry, id, isExisting } of planned) {
    if (entry.method === 'GET' || (entry.method === 'POST' && isExisting)) continue;
    const isConditional = entry.method === 'POST' && entry.ifNoneExist !== undefined;
    const key = isConditional ? `${entry.type}?${entry.ifNoneExist}` : `${entry.type}/${id}`;
    if (seen.has(key))
      throw new FhirError(400, issue('duplicate', 'Another entry has the same target', place(entry.index)));
    seen.add(key);
  }
}

/** `urn:uuid:` and conditional references → `Type/id`. */
function linked(repo: Repository, planned: Planned, links: ReadonlyMap<string, string>): Planned {
  const { resource } = planned.entry;
  if (resource === undefined || planned.entry.method === 'PATCH') return planned;
  const rewritten = rewriteLinks(resource, (link, element) => {
    const target = links.get(link);
    if (target !== undefined) return target;
    if (element !== 'reference') return link;
    if (link.startsWith('urn:uuid:')) {
      throw new FhirError(400, issue('not-found', 'A urn:uuid reference names no entry of this Bundle'));
    }
    const [type = '', condition] = link.split(/\?(.*)/s);
    if (condition === undefined || !isResourceType(type)) return link;
    const [found, second] = matches(repo, type, condition);
    if (found === undefined || second !== undefined) {
      throw new FhirError(
        412,
        issue('multiple-matches', 'A conditional reference must match exactly one resource'),
      );
    }
    return `${type}/${found}`;
  });
  return { ...planned, entry: { ...planned.entry, resource: rewritten } };
}

function linksOf(planned: readonly Planned[]): Map<string, string> {
  const links = new Map<string, string>();
  for (const { entry, id } of planned) {
    if (entry.fullUrl === undefined || id === undefined || entry.method === 'GET') continue;
    if (links.has(entry.fullUrl)) {
      throw new FhirError(400, issue('duplicate', 'Another entry has the same fullUrl', place(entry.index)));
    }
    links.set(entry.fullUrl, `${entry.type}/${id}`);
  }
  return links;
}

function inOrder(planned: readonly Planned[]): Planned[] {
  return [...planned].sort(
    (a, b) => rank[a.entry.method] - rank[b.entry.method] || a.entry.index - b.entry.index,
  );
}

function transaction(repo: Repository, entries: readonly Json[], withResource: boolean): JsonObject[] {
  return inTransaction(repo, () => {
    const planned = entries.map((value, index) =>
      inEntry(index, () => plan(repo, parseEntry(value, index, repo.base()))),
    );
    checkOverlap(planned);
    const links = linksOf(planned);
    const ready = planned.map((one) => inEntry(one.entry.index, () => linked(repo, one, links)));
    const done = new Map<number, Done>();
    for (const one of inOrder(ready)) {
      done.set(
        one.entry.index,
        inEntry(one.entry.index, () => perform(repo, one, withResource)),
      );
    }
    for (const [index, { references }] of done) inEntry(index, () => checkReferences(repo, references));
    return entries.map((_, index) => done.get(index)?.response ?? {});
  });
}

const statusTexts: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  404: 'Not Found',
  410: 'Gone',
  412: 'Precondition Failed',
  422: 'Unprocessable Entity',
};

function refusal(error: unknown): JsonObject {
  if (!(error instanceof FhirError)) throw error;
  // An OperationOutcome is plain JSON; its readonly type is all that differs.
  const outcome = operationOutcome(error.issues) as unknown as JsonObject;
  return { response: { status: `${error.status} ${statusTexts[error.status] ?? 'Error'}`, outcome } };
}

/** One entry in a transaction of its own: what fails leaves the others standing. */
function alone(repo: Repository, index: number, prepare: () => Planned, withResource: boolean): JsonObject {
  try {
    return inTransaction(repo, () =>
      inEntry(index, () => {
        const done = perform(repo, prepare(), withResource);
        checkReferences(repo, done.references);
        return done.response;
      }),
    );
  } catch (error) {
    return refusal(error);
  }
}

function batch(repo: Repository, entries: readonly Json[], withResource: boolean): JsonObject[] {
  return entries.map((value, index) =>
    alone(repo, index, () => plan(repo, parseEntry(value, index, repo.base())), withResource),
  );
}

/** What a server without real transactions makes of one: links are rewritten, but each entry stands or falls alone. */
function looseTransaction(repo: Repository, entries: readonly Json[], withResource: boolean): JsonObject[] {
  const answers = new Map<number, JsonObject>();
  const planned: Planned[] = [];
  for (const [index, value] of entries.entries()) {
    try {
      planned.push(inEntry(index, () => plan(repo, parseEntry(value, index, repo.base()))));
    } catch (error) {
      answers.set(index, refusal(error));
    }
  }
  const links = linksOf(planned);
  for (const one of inOrder(planned)) {
    const { index } = one.entry;
    answers.set(
      index,
      alone(repo, index, () => linked(repo, one, links), withResource),
    );
  }
  return entries.map((_, index) => answers.get(index) ?? {});
}

/**
 * @param body a Bundle of type transaction or batch
 * @param withResource `Prefer: return=representation`
 * @returns the response Bundle; its entries stand in the order of the request's
 * @throws FhirError for the whole Bundle: malformed, or a transaction of which one entry failed (named in `expression`)
 */
export function processBundle(repo: Repository, body: Json, withResource: boolean): Resource {
  if (!isResource(body) || body.resourceType !== 'Bundle') {
    throw new FhirError(400, issue('structure', 'Expected a Bundle'));
  }
  const type = own(body, 'type');
  if (type !== 'transaction' && type !== 'batch') {
    throw new FhirError(400, issue('code-invalid', 'Expected transaction or batch', 'Bundle.type'));
  }
  const raw = own(body, 'entry');
  if (raw !== undefined && !Array.isArray(raw))
    throw new FhirError(400, issue('structure', 'Expected an array', 'Bundle.entry'));
  const entries = list(raw);
  if (entries.length > maxEntries) {
    throw new FhirError(413, issue('too-costly', `At most ${maxEntries} entries`, 'Bundle.entry'));
  }
  const process = type === 'batch' ? batch : repo.atomic ? transaction : looseTransaction;
  const entry = process(repo, entries, withResource);
  return {
    resourceType: 'Bundle',
    id: randomUUID(),
    type: `${type}-response`,
    ...(entry.length > 0 ? { entry } : {}),
  };
}
