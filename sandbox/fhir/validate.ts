/** Validates a resource against FHIR R4: elements, cardinality, formats, required codes, invariants. Pure. */
import { invariantsOf } from './invariants.ts';
import { follow, isObject, type Json, type JsonObject, list, own, type Resource, text } from './json.ts';
import { type Issue, issue } from './outcome.ts';
import { hasFormat, isPrimitive } from './primitives.ts';
import { isResourceType } from './resource-types.ts';
import { type Element, elementNode, type Node, nodeOf } from './schema.ts';

/** A literal reference found on the way; whether its target exists is for the store to say. */
export type FoundReference = {
  readonly expression: string;
  readonly reference: string;
  /** Permitted types; undefined permits any. */
  readonly targets: ReadonlySet<string> | undefined;
};

export type Validation = {
  readonly issues: readonly Issue[];
  readonly references: readonly FoundReference[];
};

type Walk = {
  readonly issues: Issue[];
  readonly references: FoundReference[];
  readonly containedIds: ReadonlySet<string>;
};

/** Enough to repair a resource by; a hostile one does not get an answer larger than itself. */
const maxIssues = 50;

function report(walk: Walk, code: Issue['code'], diagnostics: string, expression: string): void {
  if (walk.issues.length < maxIssues) walk.issues.push(issue(code, diagnostics, expression));
}

function checkPrimitive(value: Json, element: Element, path: string, walk: Walk): void {
  if (!hasFormat(element.type, value)) {
    report(walk, 'value', `Expected a FHIR ${element.type}`, path);
  } else if (element.codes && typeof value === 'string' && !element.codes.has(value)) {
    report(walk, 'code-invalid', `Expected one of ${[...element.codes].slice(0, 20).join(', ')}`, path);
  }
}

function checkReference(value: JsonObject, element: Element, path: string, walk: Walk): void {
  const reference = text(own(value, 'reference'));
  if (reference === undefined) return;
  const expression = `${path}.reference`;
  if (reference.startsWith('#')) {
    const isKnown = reference === '#' || walk.containedIds.has(reference.slice(1));
    if (!isKnown) report(walk, 'invariant', 'ref-1: no contained resource has this id', expression);
    return;
  }
  walk.references.push({ expression, reference, targets: element.targets });
}

function checkOne(value: Json, element: Element, path: string, walk: Walk): void {
  if (isPrimitive(element.type)) {
    checkPrimitive(value, element, path, walk);
  } else if (!isObject(value) || Object.keys(value).length === 0) {
    report(walk, 'structure', `Expected an object (${element.type}) with content`, path);
  } else if (element.type === 'Resource') {
    checkContained(value, path, walk);
  } else {
    const node = nodeOf(element.type);
    if (!node) throw new Error(`The schema has no ${element.type}`);
    checkNode(value, element.type, node, path, walk);
    if (element.type === 'Reference') checkReference(value, element, path, walk);
  }
}

/** `_birthDate` beside `birthDate`: the extensions of a primitive, in the shape of what they stand beside. */
function checkTwin(parent: JsonObject, name: string, element: Element, path: string, walk: Walk): void {
  const twin = own(parent, `_${name}`) ?? null;
  const values = list(own(parent, name));
  if (Array.isArray(twin) !== element.many) {
    report(walk, 'structure', element.many ? 'Expected an array' : 'Expected one value, not an array', path);
    return;
  }
  for (const [index, one] of (Array.isArray(twin) ? twin : [twin]).entries()) {
    // In an array, null keeps the place of a value that has no extension.
    if (one === null && element.many && (values[index] ?? null) !== null) continue;
    if (!isObject(one)) report(walk, 'structure', 'Expected an object with id or extension', path);
    else checkNode(one, 'Element', elementNode, path, walk);
  }
}

function checkArray(parent: JsonObject, name: string, element: Element, path: string, walk: Walk): void {
  const values = list(own(parent, name));
  if (values.length === 0) report(walk, 'structure', 'An array may not be empty', path);
  const twins = list(own(parent, `_${name}`));
  for (const [index, one] of values.entries()) {
    const isPaired = one === null && isPrimitive(element.type) && isObject(twins[index]);
    if (!isPaired) checkOne(one, element, `${path}[${index}]`, walk);
  }
}

function checkElement(parent: JsonObject, name: string, element: Element, path: string, walk: Walk): void {
  const value = own(parent, name);
  if (value === undefined) return;
  if (element.many !== Array.isArray(value)) {
    report(walk, 'structure', element.many ? 'Expected an array' : 'Expected one value, not an array', path);
  } else if (element.many) {
    checkArray(parent, name, element, path, walk);
  } else {
    checkOne(value, element, path, walk);
  }
}

