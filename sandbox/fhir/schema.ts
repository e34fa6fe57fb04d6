/** The schema files, read once. What a line of them means is said in `schema/generate.ts`. */
import { isPrimitive } from './primitives.ts';
import type { ResourceType } from './resource-types.ts';
import Appointment from './schema/Appointment.json' with { type: 'json' };
import AuditEvent from './schema/AuditEvent.json' with { type: 'json' };
import Binary from './schema/Binary.json' with { type: 'json' };
import Communication from './schema/Communication.json' with { type: 'json' };
import Consent from './schema/Consent.json' with { type: 'json' };
import Coverage from './schema/Coverage.json' with { type: 'json' };
import codes from './schema/codes.json' with { type: 'json' };
import DocumentReference from './schema/DocumentReference.json' with { type: 'json' };
import HealthcareService from './schema/HealthcareService.json' with { type: 'json' };
import Location from './schema/Location.json' with { type: 'json' };
import Organization from './schema/Organization.json' with { type: 'json' };
import Patient from './schema/Patient.json' with { type: 'json' };
import Practitioner from './schema/Practitioner.json' with { type: 'json' };
import PractitionerRole from './schema/PractitionerRole.json' with { type: 'json' };
import Provenance from './schema/Provenance.json' with { type: 'json' };
import Questionnaire from './schema/Questionnaire.json' with { type: 'json' };
import QuestionnaireResponse from './schema/QuestionnaireResponse.json' with { type: 'json' };
import RelatedPerson from './schema/RelatedPerson.json' with { type: 'json' };
import Schedule from './schema/Schedule.json' with { type: 'json' };
import ServiceRequest from './schema/ServiceRequest.json' with { type: 'json' };
import Slot from './schema/Slot.json' with { type: 'json' };
import Task from './schema/Task.json' with { type: 'json' };
import types from './schema/types.json' with { type: 'json' };

type SchemaFile = Record<string, Record<string, string>>;

const resources: Record<ResourceType, SchemaFile> = {
  Appointment,
  AuditEvent,
  Binary,
  Communication,
  Consent,
  Coverage,
  DocumentReference,
  HealthcareService,
  Location,
  Organization,
  Patient,
  Practitioner,
  PractitionerRole,
  Provenance,
  Questionnaire,
  QuestionnaireResponse,
  RelatedPerson,
  Schedule,
  ServiceRequest,
  Slot,
  Task,
};

export type Element = {
  /** A primitive, a data type, `Resource`, or a node such as `Patient.contact`. */
  readonly type: string;
  readonly many: boolean;
  /** The `value[x]` it is one form of. */
  readonly choice: string | undefined;
  /** Permitted targets of a Reference; undefined permits any. */
  readonly targets: ReadonlySet<string> | undefined;
  /** The codes of a required binding. */
  readonly codes: ReadonlySet<string> | undefined;
};

export type Node = {
  /** By the name in JSON: `deceasedBoolean`, not `deceased[x]`. A primitive has its `_name` twin accepted by the validator. */
  readonly elements: ReadonlyMap<string, Element>;
  /** Required names; `value[x]` means one of its forms. */
  readonly required: readonly string[];
};

const codeSets = new Map(Object.entries(codes).map(([name, list]) => [name, new Set(list)]));

function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

function parseType(name: string, type: string, many: boolean, bound: string | undefined): [string, Element] {
  const [, typeName = type, targets] = /^([^(]+)\((.*)\)$/.exec(type) ?? [];
  const choice = name.endsWith('[x]') ? name : undefined;
  const jsonName = choice ? name.slice(0, -3) + capitalised(typeName) : name;
  const element = {
    type: typeName,
    many,
    choice,
    targets: typeName === 'Reference' && targets ? new Set(targets.split(',')) : undefined,
    codes: bound ? codeSets.get(bound) : undefined,
  };
  return [jsonName, element];
}

function parseNode(lines: Record<string, string>): Node {
  const elements = new Map<string, Element>();
  const required: string[] = [];
  for (const [name, line] of Object.entries(lines)) {
    const [, min, max, typeList = '', bound] = /^(\d+)\.\.(\d+|\*) (\S+)(?: @(\S+))?$/.exec(line) ?? [];
    if (min !== '0') required.push(name);
    for (const type of typeList.split('|')) {
      const [jsonName, element] = parseType(name, type, max !== '1', bound);
      elements.set(jsonName, element);
    }
  }
  return { elements, required };
}

const nodes = new Map<string, Node>();
for (const file of [types, ...Object.values(resources)]) {
  for (const [name, lines] of Object.entries(file)) nodes.set(name, parseNode(lines));
}

/** What stands in `_birthDate` beside a primitive `birthDate`; the published types do not list it. */
export const elementNode: Node = parseNode({ id: '0..1 string', extension: '0..* Extension' });

/** @param name a resource type, a data type or a node within one; undefined when unknown */
export function nodeOf(name: string): Node | undefined {
  return nodes.get(name);
}

/** @throws Error when a schema line names a type that no file describes: a fault of the generator */
export function assertSchemaIsClosed(): void {
  for (const [name, node] of nodes) {
    for (const [elementName, element] of node.elements) {
      const known = isPrimitive(element.type) || element.type === 'Resource' || nodes.has(element.type);
      if (!known) throw new Error(`${name}.${elementName} has the unknown type ${element.type}`);
    }
  }
}
