import type { Appointment, Slot, Task } from 'fhir/r4.js';
import { z } from 'zod';
import type { Coding, FoundAppointment, FoundSchedule, FoundSlot, FoundTask } from '../pms.ts';
import { later, toInstant } from './instant.ts';
import { identifiers, listOf, type ParsedBundle, text } from './parse.ts';
import { isId, parseReference } from './reference.ts';

/**
 * Reads slots, schedules, appointments and tasks. Where a resource cannot be used for booking (no id, a time without an offset) it
 * is not read at all; whatever else is odd in it stays in `resource`, and is written back as it came.
 */

/** What may stand between the quotes of an entity tag, less what could end a header. */
const versionPattern = /^[\x21\x23-\x7e]{1,64}$/;

/** Characters of a clinician's name that are shown; a longer one is no name. */
const maxNameLength = 120;

const id = z.string().refine(isId);

const instant = z.unknown().transform((value, context) => {
  const read = toInstant(value);
  if (read === undefined) context.addIssue('expected an instant with an offset');
  return read ?? z.NEVER;
});

const reference = z.object({ reference: z.string() });

const codings = listOf(z.object({ coding: listOf(z.object({ system: text, code: z.string().min(1) })) }));

const versioned = z
  .object({ versionId: z.union([z.string(), z.number()]).transform(String) })
  .optional()
  .catch(undefined);

const slot = z.object({
  resourceType: z.literal('Slot'),
  id,
  meta: versioned,
  identifier: identifiers,
  serviceType: codings,
  schedule: reference,
  status: z.enum(['free', 'busy', 'busy-tentative', 'busy-unavailable', 'entered-in-error']),
  start: instant,
  end: instant,
});

export type ReadContext = {
  readonly baseUrl: string;
  readonly identifierSystem: string;
  /** Of the answer's headers, for systems that say the version there alone. */
  readonly version?: string | undefined;
};

/** Undefined where this is no slot that could be booked. */
export function parseSlot(resource: unknown, context: ReadContext): FoundSlot | undefined {
  const read = slot.safeParse(resource);
  if (!read.success) return undefined;
  const { meta, identifier, schedule, serviceType: _, resourceType: __, ...found } = read.data;
  const of = parseReference(schedule.reference, context.baseUrl);
  if (of?.resourceType !== 'Schedule' || found.end <= found.start) return undefined;
  const ours = identifier.filter((one) => one.system === context.identifierSystem);
  return {
    ...found,
    version: versionOf(meta?.versionId) ?? context.version,
    scheduleId: of.id,
    holds: ours.map((one) => one.value),
    // Checked above for what is used of it; the rest goes back as it came.
    resource: resource as Slot,
  };
}

const typed = z.object({ serviceType: codings });

/** Whether a schedule or slot is for a service: one that names no service is for any. */
export function isFor(resource: unknown, wanted: Coding | undefined): boolean {
  const named = typed.safeParse(resource).data?.serviceType.flatMap((one) => one.coding) ?? [];
  if (wanted === undefined || named.length === 0) return true;
  return named.some(
    (one) => one.code === wanted.code && (wanted.system === undefined || one.system === wanted.system),
  );
}

const schedule = z.object({
  resourceType: z.literal('Schedule'),
  id,
  active: z.boolean().catch(true),
  actor: listOf(z.object({ reference: text, display: text })),
});

/**
 * A schedule with the name of whose it is: as the reference says it, else as the included resource does.
 *
 * Undefined where this is no active schedule.
 */
