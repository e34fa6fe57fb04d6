/** The RESTful API of one process: every practice under its own path. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { processBundle } from './bundle.ts';
import { capabilityStatement } from './capability.ts';
import { type Json, own, parseJson, text } from './json.ts';
import { FhirError, issue } from './outcome.ts';
import {
  checkAccept,
  checkToken,
  isStrict,
  preferredReturn,
  sendResource,
  sendWritten,
  versionHeaders,
} from './replies.ts';
import {
  checkReferences,
  create,
  inTransaction,
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
import type { Pair } from './search/query.ts';
import { history, search } from './searchset.ts';
import type { Version } from './store.ts';

export type Tenant = { readonly repo: Repository; readonly token: string | undefined };

type Params = { tenant: string; type: string; id: string; vid: string };
type Request = FastifyRequest<{ Params: Params }>;

const fhirTypes = /^application\/(fhir\+json|json)\s*(;|$)/i;
const patchType = /^application\/json-patch\+json\s*(;|$)/i;
const formType = /^application\/x-www-form-urlencoded\s*(;|$)/i;

function contentType(request: Request): string {
  return request.headers['content-type'] ?? '';
}

function bytesOf(request: Request): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

/** @throws FhirError 415 for another content type, 400 for something that is not JSON */
function jsonBody(request: Request, expected: RegExp = fhirTypes): Json {
  if (!expected.test(contentType(request))) {
    const name = expected === patchType ? 'application/json-patch+json' : 'application/fhir+json';
    throw new FhirError(415, issue('not-supported', `Expected ${name}`));
  }
  return parseJson(bytesOf(request));
}

function typeOf(request: Request): ResourceType {
  const { type } = request.params;
  if (!isResourceType(type))
    throw new FhirError(404, issue('not-supported', 'This server does not keep this type'));
  return type;
}

function queryString(request: Request): string {
  return request.url.split(/\?(.*)/s)[1] ?? '';
}

function pairsOf(query: string): Pair[] {
  return [...new URLSearchParams(query)];
}

/** A header sent twice has no one meaning. */
function header(request: Request, name: string): string | undefined {
  const value = request.headers[name];
  if (Array.isArray(value)) throw new FhirError(400, issue('invalid', `${name} may be sent once`));
  return value;
}

/** A Binary's own bytes may be sent and fetched as they are (https://hl7.org/fhir/R4/binary.html#rest). */
function writableBody(request: Request, type: ResourceType): Json {
  const isRaw = type === 'Binary' && !fhirTypes.test(contentType(request)) && contentType(request) !== '';
  if (!isRaw) return jsonBody(request);
  const data = bytesOf(request).toString('base64');
  return { resourceType: 'Binary', contentType: contentType(request), ...(data ? { data } : {}) };
}

function settle(repo: Repository, write: () => Written): Written {
  return inTransaction(repo, () => {
    const written = write();
    checkReferences(repo, written.references);
    return written;
  });
}

function sendVersion(
  request: Request,
  reply: FastifyReply,
  version: Version & { resource: NonNullable<Version['resource']> },
): FastifyReply {
  versionHeaders(reply, version);
  const known = header(request, 'if-none-match');
  if (known?.includes(`"${version.version}"`)) return reply.code(304).send();
  const wantsFhir = /application\/(fhir\+)?json/i.test(request.headers.accept ?? '');
  if (version.type === 'Binary' && !wantsFhir) {
    const data = Buffer.from(text(own(version.resource, 'data')) ?? '', 'base64');
    const sniffing = reply.header('x-content-type-options', 'nosniff');
    return sniffing
      .header('content-type', text(own(version.resource, 'contentType')) ?? 'application/octet-stream')
      .send(data);
  }
  checkAccept(request);
  return sendResource(reply, 200, version.resource);
}

function createRoute(request: Request, reply: FastifyReply, repo: Repository): FastifyReply {
  const type = typeOf(request);
  const condition = repo.conditionalCreate ? header(request, 'if-none-exist') : undefined;
  const body = writableBody(request, type);
  const existing = condition === undefined ? undefined : onlyMatch(repo, type, condition);
  if (existing !== undefined) return sendWritten(request, reply, repo, 200, read(repo, type, existing));
  const { status, version } = settle(repo, () => create(repo, type, body));
  return sendWritten(request, reply, repo, status, version);
}

