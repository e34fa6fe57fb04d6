import type { Appointment, Slot, Task } from 'fhir/r4.js';
import type { HttpRequest } from '#kernel/http.ts';
import type {
  Coding,
  FoundAppointment,
  FoundTask,
  Identifier,
  OperationOf,
  PmsAccount,
  PmsCapabilities,
  RenderRefusal,
} from '../pms.ts';
import { toInstant } from './instant.ts';
import { isId } from './reference.ts';
import { carriesOwn, create, type Parameters, replace, search, searchPage } from './request.ts';
import { escapeValue } from './search.ts';

/** Schedules that a page may hold: a clinic's clinicians and rooms. */
const schedulesPerPage = 100;

/** Slots that a page may hold. Less than the least is not asked for: of what comes, some may not be free any more. */
const leastSlotsPerPage = 20;
const mostSlotsPerPage = 100;

/**
 * Searches for schedules and slots are lenient: a server that cannot include, sort or narrow says so by not doing it, and what
 * comes is filtered and sorted on our side.
 */
export function findSchedules(
  account: PmsAccount,
  { serviceType, untyped = false, page, plain = false }: OperationOf<'find-schedules'>,
): HttpRequest | RenderRefusal {
  if (page !== undefined) return nextPage(account, page);
  const parameters: Parameters = [
    ['active', 'true'],
    ...ofService(untyped ? undefined : serviceType),
    ...(plain ? [] : ([['_include', 'Schedule:actor']] as const)),
    ['_count', String(schedulesPerPage)],
  ];
  return search(account, 'Schedule', parameters, 'lenient');
}

export function findSlots(
  account: PmsAccount,
  { scheduleId, serviceType, from, to, count, page, plain = false }: OperationOf<'find-slots'>,
): HttpRequest | RenderRefusal {
  if (page !== undefined) return nextPage(account, page);
  if (!isId(scheduleId)) return { refused: 'INVALID_ID', field: 'scheduleId' };
  const [first, end] = [toInstant(from), toInstant(to)];
  if (first === undefined) return { refused: 'INVALID_INSTANT', field: 'from' };
  if (end === undefined) return { refused: 'INVALID_INSTANT', field: 'to' };
  if (!(count >= 1)) return { refused: 'EMPTY', field: 'count' };
  const perPage = Math.min(Math.max(Math.ceil(count), leastSlotsPerPage), mostSlotsPerPage);
  const parameters: Parameters = [
    ['schedule', `Schedule/${scheduleId}`],
    ['status', 'free'],
    ['start', `ge${toSecond(first)}`],
    ['start', `lt${toSecond(end)}`],
    ...ofService(serviceType),
    ...(plain ? [] : ([['_sort', 'start']] as const)),
    ['_count', String(perPage)],
  ];
  return search(account, 'Slot', parameters, 'lenient');
}

/** Not every server takes fractions of a second in a search. */
function toSecond(instant: string): string {
  return instant.replace(/\.\d+Z$/, 'Z');
}

function nextPage(account: PmsAccount, page: string): HttpRequest | RenderRefusal {
  return searchPage(account, page, 'lenient') ?? { refused: 'INVALID_PAGE', field: 'page' };
}

function ofService(serviceType: Coding | undefined): Parameters {
  if (serviceType === undefined) return [];
  const { system, code } = serviceType;
  const value = system === undefined ? escapeValue(code) : `${escapeValue(system)}|${escapeValue(code)}`;
  return [['service-type', value]];
}

export function renderSetSlot(
  account: PmsAccount,
  { slot, status, hold }: OperationOf<'set-slot'>,
): HttpRequest | RenderRefusal {
  const { id, version, resource } = slot;
  if (!isId(id) || resource.id !== id || resource.resourceType !== 'Slot')
    return { refused: 'INVALID_ID', field: 'slot.id' };
  return replace(account, `Slot/${id}`, withStatus(resource, status, hold), version);
}

/** The slot as it was read, with another status, and marked as ours exactly while it is kept or taken for us. */
export function withStatus(slot: Slot, status: OperationOf<'set-slot'>['status'], hold: Identifier): Slot {
  const { identifier = [], ...rest } = slot;
  // One mark at most: whose hold it is must have one answer, also where an older one was left lying.
  const others = identifier.filter((one) => one.system !== hold.system);
  const marks = status === 'free' ? others : [...others, { system: hold.system, value: hold.value }];
  return { ...rest, ...(marks.length > 0 && { identifier: marks }), status };
}

export function renderCreateAppointment(
  account: PmsAccount,
  { identifier, appointment }: OperationOf<'create-appointment'>,
  capabilities: PmsCapabilities,
): HttpRequest | RenderRefusal {
  const entry = { identifier, resource: appointment };
  if (!carriesOwn(entry)) return { refused: 'IDENTIFIER_MISSING', field: 'appointment.identifier' };
  return create(account, entry, capabilities);
}

/** `resource` is the current one with what is meant to change, so it has its id. */
export function renderUpdate(
  account: PmsAccount,
  { id, version }: FoundAppointment | FoundTask,
  resource: Appointment | Task,
  resourceType: 'Appointment' | 'Task',
): HttpRequest | RenderRefusal {
  const same = isId(id) && resource.id === id && resource.resourceType === resourceType;
  if (!same) return { refused: 'INVALID_ID', field: `${resourceType.toLowerCase()}.id` };
  return replace(account, `${resourceType}/${id}`, resource, version);
}
