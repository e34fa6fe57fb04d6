import type { Bundle, BundleEntry } from 'fhir/r4.js';
import { unreachable } from '#kernel/decider.ts';
import type { HttpRequest } from '#kernel/http.ts';
import type {
  IntakeEntry,
  OperationOf,
  PatientQuery,
  PmsAccount,
  PmsCapabilities,
  PmsOperation,
  RenderRefusal,
} from '../pms.ts';
import { carries, parseResource } from './parse.ts';
import { fullUrlOf, isId, isResourceType, trimBase, withinBase } from './reference.ts';
import { encodeParameters, escapeValue, matchByIdentifier, token } from './search.ts';

const json = 'application/fhir+json';

/** Resources that a page of candidates may hold. */
const candidatesPerPage = 50;

/** Where a resource says whose it is. */
const patientElements = ['subject', 'patient', 'beneficiary', 'for'];

type Parameters = readonly (readonly [string, string])[];

/**
 * The request for an operation, or why there is none.
 *
 * `capabilities` decides whether creates carry a condition.
 */
export function render(
  operation: PmsOperation,
  account: PmsAccount,
  capabilities: PmsCapabilities,
): HttpRequest | RenderRefusal {
  switch (operation.type) {
    case 'capabilities':
      return get(account, 'metadata');
    case 'find-patient-by-identifier':
      return search(account, 'Patient', [['identifier', token(operation.identifier)]]);
    case 'find-patients-by-name-and-birth-date':
      return findCandidates(account, operation);
    case 'read-patient':
      if (!isId(operation.patientId)) return { refused: 'INVALID_ID', field: 'patientId' };
      return get(account, `Patient/${operation.patientId}`);
    case 'register-patient':
      return registerPatient(account, operation, capabilities);
    case 'file-intake':
      return fileIntake(account, operation, capabilities);
    case 'file-entry':
      return fileEntry(account, operation, capabilities);
    case 'read-entry': {
      const { resourceType, id } = operation.entry;
      if (!isResourceType(resourceType)) return { refused: 'INVALID_ID', field: 'entry.resourceType' };
      if (!isId(id)) return { refused: 'INVALID_ID', field: 'entry.id' };
      return get(account, `${resourceType}/${id}`);
    }
    case 'find-filed':
      return findFiled(account, operation);
    default:
      return unreachable(operation);
  }
}

function headers(account: PmsAccount): Record<string, string> {
  const { authentication } = account;
  return {
    accept: json,
    ...(authentication.kind === 'bearer' && { authorization: `Bearer ${authentication.token}` }),
  };
}

function get(account: PmsAccount, path: string): HttpRequest {
  return { method: 'GET', url: `${trimBase(account.baseUrl)}/${path}`, headers: headers(account) };
}

/** `no-cache`: HAPI answers a search from its cache for a minute, and would hide what was created since. */
function searchHeaders(account: PmsAccount): Record<string, string> {
  return { ...headers(account), 'cache-control': 'no-cache', prefer: 'handling=strict' };
}

function search(account: PmsAccount, resourceType: string, parameters: Parameters): HttpRequest {
  const url = `${trimBase(account.baseUrl)}/${resourceType}`;
  const encoded = encodeParameters(parameters);
  if (account.search === 'get') {
    return { method: 'GET', url: `${url}?${encoded}`, headers: searchHeaders(account) };
  }
  return {
    method: 'POST',
    url: `${url}/_search`,
    headers: { ...searchHeaders(account), 'content-type': 'application/x-www-form-urlencoded' },
    body: encoded,
  };
}

function findCandidates(account: PmsAccount, query: PatientQuery): HttpRequest | RenderRefusal {
  if (query.page !== undefined) {
    const page = withinBase(query.page, account.baseUrl);
    if (page === undefined) return { refused: 'INVALID_PAGE', field: 'page' };
    return { method: 'GET', url: page.href, headers: searchHeaders(account) };
  }
  const name = nameParameters(query);
  if (name.length === 0) return { refused: 'EMPTY', field: 'text' };
  return search(account, 'Patient', [
    ...name,
    ['birthdate', query.birthDate],
    ['_count', String(candidatesPerPage)],
  ]);
}