export function parseSchedule(
  resource: unknown,
  names: ReadonlyMap<string, string>,
  baseUrl: string,
): FoundSchedule | undefined {
  const read = schedule.safeParse(resource);
  if (!read.success || !read.data.active) return undefined;
  const actors = read.data.actor.map(({ reference: raw, display }) => {
    const to = parseReference(raw, baseUrl);
    const key = to && `${to.resourceType}/${to.id}`;
    return { key, name: nameOf(display) ?? (key === undefined ? undefined : names.get(key)) };
  });
  const named = actors.filter((actor) => actor.name !== undefined);
  const clinician = named.find(({ key }) => /^Practitioner(Role)?\//.test(key ?? '')) ?? named[0];
  const known = actors.flatMap(({ key }) => key ?? []);
  return { id: read.data.id, name: clinician?.name, actors: known };
}

const humanNames = listOf(
  z.object({ use: text, text, prefix: listOf(z.string()), given: listOf(z.string()), family: text }),
);

const actor = z.object({
  resourceType: z.enum(['Practitioner', 'PractitionerRole', 'Location', 'HealthcareService', 'Device']),
  id,
  // A list of HumanName for a Practitioner, a plain string for a place or a service.
  name: z.unknown().optional(),
  practitioner: z.object({ display: text }).optional().catch(undefined),
});

/** The names of the actors that a search included: `Practitioner/1` → "Dr Lee Kim". */
export function actorNames(found: ParsedBundle): ReadonlyMap<string, string> {
  return new Map(
    found.entry.flatMap((entry): [string, string][] => {
      const read = actor.safeParse(entry.resource);
      if (!read.success) return [];
      const { resourceType, id: actorId, name, practitioner } = read.data;
      const said = nameOf(name) ?? humanName(name) ?? nameOf(practitioner?.display);
      return said === undefined ? [] : [[`${resourceType}/${actorId}`, said]];
    }),
  );
}

function humanName(value: unknown): string | undefined {
  const names = humanNames.parse(value).filter((one) => one.use !== 'old' && one.use !== 'maiden');
  const name = names.find((one) => one.use === 'official' || one.use === 'usual') ?? names[0];
  if (name === undefined) return undefined;
  return nameOf(name.text) ?? nameOf([...name.prefix, ...name.given, name.family ?? ''].join(' '));
}

function nameOf(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const name = value.replace(/[\s\p{Cc}]+/gu, ' ').trim();
  return name === '' || name.length > maxNameLength ? undefined : name;
}

const appointment = z.object({
  resourceType: z.literal('Appointment'),
  id,
  meta: versioned,
  status: z.string().min(1),
  start: instant.optional(),
  end: instant.optional(),
  minutesDuration: z.number().int().min(1).max(10_080).optional().catch(undefined),
  slot: listOf(reference),
  participant: listOf(z.object({ actor: reference, status: text })),
});

/** Those that FHIR lets be without a time, and those that never take place. */
const timeless: readonly string[] = ['proposed', 'waitlist', 'cancelled', 'noshow', 'entered-in-error'];

/** Undefined where this is no appointment, or one that should have a time and has none that can be read. */
export function parseAppointment(resource: unknown, context: ReadContext): FoundAppointment | undefined {
  const read = appointment.safeParse(resource);
  if (!read.success) return undefined;
  const { id: appointmentId, meta, status, start, minutesDuration, ...more } = read.data;
  const end =
    more.end ??
    (start === undefined || minutesDuration === undefined ? undefined : later(start, minutesDuration));
  if ((start === undefined || end === undefined) && !timeless.includes(status)) return undefined;
  const slotIds = more.slot
    .map((one) => parseReference(one.reference, context.baseUrl))
    .flatMap((to) => (to?.resourceType === 'Slot' ? to.id : []));
  const patients = more.participant.flatMap((participant) => {
    const to = parseReference(participant.actor.reference, context.baseUrl);
    return to?.resourceType === 'Patient' ? { id: to.id, status: participant.status } : [];
  });
  return {
    id: appointmentId,
    version: versionOf(meta?.versionId) ?? context.version,
    status,
    start,
    end,
    slotIds,
    patientId: patients[0]?.id,
    patientStatus: patients[0]?.status,
    // Checked above for what is used of it; the rest goes back as it came.
    resource: resource as Appointment,
  };
}

const task = z.object({ resourceType: z.literal('Task'), id, meta: versioned, status: z.string().min(1) });

/** Undefined where this is no Task with an id and a status. */
export function parseTask(resource: unknown, context: ReadContext): FoundTask | undefined {
  const read = task.safeParse(resource);
  if (!read.success) return undefined;
  const { id: taskId, meta, status } = read.data;
  const version = versionOf(meta?.versionId) ?? context.version;
  // Checked above for what is used of it; the rest goes back as it came.
  return { id: taskId, version, status, resource: resource as Task };
}

/** The version that an answer's headers name: the entity tag, else the end of a versioned location. */
export function versionFrom(headers: Readonly<Record<string, string | undefined>>): string | undefined {
  const tag = /^\s*(?:W\/)?"([^"]*)"\s*$/.exec(headers.etag ?? '')?.[1];
  const location = headers.location ?? headers['content-location'];
  return versionOf(tag) ?? versionOf(/\/_history\/([^/?#]+)$/.exec(location ?? '')?.[1]);
}

function versionOf(value: string | undefined): string | undefined {
  return value !== undefined && versionPattern.test(value) ? value : undefined;
}