function checkRequired(value: JsonObject, node: Node, path: string, walk: Walk): void {
  for (const name of node.required) {
    const forms = name.endsWith('[x]')
      ? [...node.elements].filter(([, element]) => element.choice === name).map(([form]) => form)
      : [name];
    const isPresent = forms.some(
      (form) => own(value, form) !== undefined || own(value, `_${form}`) !== undefined,
    );
    const shortName = name.replace('[x]', '');
    if (!isPresent) report(walk, 'required', `${shortName} is required`, `${path}.${shortName}`);
  }
}

function checkNode(value: JsonObject, name: string, node: Node, path: string, walk: Walk): void {
  const choices = new Set<string>();
  for (const key of Object.keys(value)) {
    const isTwin = key.startsWith('_');
    const element = node.elements.get(isTwin ? key.slice(1) : key);
    if (!element || (isTwin && !isPrimitive(element.type))) {
      // The name of an unknown element is the client's own text: bounded, so that an answer cannot be made huge.
      report(walk, 'structure', 'Unknown element', `${path}.${key.slice(0, 64)}`);
      continue;
    }
    if (isTwin) {
      checkTwin(value, key.slice(1), element, `${path}.${key.slice(1)}`, walk);
      continue;
    }
    const shortName = element.choice ? element.choice.replace('[x]', '') : key;
    if (element.choice && choices.has(element.choice)) {
      report(walk, 'structure', `Only one form of ${element.choice} is allowed`, `${path}.${shortName}`);
    } else if (element.choice) {
      choices.add(element.choice);
    }
    checkElement(value, key, element, `${path}.${shortName}`, walk);
  }
  checkRequired(value, node, path, walk);
  for (const invariant of invariantsOf(name)) {
    if (!invariant.holds(value)) report(walk, 'invariant', `${invariant.key}: ${invariant.human}`, path);
  }
}

function checkContained(value: JsonObject, path: string, walk: Walk): void {
  const type = text(own(value, 'resourceType'));
  if (type === undefined) {
    report(walk, 'structure', 'Expected a resource with a resourceType', path);
    return;
  }
  if (own(value, 'contained') !== undefined) {
    report(walk, 'invariant', 'dom-2: no nested contained resources', path);
  }
  if (follow(value, 'meta.versionId').length + follow(value, 'meta.lastUpdated').length > 0) {
    report(walk, 'invariant', 'dom-4: a contained resource has no version', path);
  }
  if (follow(value, 'meta.security').length > 0) {
    report(walk, 'invariant', 'dom-5: a contained resource has no security label', path);
  }
  // A contained resource of a type this server does not keep is carried along unread, as real servers do.
  const node = isResourceType(type) ? nodeOf(type) : undefined;
  if (node) checkNode(withoutType(value), type, node, path, walk);
}

function withoutType(resource: JsonObject): JsonObject {
  const { resourceType: _, ...elements } = resource;
  return elements;
}

function localReferences(value: Json): string[] {
  if (Array.isArray(value)) return value.flatMap(localReferences);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, one]) =>
    key === 'reference' && typeof one === 'string' && one.startsWith('#') ? [one] : localReferences(one),
  );
}

function checkContainedAreUsed(resource: Resource, walk: Walk): void {
  const used = new Set(localReferences(resource));
  for (const [index, one] of list(own(resource, 'contained')).entries()) {
    const id = isObject(one) ? text(own(one, 'id')) : undefined;
    const isUsed = (id !== undefined && used.has(`#${id}`)) || localReferences(one).includes('#');
    if (!isUsed) {
      report(
        walk,
        'invariant',
        'dom-3: a contained resource is referred to',
        `${resource.resourceType}.contained[${index}]`,
      );
    }
  }
}

/**
 * @param resource its `resourceType` is one this server keeps
 * @returns the issues (none: valid; at most {@link maxIssues}) and the literal references to other resources
 */
export function validate(resource: Resource): Validation {
  const type = resource.resourceType;
  const node = isResourceType(type) ? nodeOf(type) : undefined;
  if (!node)
    return { issues: [issue('not-supported', 'Unknown resource type', 'resourceType')], references: [] };
  const containedIds = new Set(
    follow(resource, 'contained.id').filter((id): id is string => typeof id === 'string'),
  );
  const walk: Walk = { issues: [], references: [], containedIds };
  checkNode(withoutType(resource), type, node, type, walk);
  const id = own(resource, 'id');
  if (id !== undefined && !hasFormat('id', id)) report(walk, 'value', 'Expected a FHIR id', `${type}.id`);
  checkContainedAreUsed(resource, walk);
  return { issues: walk.issues, references: walk.references };
}
