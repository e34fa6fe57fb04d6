/** Answers: FHIR's headers and bodies. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Resource } from './json.ts';
import { FhirError, issue, type OperationOutcome, operationOutcome } from './outcome.ts';
import type { Repository } from './repository.ts';
import type { Version } from './store.ts';

export const fhirJson = 'application/fhir+json; charset=utf-8';

export type Preference = 'minimal' | 'representation' | 'OperationOutcome';

function preferences(request: FastifyRequest): string[] {
  return String(request.headers.prefer ?? '')
    .split(/[,;]/)
    .map((one) => one.trim());
}

/** @returns what `Prefer: return=` asks for; undefined when it asks for nothing known */
export function preferredReturn(request: FastifyRequest): Preference | undefined {
  const known = ['minimal', 'representation', 'OperationOutcome'] as const;
  return known.find((one) => preferences(request).includes(`return=${one}`));
}

export function isStrict(request: FastifyRequest): boolean {
  return preferences(request).includes('handling=strict');
}

export function sendResource(
  reply: FastifyReply,
  status: number,
  resource: Resource | OperationOutcome,
): FastifyReply {
  return reply.code(status).header('content-type', fhirJson).send(JSON.stringify(resource));
}

export function sendError(reply: FastifyReply, error: FhirError): FastifyReply {
  return sendResource(reply, error.status, operationOutcome(error.issues));
}

/** ETag and Last-Modified of a version. */
export function versionHeaders(reply: FastifyReply, version: Version): FastifyReply {
  return reply
    .header('etag', `W/"${version.version}"`)
    .header('last-modified', new Date(version.at).toUTCString());
}

/** Answers a write: headers always, a body as `Prefer: return=` asks (a representation unless told otherwise). */
export function sendWritten(
  request: FastifyRequest,
  reply: FastifyReply,
  repo: Repository,
  status: 200 | 201,
  version: Version,
): FastifyReply {
  versionHeaders(reply, version);
  // Also with 200: who asked for no body learns only from here which resource an If-None-Exist found.
  reply.header('location', `${repo.base()}/${version.type}/${version.id}/_history/${version.version}`);
  switch (preferredReturn(request)) {
    case 'minimal':
      return reply.code(status).send();
    case 'OperationOutcome':
      return sendResource(
        reply,
        status,
        operationOutcome([{ severity: 'information', code: 'informational', diagnostics: 'Stored' }]),
      );
    default:
      return version.resource ? sendResource(reply, status, version.resource) : reply.code(status).send();
  }
}

/** @throws FhirError 406 when the client takes nothing that this server speaks */
export function checkAccept(request: FastifyRequest): void {
  const accept = request.headers.accept;
  if (accept === undefined || /\*\/\*|application\/(\*|json|fhir\+json)/i.test(accept)) return;
  throw new FhirError(406, issue('not-supported', 'This server answers in application/fhir+json'));
}

/** @throws FhirError 401 when the tenant has a token and the request does not bear it */
export function checkToken(request: FastifyRequest, token: string | undefined): void {
  if (token === undefined) return;
  const [, borne = ''] = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '') ?? [];
  const digest = (value: string) => createHash('sha256').update(value).digest();
  if (!timingSafeEqual(digest(borne), digest(token))) {
    throw new FhirError(401, issue('login', 'A valid bearer token is required'));
  }
}
