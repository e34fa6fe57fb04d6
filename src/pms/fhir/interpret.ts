import type { HttpResponse } from '#kernel/http.ts';
import { accepted, type Outcome, rejected, retry, unknown } from '#kernel/outcome.ts';
import {
  type EntryKey,
  effectOf,
  type FiledEntry,
  type FilingReport,
  type FoundPatient,
  type IntakeEntry,
  type OperationOf,
  type OperationType,
  type PatientPage,
  type PmsResults,
  type UnfiledEntry,
} from '../pms.ts';
import { type Context, lookUp, nextOf, type Reader, type Success } from './answer.ts';
import { failure, slotFailure, unreadable } from './errors.ts';
import {
  readAppointment,
  readCreatedAppointment,
  readFoundAppointment,
  readSchedules,
  readSetSlot,
  readSlot,
  readSlots,
  readTask,
  readUpdatedAppointment,
  readUpdatedTask,
} from './interpret-scheduling.ts';
import {
  carries,
  matches,
  type ParsedBundle,
  parseBundle,
  parseCapabilities,
  parseJson,
  parsePatient,
  parseResource,
} from './parse.ts';
import { versionFrom } from './parse-scheduling.ts';
import { parseReference } from './reference.ts';

export type { Context } from './answer.ts';

const readers: { readonly [T in OperationType]: Reader<T> } = {
  capabilities: readCapabilities,
  'find-patient-by-identifier': readPatientsByIdentifier,
  'find-patients-by-name-and-birth-date': readCandidates,
  'read-patient': readPatient,
  'register-patient': readRegistration,
  'file-intake': readTransaction,
  'file-entry': readCreatedEntry,
  'read-entry': readEntry,
  'find-filed': readFiled,
  'find-schedules': readSchedules,
  'find-slots': readSlots,
  'read-slot': readSlot,
  'set-slot': readSetSlot,
  'create-appointment': readCreatedAppointment,
  'find-appointment': readFoundAppointment,
  'read-appointment': readAppointment,
  'update-appointment': readUpdatedAppointment,
  'read-task': readTask,
  'update-task': readUpdatedTask,
};

/**
 * What the answer to an operation means. Never throws, whatever the body holds.
 *
 * A write whose answer cannot be read is `unknown`; a read is `retry`.
 */
export function interpret<T extends OperationType>(
  type: T,
  operation: OperationOf<T>,
  response: HttpResponse,
  context: Context,
): Outcome<PmsResults[T]> {
  const { status, headers } = response;
  const body = parseJson(response.body);
  const successful = status >= 200 && status < 300;
  if (!successful) {
    const answer = { status, body, retryAfter: headers['retry-after'] };
    return type === 'set-slot'
      ? slotFailure(answer, context.now)
      : failure(effectOf(type), answer, context.now);
  }
  const location = headers.location ?? headers['content-location'];
  const version = versionFrom(headers);
  const empty = response.body.trim() === '';
  return readers[type](operation, { status, location, version, body, empty }, context);
}

function readCapabilities(_: OperationOf<'capabilities'>, { status, body }: Success, { now }: Context) {
  const statement = parseCapabilities(body);
  if (statement === undefined) return failure('read', { status, body }, now);
  // R4 and R4B say the same of the resources that we use.
  if (!statement.fhirVersion.startsWith('4.')) return rejected('FHIR_VERSION_UNSUPPORTED');
  const server = statement.rest.filter((rest) => rest.mode === 'server');
  const conditional = server
    .flatMap((rest) => rest.resource)
    .filter((resource) => resource.conditionalCreate);
  return accepted({
    fhirVersion: statement.fhirVersion,
    transaction: server.some((rest) => rest.interaction.some(({ code }) => code === 'transaction')),
    conditionalCreate: conditional.map((resource) => resource.type),
  });
}

function readPatientsByIdentifier(
  { identifier }: OperationOf<'find-patient-by-identifier'>,
  success: Success,
  context: Context,
): Outcome<readonly FoundPatient[]> {
  const hits = lookUp(success, 'Patient', [identifier], context.now);
  if (hits.kind !== 'accepted') return hits;
  const patients = hits.value.map((hit) => parsePatient(hit.resource, context.baseUrl));
  return accepted(patients.filter((patient) => patient !== undefined));
}

function readCandidates(
  { birthDate }: OperationOf<'find-patients-by-name-and-birth-date'>,
  success: Success,
  context: Context,
): Outcome<PatientPage> {
  const page = readPage(success, context);
  if (page.kind !== 'accepted') return page;
  // The chart may know only the year, or the month; a server that ignores the date gives strangers.
  const born = (patient: FoundPatient) =>
    patient.birthDate !== undefined && birthDate.startsWith(patient.birthDate);
  return accepted({ ...page.value, patients: page.value.patients.filter(born) });
}

function readPage({ status, body }: Success, { baseUrl, now }: Context): Outcome<PatientPage> {
  const found = parseBundle(body);
  if (found === undefined) return failure('read', { status, body }, now);
  const patients = matches(found)
    .map((resource) => parsePatient(resource, baseUrl))
    .filter((patient) => patient !== undefined);
  const next = nextOf(found, baseUrl);
  return accepted(
    typeof next === 'object'
      ? { patients, next: next.url, incomplete: false }
      : { patients, incomplete: next === 'outside' },
  );
}

