import type { Appointment, Slot, Task } from 'fhir/r4.js';
import { accepted, type Outcome, rejected, retry } from '#kernel/outcome.ts';
import type { FoundAppointment, FoundSlot, FoundTask, OperationOf, SchedulePage, SlotPage } from '../pms.ts';
import { type Context, lookUp, nextOf, type Success } from './answer.ts';
import { failure, unreadable } from './errors.ts';
import { issueCodes, matches, type ParsedBundle, parseBundle, parseResource } from './parse.ts';
import {
  actorNames,
  isFor,
  parseAppointment,
  parseSchedule,
  parseSlot,
  parseTask,
  type ReadContext,
} from './parse-scheduling.ts';
import { parseReference } from './reference.ts';
import { withStatus } from './render-scheduling.ts';

type Parse<T> = (resource: unknown, context: ReadContext) => T | undefined;

export function readSchedules(
  { serviceType }: OperationOf<'find-schedules'>,
  success: Success,
  context: Context,
): Outcome<SchedulePage> {
  const found = pageOf(success, context);
  if (found.kind !== 'accepted') return found;
  const names = actorNames(found.value);
  const schedules = matches(found.value)
    .filter((resource) => isFor(resource, serviceType))
    .map((resource) => parseSchedule(resource, names, context.baseUrl))
    .filter((schedule) => schedule !== undefined);
  return accepted({ schedules, ...nextPage(found.value, context) });
}

/** Servers that do not know a parameter give what was not asked for: busy slots, other days, other schedules. */
export function readSlots(
  { scheduleId, serviceType, from, to }: OperationOf<'find-slots'>,
  success: Success,
  context: Context,
): Outcome<SlotPage> {
  const found = pageOf(success, context);
  if (found.kind !== 'accepted') return found;
  const [first, end] = [Date.parse(from), Date.parse(to)];
  const slots = matches(found.value)
    .filter((resource) => isFor(resource, serviceType))
    .map((resource) => parseSlot(resource, context))
    .filter((slot) => slot !== undefined)
    .filter((slot) => slot.status === 'free' && slot.scheduleId === scheduleId)
    .filter((slot) => Date.parse(slot.start) >= first && Date.parse(slot.start) < end);
  return accepted({ slots, ...nextPage(found.value, context) });
}

/** A search of which a part failed says nothing about what is not in it. */
function pageOf({ status, body }: Success, { now }: Context): Outcome<ParsedBundle> {
  const found = parseBundle(body);
  if (found === undefined) return failure('read', { status, body }, now);
  const failed = found.entry.some((entry) => issueCodes(entry.resource).length > 0);
  return failed ? retry('SEARCH_INCOMPLETE') : accepted(found);
}

function nextPage(found: ParsedBundle, { baseUrl }: Context): { readonly next?: string } {
  const next = nextOf(found, baseUrl);
  return typeof next === 'object' ? { next: next.url } : {};
}

export function readSlot(
  { slotId }: OperationOf<'read-slot'>,
  success: Success,
  context: Context,
): Outcome<FoundSlot> {
  return readOne({ resourceType: 'Slot', id: slotId }, success, context, parseSlot);
}

export function readSetSlot(
  { slot, status, hold }: OperationOf<'set-slot'>,
  success: Success,
  context: Context,
): Outcome<FoundSlot> {
  const written = readWritten(withStatus(slot.resource, status, hold), success, context, parseSlot);
  // It said yes and kept its own: the slot is not ours.
  return written.kind === 'accepted' && written.value.status !== status ? rejected('NOT_HONOURED') : written;
}

export function readCreatedAppointment(
  { appointment }: OperationOf<'create-appointment'>,
  success: Success,
  context: Context,
): Outcome<FoundAppointment> {
  const { status, location, version, body, empty } = success;
  const found = parseAppointment(body, { ...context, version });
  if (found !== undefined) return accepted(found);
  if (issueCodes(body).length > 0) return failure('write', { status, body }, context.now);
  const to = parseReference(location, context.baseUrl);
  const brief = empty || parseResource(body)?.resourceType === 'OperationOutcome';
  if (!brief || to?.resourceType !== 'Appointment') return unreadable('write');
  const sent = parseAppointment({ ...appointment, id: to.id }, { ...context, version });
  return sent === undefined ? unreadable('write') : accepted(sent);
}

