import type { Resource } from '../api.ts';
import { clockTime, languageName, plainDate, sentenceCase, shortDay, words } from '../format.ts';

/**
 * FHIR R4 resources as labelled fields for people. Everything is read loosely: a resource that lacks a field, or
 * holds something unexpected there, shows less and never breaks the page.
 */

export type Field = { readonly label: string; readonly value: string };

/** The value at a path, or undefined: `at(patient, 'name', 0, 'text')`. */
export function at(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (inner, step) =>
      typeof inner === 'object' && inner !== null
        ? (inner as Record<string | number, unknown>)[step]
        : undefined, // any object may be asked for any key
    value,
  );
}

function string(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

const joined = (parts: readonly (string | undefined)[], separator = ' '): string | undefined =>
  string(parts.filter((part) => part !== undefined).join(separator));

/** A HumanName as one line. */
export function humanName(name: unknown): string | undefined {
  return (
    string(at(name, 'text')) ?? joined([...list(at(name, 'given')).map(string), string(at(name, 'family'))])
  );
}

const concept = (value: unknown): string | undefined =>
  string(at(value, 'text')) ??
  string(at(value, 'coding', 0, 'display')) ??
  string(at(value, 'coding', 0, 'code'));

const coding = (value: unknown): string | undefined =>
  string(at(value, 'display')) ?? string(at(value, 'code'));

function address(value: unknown): string | undefined {
  return (
    string(at(value, 'text')) ??
    joined(
      [
        ...list(at(value, 'line')).map(string),
        ...['city', 'state', 'postalCode', 'country'].map((part) => string(at(value, part))),
      ],
      ', ',
    )
  );
}

const reference = (value: unknown): string | undefined =>
  string(at(value, 'display')) ?? string(at(value, 'reference'));

const date = (value: unknown): string | undefined => {
  const text = string(value);
  return text === undefined ? undefined : plainDate(text.slice(0, 10));
};

const yesNo = (value: unknown): string | undefined =>
  typeof value === 'boolean' ? (value ? 'Yes' : 'No') : undefined;

type Read = readonly [label: string, value: string | undefined];

type Zone = string | undefined;

/** "Tue 24 Nov, 09:30" of an instant. */
function moment(value: unknown, zone: Zone): string | undefined {
  const instant = string(value);
  if (instant === undefined || Number.isNaN(Date.parse(instant))) return instant;
  return `${shortDay(instant, zone)}, ${clockTime(instant, zone)}`;
}

const readers: Readonly<Record<string, (resource: Resource, zone: Zone) => readonly Read[]>> = {
  Patient: (patient) => [
    ['Name', humanName(at(patient, 'name', 0))],
    ['Date of birth', date(patient.birthDate)],
    ['Gender', sentence(patient.gender)],
    ...list(patient.telecom).map(
      (contact): Read => [
        sentenceCase(string(at(contact, 'system')) ?? 'contact'),
        joined([string(at(contact, 'value')), use(contact)]),
      ],
    ),
    ...list(patient.address).map((place): Read => ['Address', address(place)]),
    ['Language', patientLanguage(patient)],
    ['Active', yesNo(patient.active)],
    ...identifiers(patient),
  ],
  Coverage: (coverage) => [
    ['Insurer', paysThemselves(coverage) ? 'None: the patient pays' : reference(at(coverage, 'payor', 0))],
    ['Member number', string(coverage.subscriberId)],
    ['Plan', string(at(coverage, 'class', 0, 'name')) ?? string(at(coverage, 'class', 0, 'value'))],
    ['Status', sentence(coverage.status)],
    ['Valid from', date(at(coverage, 'period', 'start'))],
    ['Valid until', date(at(coverage, 'period', 'end'))],
  ],
  Consent: (consent) => [
    ['Decision', decision(consent)],
    ['Status', sentence(consent.status)],
    ['Kind', concept(at(consent, 'category', 0))],
    ['Scope', sentence(concept(consent.scope))],
    ['Purpose', coding(at(consent, 'provision', 'purpose', 0))],
    ['Given on', date(consent.dateTime)],
    ['Wording', concept(consent.policyRule)],
    ['Policy', string(at(consent, 'policy', 0, 'uri'))],
  ],
  Appointment: (appointment, zone) => [
    ['When', moment(appointment.start, zone)],
    ['Until', clock(appointment.end, zone)],
    ['Status', visitStatus(appointment)],
    ['With', people(appointment.participant)],
    ['For', concept(at(appointment, 'serviceType', 0))],
    ['Reason', concept(at(appointment, 'reasonCode', 0)) ?? string(appointment.description)],
    ['Cancelled because', concept(appointment.cancelationReason)],
    ['Comment', string(appointment.comment)],
    ...identifiers(appointment),
  ],
  Task: (task, zone) => [
    ['What', string(task.description) ?? concept(task.code)],
    ['Status', sentence(task.status)],
    ['Business status', concept(task.businessStatus)],
    ['Priority', sentence(task.priority)],
    ['Reason', concept(task.reasonCode)],
    ['Since', moment(task.authoredOn, zone)],
    ['Changed', moment(task.lastModified, zone)],
    ['Owner', reference(task.owner)],
    ...list(task.input).map((one): Read => [concept(at(one, 'type')) ?? 'Given', contentOf(one)]),
    ...list(task.output).map((one): Read => [concept(at(one, 'type')) ?? 'Outcome', contentOf(one)]),
    ...list(task.note).map((one): Read => ['Note', string(at(one, 'text'))]),
  ],
  Communication: (communication, zone) => [
    ['About', string(at(communication, 'topic', 'text')) ?? concept(communication.topic)],
    ['Status', sentence(communication.status)],
    ['Sent', moment(communication.sent, zone)],
    ['Received', moment(communication.received, zone)],
    ['Reason', concept(at(communication, 'reasonCode', 0))],
    ...list(communication.payload).map((one): Read => ['Text', contentOf(one, 'content')]),
    ...list(communication.note).map((one): Read => ['Note', string(at(one, 'text'))]),
  ],
};

function clock(value: unknown, zone: Zone): string | undefined {
  const instant = string(value);
  return instant === undefined || Number.isNaN(Date.parse(instant)) ? instant : clockTime(instant, zone);
}

/** https://hl7.org/fhir/R4/valueset-appointmentstatus.html, as a receptionist would say it. */
const visitStatuses: Readonly<Record<string, string>> = {
  booked: 'Booked',
  pending: 'Not confirmed yet',
  proposed: 'Proposed',
  cancelled: 'Cancelled',
  noshow: 'Did not come',
  fulfilled: 'Was here',
};

/** Booked; once the patient has said so, confirmed. */
function visitStatus(appointment: Resource): string | undefined {
  const status = string(appointment.status) ?? '';
  const known = Object.hasOwn(visitStatuses, status) ? visitStatuses[status] : sentence(status);
  const patient = list(appointment.participant).find((one) =>
    string(at(one, 'actor', 'reference'))?.includes('Patient/'),
  );
  const isConfirmed = status === 'booked' && at(patient, 'status') === 'accepted';
  return isConfirmed ? `${known}, accepted by the patient` : known;
}

/** Those who take part and have a name; the patient's chart this is. */
const people = (participants: unknown): string | undefined =>
  joined(
    list(participants)
      .filter((one) => !string(at(one, 'actor', 'reference'))?.includes('Patient/'))
      .map((one) => string(at(one, 'actor', 'display'))),
    ', ',
  );

/** `valueString`, `contentString`, `valueReference` … */
function contentOf(element: unknown, prefix = 'value'): string | undefined {
  const [, value] = Object.entries(element ?? {}).find(([name]) => name.startsWith(prefix)) ?? [];
  return string(value) ?? string(at(value, 'title')) ?? concept(value) ?? reference(value);
}

/** The fields of a resource that have a value, in the order a person reads them. */
export function fieldsOf(resource: Resource, zone?: Zone): readonly Field[] {
  const read = Object.hasOwn(readers, resource.resourceType) ? readers[resource.resourceType] : undefined;
  return (read ? read(resource, zone) : plainFields(resource)).flatMap(([label, value]) =>
    value === undefined ? [] : [{ label, value }],
  );
}

/** For a type without a reader of its own: what it says at its top level. */
function plainFields(resource: Resource): readonly Read[] {
  return Object.entries(resource)
    .filter(([name]) => !['resourceType', 'id', 'meta', 'text'].includes(name))
    .map(
      ([name, value]): Read => [
        sentenceCase(words(name)),
        string(value) ??
          concept(value) ??
          reference(value) ??
          concept(at(value, 0)) ??
          reference(at(value, 0)),
      ],
    );
}

const sentence = (value: unknown): string | undefined => {
  const text = string(value);
  return text === undefined ? undefined : sentenceCase(words(text));
};

function use(contact: unknown): string | undefined {
  const text = string(at(contact, 'use'));
  return text === undefined ? undefined : `(${text})`;
}

function patientLanguage(patient: Resource): string | undefined {
  const language = at(patient, 'communication', 0, 'language');
  const code = string(at(language, 'coding', 0, 'code'));
  return string(at(language, 'text')) ?? (code === undefined ? undefined : languageName(code));
}

const identifiers = (resource: Resource): readonly Read[] =>
  list(resource.identifier).map(
    (identifier): Read => [concept(at(identifier, 'type')) ?? 'Identifier', string(at(identifier, 'value'))],
  );

/** HL7: code system `coverage-selfpay`. */
const paysThemselves = (coverage: Resource): boolean => at(coverage, 'type', 'coding', 0, 'code') === 'pay';

function decision(consent: Resource): string | undefined {
  const type = string(at(consent, 'provision', 'type'));
  if (type === 'permit') return 'May write to the patient';
  return type === 'deny' ? 'May not write to the patient' : sentence(type);
}

export type Answer = {
  readonly linkId: string;
  readonly question: string;
  /** More than one where the question allows several; none where it was left open. */
  readonly answers: readonly string[];
  /** 0 at the top. */
  readonly depth: number;
  readonly group: boolean;
};

/** The items of a QuestionnaireResponse in order, groups as headings. */
export function answersOf(response: Resource): readonly Answer[] {
  return flatten(response.item, 0);
}

/** Deeper nesting than any form has means a broken (or hostile) resource. */
const maxDepth = 8;

function flatten(items: unknown, depth: number): readonly Answer[] {
  if (depth > maxDepth) return [];
  return list(items).flatMap((item) => {
    const linkId = string(at(item, 'linkId')) ?? '';
    const given = list(at(item, 'answer'));
    const inner = [...list(at(item, 'item')), ...given.flatMap((answer) => list(at(answer, 'item')))];
    const own: Answer = {
      linkId,
      question: string(at(item, 'text')) ?? sentenceCase(words(linkId)),
      answers: given.map(answerText).filter((text) => text !== undefined),
      depth,
      group: given.length === 0 && inner.length > 0,
    };
    return [own, ...flatten(inner, depth + 1)];
  });
}

function answerText(answer: unknown): string | undefined {
  const [, value] = Object.entries(answer ?? {}).find(([name]) => name.startsWith('value')) ?? [];
  if (typeof value === 'boolean') return yesNo(value);
  if (typeof value === 'string') return plainDate(value);
  return (
    string(value) ??
    coding(value) ??
    reference(value) ??
    string(at(value, 'value')) ??
    string(at(value, 'title'))
  );
}