function readPatient(
  { patientId }: OperationOf<'read-patient'>,
  { status, body }: Success,
  { baseUrl, now }: Context,
): Outcome<FoundPatient> {
  const patient = parsePatient(body, baseUrl);
  if (patient === undefined) return failure('read', { status, body }, now);
  return patient.id === patientId ? accepted(patient) : rejected('READ_MISMATCH');
}

function readRegistration(
  { patient }: OperationOf<'register-patient'>,
  success: Success,
  context: Context,
): Outcome<PmsResults['register-patient']> {
  const patientId = createdId(success, patient.resourceType, context);
  if (patientId.kind !== 'accepted') return patientId;
  return accepted({ patientId: patientId.value, created: success.status === 201 });
}

function readCreatedEntry(
  { entry }: OperationOf<'file-entry'>,
  success: Success,
  context: Context,
): Outcome<FiledEntry> {
  const id = createdId(success, entry.resource.resourceType, context);
  return id.kind === 'accepted' ? accepted({ ...keyOf(entry), id: id.value }) : id;
}

/** The id that a create gave: from its location, or from the resource in the body. */
function createdId(
  { status, location, body }: Success,
  resourceType: string,
  context: Context,
): Outcome<string> {
  const id = idFrom(location, body, resourceType, context.baseUrl);
  if (id !== undefined) return accepted(id);
  return parseResource(body)?.resourceType === 'OperationOutcome'
    ? failure('write', { status, body }, context.now)
    : unreadable('write');
}

/** A location outside the base is passed over: it names nothing that we could read with this account. */
function idFrom(
  location: unknown,
  resource: unknown,
  resourceType: string,
  baseUrl: string,
): string | undefined {
  const reference = parseReference(location, baseUrl);
  if (reference?.resourceType === resourceType) return reference.id;
  const parsed = parseResource(resource);
  return parsed?.resourceType === resourceType ? parsed.id : undefined;
}

function readTransaction(
  { entries }: OperationOf<'file-intake'>,
  { status, body }: Success,
  context: Context,
): Outcome<FilingReport> {
  const answer = parseBundle(body);
  if (answer === undefined && parseResource(body)?.resourceType === 'OperationOutcome') {
    return failure('write', { status, body }, context.now);
  }
  if (answer === undefined || answer.entry.length !== entries.length) return unreadable('write');
  const results = entries.map((entry, index) => readTransactionEntry(entry, answer.entry[index], context));
  const filed = results.filter((result): result is FiledEntry => 'id' in result);
  const unfiled = results.filter((result): result is UnfiledEntry => 'kind' in result);
  return filed.length > 0 ? accepted({ filed, unfiled }) : nothingFiled(unfiled);
}

function readTransactionEntry(
  entry: IntakeEntry,
  answer: ParsedBundle['entry'][number] | undefined,
  { baseUrl, now }: Context,
): FiledEntry | UnfiledEntry {
  const key = keyOf(entry);
  const { status = Number.NaN, location, outcome } = answer?.response ?? {};
  const successful = status >= 200 && status < 300;
  const id = successful ? idFrom(location, answer?.resource, key.resourceType, baseUrl) : undefined;
  if (id !== undefined) return { ...key, id };
  const failed = successful
    ? unreadable('write')
    : failure('write', { status, body: outcome ?? answer?.resource }, now);
  return { ...key, kind: failed.kind, code: failed.code };
}

/** One doubt makes the whole doubtful; short of that, one that may come right makes it worth another try. */
function nothingFiled(unfiled: readonly UnfiledEntry[]): Outcome<never> {
  const doubtful = unfiled.find((entry) => entry.kind === 'unknown');
  if (doubtful !== undefined) return unknown(doubtful.code);
  const passing = unfiled.find((entry) => entry.kind === 'retry');
  if (passing !== undefined) return retry(passing.code);
  return rejected(unfiled[0]?.code ?? 'BAD_RESPONSE');
}

function readEntry(
  { entry }: OperationOf<'read-entry'>,
  { status, body }: Success,
  { now }: Context,
): Outcome<FiledEntry> {
  const resource = parseResource(body);
  if (resource === undefined || resource.resourceType === 'OperationOutcome') {
    return failure('read', { status, body }, now);
  }
  const same =
    resource.resourceType === entry.resourceType &&
    resource.id === entry.id &&
    carries(resource, entry.identifier);
  return same ? accepted(entry) : rejected('READ_MISMATCH');
}

function readFiled(
  { resourceType, identifiers }: OperationOf<'find-filed'>,
  success: Success,
  { now }: Context,
): Outcome<readonly FiledEntry[]> {
  const hits = lookUp(success, resourceType, identifiers, now);
  if (hits.kind !== 'accepted') return hits;
  return accepted(hits.value.map(({ identifier, id }) => ({ resourceType, identifier, id })));
}

function keyOf({ identifier, resource }: IntakeEntry): EntryKey {
  return { resourceType: resource.resourceType, identifier };
}
