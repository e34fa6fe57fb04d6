/** JSON as FHIR uses it, and the narrow ways this server reads into it. */
import { FhirError, issue } from './outcome.ts';

export type Json = null | boolean | number | string | Json[] | JsonObject;
export type JsonObject = { [key: string]: Json };

/** A resource as it is stored: validated, with `id` and `meta` set. */
export type Resource = JsonObject & { resourceType: string };

/** Far above any real form (an item of a QuestionnaireResponse costs two levels), far below what overflows a stack. */
export const maxDepth = 120;

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isResource(value: Json | undefined): value is Resource {
  return isObject(value) && typeof own(value, 'resourceType') === 'string';
}

/** Reads an own property only: `constructor` and `__proto__` are not elements. */
export function own(value: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

export function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

export function list(value: Json | undefined): Json[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

/** Everything found by following a dotted path of element names, arrays flattened. */
export function follow(value: Json | undefined, path: string): Json[] {
  let found = list(value);
  for (const name of path.split('.')) {
    found = found.flatMap((one) => (isObject(one) ? list(own(one, name)) : []));
  }
  return found;
}

/** Nesting below the root. Iterative, so that the measuring itself cannot overflow. */
function isTooDeep(root: Json): boolean {
  let level: Json[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxDepth) return true;
    level = level.flatMap((value) =>
      typeof value === 'object' && value !== null ? Object.values(value) : [],
    );
  }
  return false;
}

/**
 * @param bytes a request body; UTF-8 without exceptions
 * @throws FhirError 400 when it is not JSON, or nests deeper than {@link maxDepth}
 */
export function parseJson(bytes: Uint8Array): Json {
  let parsed: Json;
  try {
    parsed = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new FhirError(400, issue('structure', 'The body is not well-formed JSON in UTF-8'));
  }
  if (isTooDeep(parsed)) {
    throw new FhirError(400, issue('too-costly', `The body nests deeper than ${maxDepth} levels`));
  }
  return parsed;
}