/** Of several that carry our identifier nobody knows which one the patient was told. Those entered in error are none. */
export function readFoundAppointment(
  { identifier }: OperationOf<'find-appointment'>,
  success: Success,
  context: Context,
): Outcome<FoundAppointment | undefined> {
  const hits = lookUp(success, 'Appointment', [identifier], context.now);
  if (hits.kind !== 'accepted') return hits;
  const found = new Map<string, FoundAppointment>();
  for (const { id, resource } of hits.value) {
    const read = parseAppointment(resource, context);
    if (read === undefined) return rejected('UNUSABLE');
    if (read.status !== 'entered-in-error') found.set(id, read);
  }
  if (found.size > 1) return rejected('SEVERAL_APPOINTMENTS');
  return accepted(found.values().next().value);
}

export function readAppointment(
  { appointmentId }: OperationOf<'read-appointment'>,
  success: Success,
  context: Context,
): Outcome<FoundAppointment> {
  const wanted = { resourceType: 'Appointment', id: appointmentId };
  return readOne(wanted, success, context, parseAppointment);
}

export function readUpdatedAppointment(
  { appointment }: OperationOf<'update-appointment'>,
  success: Success,
  context: Context,
): Outcome<FoundAppointment> {
  const written = readWritten(appointment, success, context, parseAppointment);
  if (written.kind !== 'accepted') return written;
  const meant = parseAppointment(appointment, context);
  const { status, start } = written.value;
  return status === meant?.status && start === meant.start ? written : rejected('NOT_HONOURED');
}

export function readTask(
  { taskId }: OperationOf<'read-task'>,
  success: Success,
  context: Context,
): Outcome<FoundTask> {
  return readOne({ resourceType: 'Task', id: taskId }, success, context, parseTask);
}

/** A system's own workflow may carry a task on at once, so its status is told as it stands then. */
export function readUpdatedTask(
  { task }: OperationOf<'update-task'>,
  success: Success,
  context: Context,
): Outcome<FoundTask> {
  return readWritten(task, success, context, parseTask);
}

function readOne<T extends { readonly id: string }>(
  wanted: { readonly resourceType: string; readonly id: string },
  { status, body, version }: Success,
  context: Context,
  parse: Parse<T>,
): Outcome<T> {
  const found = parse(body, { ...context, version });
  if (found !== undefined) return found.id === wanted.id ? accepted(found) : rejected('READ_MISMATCH');
  const resource = parseResource(body);
  if (resource === undefined || resource.resourceType === 'OperationOutcome')
    return failure('read', { status, body }, context.now);
  // The right one, but its time or its schedule cannot be read; it will be no better the next time.
  const right = resource.resourceType === wanted.resourceType && resource.id === wanted.id;
  return rejected(right ? 'UNUSABLE' : 'READ_MISMATCH');
}

/** What stands in the system after a write: as it says itself, else as it was sent, in the version that the headers name. */
function readWritten<T extends { readonly id: string }>(
  sent: Appointment | Slot | Task,
  { status, body, version, empty }: Success,
  context: Context,
  parse: Parse<T>,
): Outcome<T> {
  const said = parse(body, { ...context, version });
  if (said !== undefined) return said.id === sent.id ? accepted(said) : unreadable('write');
  if (issueCodes(body).length > 0) return failure('write', { status, body }, context.now);
  if (!empty && parseResource(body)?.resourceType !== 'OperationOutcome') return unreadable('write');
  const { versionId: _, lastUpdated: __, ...meta } = sent.meta ?? {};
  const { meta: ___, ...elements } = sent;
  const unversioned = Object.keys(meta).length > 0 ? { ...elements, meta } : elements;
  const kept = parse(unversioned, { ...context, version });
  return kept === undefined ? unreadable('write') : accepted(kept);
}
