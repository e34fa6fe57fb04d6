/** Searches answered with a Bundle: pages, links, includes. */
import { randomUUID } from 'node:crypto';
import { follow, isObject, type Json, type JsonObject, own, type Resource, text } from './json.ts';
import { FhirError, issue } from './outcome.ts';
import { relativeReference } from './references.ts';
import type { Repository } from './repository.ts';
import { isResourceType, type ResourceType } from './resource-types.ts';
import { parametersOf } from './search/parameters.ts';
import { type Include, type Pair, parseQuery, type Query } from './search/query.ts';

function encode(pairs: readonly Pair[]): string {
  // URLSearchParams takes mutable pairs only.
  return new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString();
}

function load(repo: Repository, type: string, id: string): Resource | undefined {
  return isResourceType(type) ? repo.store.current(type, id)?.resource : undefined;
}

function included(repo: Repository, include: Include, resource: Resource): Resource[] {
  if (resource.resourceType !== include.type) return [];
  const parameter = parametersOf(include.type).get(include.param);
  const base = repo.base();
  return (parameter?.paths ?? [])
    .flatMap((path) => follow(resource, path))
    .flatMap((value) => {
      const local = isObject(value)
        ? relativeReference(text(own(value, 'reference')) ?? '', base)
        : undefined;
      if (!local) return [];
      const isWanted = parameter?.targets?.includes(local.type) ?? true;
      if (!isWanted || (include.target !== undefined && include.target !== local.type)) return [];
      return load(repo, local.type, local.id) ?? [];
    });
}

function revIncluded(repo: Repository, include: Include, resource: Resource): Resource[] {
  const key = `${resource.resourceType}/${text(own(resource, 'id'))}`;
  const condition = {
    sql: 'r.id in (select e.id from entries e where e.type = ? and e.param = ? and e.a = ?)',
    args: [include.type, include.param, key],
  };
  return repo.store
    .find(include.type, [condition], 'r.id')
    .flatMap((id) => load(repo, include.type, id) ?? []);
}

function keyOf(resource: Resource): string {
  return `${resource.resourceType}/${text(own(resource, 'id'))}`;
}

function entriesOf(repo: Repository, found: readonly Resource[], query: Query): JsonObject[] {
  const base = repo.base();
  const seen = new Set(found.map(keyOf));
  const entry = (resource: Resource, mode: string): JsonObject => ({
    fullUrl: `${base}/${keyOf(resource)}`,
    resource,
    search: { mode },
  });
  const more = found.flatMap((resource) => [
    ...query.includes.flatMap((include) => included(repo, include, resource)),
    ...query.revIncludes.flatMap((include) => revIncluded(repo, include, resource)),
  ]);
  const extra = more.filter((resource) => !seen.has(keyOf(resource)) && seen.add(keyOf(resource)));
  return [
    ...found.map((resource) => entry(resource, 'match')),
    ...extra.map((resource) => entry(resource, 'include')),
  ];
}

/** Opaque to the client: it follows links and builds none. */
function tokenOf(snapshot: string, offset: number): string {
  return Buffer.from(`${snapshot} ${offset}`).toString('base64url');
}

type Page = {
  readonly query: Query;
  readonly ids: readonly string[];
  readonly offset: number;
  /** Undefined while the whole result fits on one page. */
  readonly snapshot: string | undefined;
};

function bundleOf(repo: Repository, type: ResourceType, page: Page): Resource {
  const { query, ids, offset, snapshot } = page;
  const base = `${repo.base()}/${type}`;
  const found = ids.slice(offset, offset + query.count).flatMap((id) => load(repo, type, id) ?? []);
  const link: Json[] = [{ relation: 'self', url: `${base}?${encode(query.used)}` }];
  const pageLink = (relation: string, at: number) =>
    snapshot && link.push({ relation, url: `${base}?_page=${tokenOf(snapshot, at)}` });
  if (offset + query.count < ids.length) pageLink('next', offset + query.count);
  if (offset > 0) pageLink('previous', Math.max(0, offset - query.count));
  const entry = entriesOf(repo, found, query);
  return {
    resourceType: 'Bundle',
    id: randomUUID(),
    meta: { lastUpdated: repo.now().toISOString() },
    type: 'searchset',
    total: ids.length,
    link,
    ...(entry.length > 0 ? { entry } : {}),
  };
}

function readPage(repo: Repository, type: ResourceType, token: string): Resource {
  const [id = '', offset] = Buffer.from(token, 'base64url').toString().split(' ');
  const snapshot = repo.store.loadSnapshot(id);
  if (!snapshot || snapshot.type !== type || !/^\d{1,9}$/.test(offset ?? '')) {
    throw new FhirError(410, issue('not-found', 'This page is no longer kept: search again'));
  }
  const query = parseQuery(type, [...new URLSearchParams(snapshot.query)], false, repo.base());
  return bundleOf(repo, type, { query, ids: snapshot.ids, offset: Number(offset), snapshot: id });
}

/**
 * @param pairs the query, decoded; `_page` is what a `next` link of ours holds
 * @param strict `Prefer: handling=strict`
 * @returns a searchset Bundle with `total`; pages of one search all show the matches of its first moment
 * @throws FhirError 400 for a search this server cannot run as asked, 410 for a page no longer kept
 */
export function search(
  repo: Repository,
  type: ResourceType,
  pairs: readonly Pair[],
  strict: boolean,
): Resource {
  const page = pairs.find(([name]) => name === '_page');
  if (page) return readPage(repo, type, page[1]);
  const query = parseQuery(type, pairs, strict, repo.base());
  const ids = repo.store.find(type, query.conditions, query.order);
  let snapshot: string | undefined;
  if (query.count > 0 && ids.length > query.count) {
    snapshot = randomUUID();
    repo.store.saveSnapshot(snapshot, { type, query: encode(query.used), ids });
  }
  // `_count=0` asks for the total alone: no page, and no link to a next one.
  const page1 =
    query.count === 0
      ? { query, ids, offset: ids.length, snapshot: undefined }
      : { query, ids, offset: 0, snapshot };
  return bundleOf(repo, type, page1);
}

const statusOf = { POST: '201 Created', PUT: '200 OK', PATCH: '200 OK', DELETE: '204 No Content' } as const;

/** @returns a history Bundle of one resource, newest first; 404 when it never existed */
export function history(repo: Repository, type: ResourceType, id: string): Resource {
  const versions = repo.store.history(type, id);
  if (versions.length === 0) throw new FhirError(404, issue('not-found', `This ${type} does not exist`));
  const base = repo.base();
  const entry = versions.map((version) => ({
    fullUrl: `${base}/${type}/${id}`,
    ...(version.resource ? { resource: version.resource } : {}),
    request: { method: version.method, url: version.method === 'POST' ? type : `${type}/${id}` },
    response: {
      status: version.version === 1 ? '201 Created' : statusOf[version.method],
      etag: `W/"${version.version}"`,
      lastModified: version.at,
    },
  }));
  return {
    resourceType: 'Bundle',
    id: randomUUID(),
    type: 'history',
    total: versions.length,
    link: [{ relation: 'self', url: `${base}/${type}/${id}/_history` }],
    entry,
  };
}
