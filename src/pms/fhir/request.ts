import type { FhirResource } from 'fhir/r4.js';
import type { HttpRequest } from '#kernel/http.ts';
import type { IntakeEntry, PmsAccount, PmsCapabilities } from '../pms.ts';
import { carries, parseResource } from './parse.ts';
import { trimBase, withinBase } from './reference.ts';
import { encodeParameters, matchByIdentifier } from './search.ts';

/** The shapes that requests have, whatever they are about. */

const json = 'application/fhir+json';

export type Parameters = readonly (readonly [string, string])[];

/**
 * What a server does with a parameter that it does not know. `strict`: refuse, for an ignored one would give us strangers.
 * `lenient`: go on without, where we filter and sort what comes.
 */
export type Handling = 'strict' | 'lenient';

function headers(account: PmsAccount): Record<string, string> {
  const { authentication } = account;
  return {
    accept: json,
    ...(authentication.kind === 'bearer' && { authorization: `Bearer ${authentication.token}` }),
  };
}

export function get(account: PmsAccount, path: string): HttpRequest {
  return { method: 'GET', url: `${trimBase(account.baseUrl)}/${path}`, headers: headers(account) };
}

/** `no-cache`: HAPI answers a search from its cache for a minute, and would hide what was created since. */
function searchHeaders(account: PmsAccount, handling: Handling): Record<string, string> {
  return { ...headers(account), 'cache-control': 'no-cache', prefer: `handling=${handling}` };
}

export function search(
  account: PmsAccount,
  resourceType: string,
  parameters: Parameters,
  handling: Handling = 'strict',
): HttpRequest {
  const url = `${trimBase(account.baseUrl)}/${resourceType}`;
  const encoded = encodeParameters(parameters);
  if (account.search === 'get') {
    return { method: 'GET', url: `${url}?${encoded}`, headers: searchHeaders(account, handling) };
  }
  return {
    method: 'POST',
    url: `${url}/_search`,
    headers: {
      ...searchHeaders(account, handling),
      'content-type': 'application/x-www-form-urlencoded',
    },
    body: encoded,
  };
}

/** A further page of a search, by the link that the server gave; undefined where that leads out of the base. */
export function searchPage(
  account: PmsAccount,
  page: string,
  handling: Handling = 'strict',
): HttpRequest | undefined {
  const target = withinBase(page, account.baseUrl);
  return target && { method: 'GET', url: target.href, headers: searchHeaders(account, handling) };
}

export function post(
  account: PmsAccount,
  path: string,
  body: unknown,
  more: Record<string, string> = {},
): HttpRequest {
  return {
    method: 'POST',
    url: path === '' ? trimBase(account.baseUrl) : `${trimBase(account.baseUrl)}/${path}`,
    headers: { ...headers(account), 'content-type': json, prefer: 'return=representation', ...more },
    body: JSON.stringify(body),
  };
}

/** Creates a resource, on the condition that none with its identifier is there where the server takes one. */
export function create(
  account: PmsAccount,
  { identifier, resource }: IntakeEntry,
  capabilities: PmsCapabilities,
): HttpRequest {
  const conditional = capabilities.conditionalCreate.includes(resource.resourceType);
  const condition: Record<string, string> = conditional
    ? { 'if-none-exist': matchByIdentifier(identifier) }
    : {};
  return post(account, resource.resourceType, resource, condition);
}

/** Writes a resource back over the version that it was read in. Without a version nothing guards what others wrote since. */
export function replace(
  account: PmsAccount,
  path: string,
  resource: FhirResource,
  version: string | undefined,
): HttpRequest {
  return {
    method: 'PUT',
    url: `${trimBase(account.baseUrl)}/${path}`,
    headers: {
      ...headers(account),
      'content-type': json,
      prefer: 'return=representation',
      ...(version !== undefined && { 'if-match': `W/"${version}"` }),
    },
    body: JSON.stringify(resource),
  };
}

/** Whether our identifier stands in the resource as well: without it, it could not be found again. */
export function carriesOwn({ identifier, resource }: IntakeEntry): boolean {
  const parsed = parseResource(resource);
  return parsed !== undefined && carries(parsed, identifier);
}
