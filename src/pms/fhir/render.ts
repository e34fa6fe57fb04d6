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
import { fullUrlOf, isId, isResourceType } from './reference.ts';
import {
  findSchedules,
  findSlots,
  renderCreateAppointment,
  renderSetSlot,
  renderUpdate,
} from './render-scheduling.ts';
import { carriesOwn, create, get, type Parameters, post, search, searchPage } from './request.ts';
import { isResolved, resolve } from './resolve.ts';
import { escapeValue, matchByIdentifier, token } from './search.ts';

/** Resources that a page of candidates may hold. */
const candidatesPerPage = 50;

/** Where a resource says whose it is. */
const patientElements = ['subject', 'patient', 'beneficiary', 'for'];

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
      return readOne(account, 'Patient', operation.patientId, 'patientId');
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
    case 'find-schedules':
      return findSchedules(account, operation);
    case 'find-slots':
      return findSlots(account, operation);
    case 'read-slot':
      return readOne(account, 'Slot', operation.slotId, 'slotId');
    case 'set-slot':
      return renderSetSlot(account, operation);
    case 'create-appointment':
      return renderCreateAppointment(account, operation, capabilities);
    case 'find-appointment':
      return search(account, 'Appointment', [['identifier', token(operation.identifier)]]);
    case 'read-appointment':
      return readOne(account, 'Appointment', operation.appointmentId, 'appointmentId');
    case 'update-appointment':
      return renderUpdate(account, operation.current, operation.appointment, 'Appointment');
    case 'read-task':
      return readOne(account, 'Task', operation.taskId, 'taskId');
    case 'update-task':
      return renderUpdate(account, operation.current, operation.task, 'Task');
    default:
      return unreachable(operation);
  }
}

function readOne(
  account: PmsAccount,
  resourceType: string,
  id: string,
  field: string,
): HttpRequest | RenderRefusal {
  return isId(id) ? get(account, `${resourceType}/${id}`) : { refused: 'INVALID_ID', field };
}

function findCandidates(account: PmsAccount, query: PatientQuery): HttpRequest | RenderRefusal {
  if (query.page !== undefined) {
    return searchPage(account, query.page) ?? { refused: 'INVALID_PAGE', field: 'page' };
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
  { patientId, entries, filed = [] }: OperationOf<'file-intake'>,
  capabilities: PmsCapabilities,
): HttpRequest | RenderRefusal {
  if (entries.length === 0) return { refused: 'EMPTY', field: 'entries' };
  const resolved = entries.map((entry) => resolve(entry, filed));
  const beside = new Set(entries.map(({ identifier }) => fullUrlOf(identifier)));
  const refusals = resolved.map((entry, index) => refuseEntry(entry, patientId, beside, `entries.${index}`));
  const refusal = refusals.find((one) => one !== undefined);
  if (refusal !== undefined) return refusal;
  const bundle: Bundle = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: resolved.map((entry) => transactionEntry(entry, capabilities)),
  };
  return post(account, '', bundle);
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
  { patientId, entry, filed = [] }: OperationOf<'file-entry'>,
  capabilities: PmsCapabilities,
): HttpRequest | RenderRefusal {
  const resolved = resolve(entry, filed);
  return refuseEntry(resolved, patientId, new Set(), 'entry') ?? create(account, resolved, capabilities);
}

function findFiled(
  account: PmsAccount,
  { resourceType, identifiers }: OperationOf<'find-filed'>,
): HttpRequest | RenderRefusal {
  if (!isResourceType(resourceType)) return { refused: 'INVALID_ID', field: 'resourceType' };
  if (identifiers.length === 0) return { refused: 'EMPTY', field: 'identifiers' };
  return search(account, resourceType, [['identifier', identifiers.map(token).join(',')]]);
}

/**
 * An entry without our identifier could not be found again; one of another patient must never be filed here; one that refers to
 * what is neither filed nor sent along would point at nothing.
 */
function refuseEntry(
  entry: IntakeEntry,
  patientId: string | undefined,
  beside: ReadonlySet<string>,
  field: string,
): RenderRefusal | undefined {
  if (patientId !== undefined && !isId(patientId)) return { refused: 'INVALID_ID', field: 'patientId' };
  if (!carriesOwn(entry)) return { refused: 'IDENTIFIER_MISSING', field: `${field}.resource.identifier` };
  const expected = patientId === undefined ? undefined : `Patient/${patientId}`;
  if (patientOf(entry) !== expected) return { refused: 'OTHER_PATIENT', field: `${field}.resource` };
  if (!isResolved(entry.resource, beside))
    return { refused: 'REFERENCE_UNRESOLVED', field: `${field}.resource` };
  return undefined;
}

function patientOf({ resource }: IntakeEntry): unknown {
  const references: unknown[] = patientElements
    .map((element) => Reflect.get(resource, element))
    .filter((value) => typeof value === 'object' && value !== null)
    .map((value) => Reflect.get(value, 'reference'));
  return references[0];
}
