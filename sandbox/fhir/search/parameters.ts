/** Which search parameters each type has, and where they look (https://hl7.org/fhir/R4/searchparameter-registry.html). */
import type { ResourceType } from '../resource-types.ts';

export type SearchParameter = {
  readonly type: 'token' | 'string' | 'date' | 'reference' | 'uri';
  readonly paths: readonly string[];
  /** Reference: the types it looks at; undefined: any. */
  readonly targets: readonly string[] | undefined;
  /** ContactPoint: only this system. */
  readonly contact: 'phone' | 'email' | undefined;
  /** One value fits a large part of all resources: better tested on those that the other parameters leave. */
  readonly isBroad: boolean;
};

type Parameters = Readonly<Record<string, SearchParameter>>;

function make(type: SearchParameter['type'], ...paths: string[]): SearchParameter {
  return { type, paths, targets: undefined, contact: undefined, isBroad: type === 'date' };
}
const token = (...paths: string[]) => make('token', ...paths);
const string = (...paths: string[]) => make('string', ...paths);
const date = (...paths: string[]) => make('date', ...paths);
const uri = (...paths: string[]) => make('uri', ...paths);
const contact = (system: 'phone' | 'email') => ({ ...make('token', 'telecom'), contact: system });
const reference = (path: string, ...targets: string[]) => ({
  ...make('reference', path),
  targets: targets.length > 0 ? targets : undefined,
});

const identifier = token('identifier');
const status = { ...token('status'), isBroad: true };
const active = { ...token('active'), isBroad: true };

/** `subject`, and `patient` for those subjects that are one. */
function about(path: string): Parameters {
  return { subject: reference(path), patient: reference(path, 'Patient') };
}

const person: Parameters = {
  identifier,
  active,
  name: string('name'),
  family: string('name.family'),
  given: string('name.given'),
  telecom: token('telecom'),
  phone: contact('phone'),
  email: contact('email'),
  gender: { ...token('gender'), isBroad: true },
  'address-postalcode': string('address.postalCode'),
};

const tables: Record<ResourceType, Parameters> = {
  Patient: {
    ...person,
    birthdate: date('birthDate'),
    link: reference('link.other', 'Patient', 'RelatedPerson'),
  },
  RelatedPerson: { ...person, birthdate: date('birthDate'), patient: reference('patient', 'Patient') },
  Practitioner: person,
  PractitionerRole: {
    identifier,
    active,
    practitioner: reference('practitioner', 'Practitioner'),
    organization: reference('organization', 'Organization'),
    location: reference('location', 'Location'),
    service: reference('healthcareService', 'HealthcareService'),
    role: token('code'),
    specialty: token('specialty'),
  },
  Organization: { identifier, active, name: string('name', 'alias'), type: token('type') },
  Location: {
    identifier,
    status,
    name: string('name', 'alias'),
    organization: reference('managingOrganization', 'Organization'),
  },
  HealthcareService: {
    identifier,
    active,
    name: string('name'),
    'service-type': token('type'),
    specialty: token('specialty'),
    organization: reference('providedBy', 'Organization'),
    location: reference('location', 'Location'),
  },
  Coverage: {
    identifier: token('identifier', 'subscriberId'),
    status,
    'subscriber-id': token('subscriberId'),
    beneficiary: reference('beneficiary', 'Patient'),
    patient: reference('beneficiary', 'Patient'),
    payor: reference('payor'),
    type: token('type'),
  },
  Questionnaire: {
    identifier,
    status,
    url: uri('url'),
    version: token('version'),
    name: string('name'),
    title: string('title'),
  },
  QuestionnaireResponse: {
    ...about('subject'),
    identifier,
    status,
    questionnaire: uri('questionnaire'),
    authored: date('authored'),
    author: reference('author'),
    source: reference('source'),
  },
  Consent: {
    identifier,
    status,
    patient: reference('patient', 'Patient'),
    category: token('category'),
    scope: token('scope'),
    date: date('dateTime'),
    'source-reference': reference('sourceReference'),
  },
  DocumentReference: {
    ...about('subject'),
    identifier,
    status,
    type: token('type'),
    category: token('category'),
    date: date('date'),
  },
  Binary: {},
  Appointment: {
    identifier,
    status,
    date: date('start'),
    actor: reference('participant.actor'),
    patient: reference('participant.actor', 'Patient'),
    practitioner: reference('participant.actor', 'Practitioner'),
    location: reference('participant.actor', 'Location'),
    'part-status': token('participant.status'),
    slot: reference('slot', 'Slot'),
    'service-type': token('serviceType'),
    'appointment-type': token('appointmentType'),
    'based-on': reference('basedOn', 'ServiceRequest'),
  },
  Slot: {
    identifier,
    status,
    start: date('start'),
    schedule: reference('schedule', 'Schedule'),
    'service-type': token('serviceType'),
    'service-category': token('serviceCategory'),
    specialty: token('specialty'),
    'appointment-type': token('appointmentType'),
  },
  Schedule: {
    identifier,
    active,
    actor: reference('actor'),
    date: date('planningHorizon'),
    'service-type': token('serviceType'),
    'service-category': token('serviceCategory'),
    specialty: token('specialty'),
  },
  Task: {
    subject: reference('for'),
    patient: reference('for', 'Patient'),
    identifier,
    status,
    code: token('code'),
    focus: reference('focus'),
    owner: reference('owner'),
    'authored-on': date('authoredOn'),
    modified: date('lastModified'),
  },
  Communication: { ...about('subject'), identifier, status, category: token('category'), sent: date('sent') },
  ServiceRequest: {
    ...about('subject'),
    identifier,
    status,
    intent: token('intent'),
    code: token('code'),
    authored: date('authoredOn'),
    requisition: token('requisition'),
  },
  AuditEvent: {
    type: token('type'),
    action: token('action'),
    date: date('recorded'),
    entity: reference('entity.what'),
    agent: reference('agent.who'),
  },
  Provenance: {
    target: reference('target'),
    recorded: date('recorded'),
    agent: reference('agent.who'),
    entity: reference('entity.what'),
  },
};

/** @returns the parameters of a type, by name; `_id` and the like, which all types have, are not among them */
export function parametersOf(type: ResourceType): ReadonlyMap<string, SearchParameter> {
  return compiled.get(type) ?? new Map();
}

const compiled: ReadonlyMap<ResourceType, ReadonlyMap<string, SearchParameter>> = new Map(
  // The keys of `tables` are exactly the resource types: its own type says so.
  Object.entries(tables).map(([type, table]) => [type as ResourceType, new Map(Object.entries(table))]),
);