function conditionalUpdateRoute(request: Request, reply: FastifyReply, repo: Repository): FastifyReply {
  const type = typeOf(request);
  const body = jsonBody(request);
  const found = onlyMatch(repo, type, queryString(request));
  const isObject = typeof body === 'object' && body !== null && !Array.isArray(body);
  const ownId = isObject ? text(own(body, 'id')) : undefined;
  const ifMatch = header(request, 'if-match');
  const id = found ?? ownId;
  const { status, version } = settle(repo, () => {
    if (id === undefined && ifMatch === undefined) return create(repo, type, body);
    if (id === undefined)
      throw new FhirError(412, issue('conflict', 'If-Match names a version, but there is none'));
    return update(repo, type, id, isObject && ownId === undefined ? { ...body, id } : body, { ifMatch });
  });
  return sendWritten(request, reply, repo, status, version);
}

type Handler = (request: Request, reply: FastifyReply, repo: Repository) => FastifyReply;

const handlers: readonly (readonly ['GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', string, Handler])[] = [
  [
    'POST',
    '/',
    (request, reply, repo) => {
      const withResource = preferredReturn(request) === 'representation';
      return sendResource(reply, 200, processBundle(repo, jsonBody(request), withResource));
    },
  ],
  [
    'GET',
    '/:type',
    (request, reply, repo) => {
      checkAccept(request);
      return sendResource(
        reply,
        200,
        search(repo, typeOf(request), pairsOf(queryString(request)), isStrict(request)),
      );
    },
  ],
  [
    'POST',
    '/:type/_search',
    (request, reply, repo) => {
      checkAccept(request);
      if (!formType.test(contentType(request)) && bytesOf(request).length > 0) {
        throw new FhirError(415, issue('not-supported', 'Expected application/x-www-form-urlencoded'));
      }
      const pairs = [...pairsOf(queryString(request)), ...pairsOf(bytesOf(request).toString())];
      return sendResource(reply, 200, search(repo, typeOf(request), pairs, isStrict(request)));
    },
  ],
  ['POST', '/:type', createRoute],
  ['PUT', '/:type', conditionalUpdateRoute],
  [
    'GET',
    '/:type/:id',
    (request, reply, repo) => sendVersion(request, reply, read(repo, typeOf(request), request.params.id)),
  ],
  [
    'PUT',
    '/:type/:id',
    (request, reply, repo) => {
      const type = typeOf(request);
      const body = jsonBody(request);
      const ifMatch = header(request, 'if-match');
      const { status, version } = settle(repo, () =>
        update(repo, type, request.params.id, body, { ifMatch }),
      );
      return sendWritten(request, reply, repo, status, version);
    },
  ],
  [
    'PATCH',
    '/:type/:id',
    (request, reply, repo) => {
      const type = typeOf(request);
      const operations = jsonBody(request, patchType);
      const ifMatch = header(request, 'if-match');
      const { status, version } = settle(repo, () =>
        patch(repo, type, request.params.id, operations, { ifMatch }),
      );
      return sendWritten(request, reply, repo, status, version);
    },
  ],
  [
    'DELETE',
    '/:type/:id',
    (request, reply, repo) => {
      const ifMatch = header(request, 'if-match');
      const version = inTransaction(repo, () =>
        remove(repo, typeOf(request), request.params.id, { ifMatch }),
      );
      if (version) reply.header('etag', `W/"${version.version}"`);
      return reply.code(204).send();
    },
  ],
  [
    'GET',
    '/:type/:id/_history',
    (request, reply, repo) => sendResource(reply, 200, history(repo, typeOf(request), request.params.id)),
  ],
  [
    'GET',
    '/:type/:id/_history/:vid',
    (request, reply, repo) =>
      sendVersion(request, reply, readVersion(repo, typeOf(request), request.params.id, request.params.vid)),
  ],
];

function tenantOf(request: Request, tenants: ReadonlyMap<string, Tenant>): Tenant {
  const tenant = tenants.get(request.params.tenant);
  if (!tenant) throw new FhirError(404, issue('not-found', 'No such practice'));
  return tenant;
}

/** Mounts the API at `basePath/:tenant`. Bodies arrive as bytes: what they are is decided by the route. */
export function mountFhir(
  app: FastifyInstance,
  basePath: string,
  tenants: ReadonlyMap<string, Tenant>,
): void {
  const prefix = `${basePath}/:tenant`;
  // Open, as on real servers: a client reads it before it has a token.
  app.get<{ Params: Params }>(`${prefix}/metadata`, (request, reply) => {
    checkAccept(request);
    return sendResource(reply, 200, capabilityStatement(tenantOf(request, tenants).repo));
  });
  for (const [method, path, handler] of handlers) {
    app.route<{ Params: Params }>({
      method,
      url: `${prefix}${path === '/' ? '' : path}`,
      handler(request, reply) {
        const tenant = tenantOf(request, tenants);
        checkToken(request, tenant.token);
        return handler(request, reply, tenant.repo);
      },
    });
  }
}