function nameParameters({ family, given, text }: PatientQuery): Parameters {
  const [first] = given;
  if (family !== undefined && first !== undefined) {
    return [
      ['family', escapeValue(family)],
      ['given', escapeValue(first)],
    ];
  }
  if (family !== undefined) return [['family', escapeValue(family)]];
  // The words between are particles and middle names, which one chart has and the other leaves out.
  const words = text.split(/[\s,;]+/u).filter((word) => word !== '');
  const ends = new Set([...words.slice(0, 1), ...words.slice(-1)]);
  return [...ends].map((word) => ['name', escapeValue(word)] as const);
}

function create(
  account: PmsAccount,
  { identifier, resource }: IntakeEntry,
  capabilities: PmsCapabilities,
): HttpRequest {
  const conditional = capabilities.conditionalCreate.includes(resource.resourceType);
  return {
    method: 'POST',
    url: `${trimBase(account.baseUrl)}/${resource.resourceType}`,
    headers: {
      ...headers(account),
      'content-type': json,
      prefer: 'return=representation',
      ...(conditional && { 'if-none-exist': matchByIdentifier(identifier) }),
    },
    body: JSON.stringify(resource),
  };
}

function registerPatient(
  account: PmsAccount,
  operation: OperationOf<'register-patient'>,
  capabilities: PmsCapabilities,
): HttpRequest | RenderRefusal {
  const entry = { identifier: operation.identifier, resource: operation.patient };
  if (!carriesOwn(entry)) return { refused: 'IDENTIFIER_MISSING', field: 'patient.identifier' };
  return create(account, entry, capabilities);
}

function fileIntake(
  account: PmsAccount,
  { patientId, entries }: OperationOf<'file-intake'>,
  capabilities: PmsCapabilities,
): HttpRequest | RenderRefusal {
  if (entries.length === 0) return { refused: 'EMPTY', field: 'entries' };
  const refusals = entries.map((entry, index) => refuseEntry(entry, patientId, `entries.${index}`));
  const refusal = refusals.find((one) => one !== undefined);
  if (refusal !== undefined) return refusal;
  const bundle: Bundle = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: entries.map((entry) => transactionEntry(entry, capabilities)),
  };
  return {
    method: 'POST',
    url: trimBase(account.baseUrl),
    headers: { ...headers(account), 'content-type': json, prefer: 'return=representation' },
    body: JSON.stringify(bundle),
  };
}

function transactionEntry({ identifier, resource }: IntakeEntry, capabilities: PmsCapabilities): BundleEntry {
  const { resourceType } = resource;
  const conditional = capabilities.conditionalCreate.includes(resourceType);
  return {
    fullUrl: fullUrlOf(identifier),
    resource,
    request: {
      method: 'POST',
      url: resourceType,
      ...(conditional && { ifNoneExist: matchByIdentifier(identifier) }),
    },
  };
}

function fileEntry(
  account: PmsAccount,
  { patientId, entry }: OperationOf<'file-entry'>,
  capabilities: PmsCapabilities,
): HttpRequest | RenderRefusal {
  return refuseEntry(entry, patientId, 'entry') ?? create(account, entry, capabilities);
}

function findFiled(
  account: PmsAccount,
  { resourceType, identifiers }: OperationOf<'find-filed'>,
): HttpRequest | RenderRefusal {
  if (!isResourceType(resourceType)) return { refused: 'INVALID_ID', field: 'resourceType' };
  if (identifiers.length === 0) return { refused: 'EMPTY', field: 'identifiers' };
  return search(account, resourceType, [['identifier', identifiers.map(token).join(',')]]);
}

/** An entry without our identifier could not be found again; one of another patient must never be filed here. */
function refuseEntry(entry: IntakeEntry, patientId: string, field: string): RenderRefusal | undefined {
  if (!isId(patientId)) return { refused: 'INVALID_ID', field: 'patientId' };
  if (!carriesOwn(entry)) return { refused: 'IDENTIFIER_MISSING', field: `${field}.resource.identifier` };
  if (patientOf(entry) !== `Patient/${patientId}`)
    return { refused: 'OTHER_PATIENT', field: `${field}.resource` };
  return undefined;
}

function carriesOwn({ identifier, resource }: IntakeEntry): boolean {
  const parsed = parseResource(resource);
  return parsed !== undefined && carries(parsed, identifier);
}

function patientOf({ resource }: IntakeEntry): unknown {
  const references: unknown[] = patientElements
    .map((element) => Reflect.get(resource, element))
    .filter((value) => typeof value === 'object' && value !== null)
    .map((value) => Reflect.get(value, 'reference'));
  return references[0];
}
