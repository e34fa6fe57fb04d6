/** What a resource is found by: one entry per value of each search parameter. Pure. */
import { follow, isObject, type Json, list, own, type Resource, text } from '../json.ts';
import { relativeReference } from '../references.ts';
import type { ResourceType } from '../resource-types.ts';
import { rangeOf } from './dates.ts';
import { parametersOf, type SearchParameter } from './parameters.ts';

/**
 * - token: `a` the value, `b` the system; '' when it has none, `*` when the element's type implies one (code, boolean)
 * - string: `a` the folded text, `b` the text as it stands
 * - uri: `a` the value, `b` without `|version`
 * - reference: `a` as `Type/id`, or the absolute URL of another server
 * - date: `lo` and `hi`, inclusive milliseconds; infinite for an open period
 */
export type IndexEntry = {
  readonly param: string;
  readonly a?: string;
  readonly b?: string;
  readonly lo?: number;
  readonly hi?: number;
};

type Value = Omit<IndexEntry, 'param'>;

export const anySystem = '*';

/** Without case, accents and doubled spaces, as string searches compare. */
export function fold(value: string): string {
  return value.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, ' ').trim();
}

function tokens(value: Json, parameter: SearchParameter): Value[] {
  if (typeof value === 'string' || typeof value === 'boolean') return [{ a: String(value), b: anySystem }];
  if (!isObject(value)) return [];
  const codings = own(value, 'coding');
  if (codings !== undefined) return list(codings).flatMap((coding) => tokens(coding, parameter));
  const system = text(own(value, 'system')) ?? '';
  if (parameter.contact && parameter.contact !== system) return [];
  const found = text(own(value, 'value')) ?? text(own(value, 'code'));
  if (found === undefined) return [];
  return [{ a: system === 'email' ? found.toLowerCase() : found, b: system }];
}

const stringParts = [
  ...['text', 'family', 'given', 'prefix', 'suffix'],
  ...['line', 'city', 'district', 'state', 'postalCode', 'country'],
];

function strings(value: Json): Value[] {
  if (typeof value === 'string') return [{ a: fold(value), b: value }];
  return stringParts
    .flatMap((part) => follow(value, part))
    .flatMap((one) => (isObject(one) ? [] : strings(one)));
}

function dates(value: Json): Value[] {
  const range = typeof value === 'string' ? rangeOf(value) : undefined;
  if (range) return [{ lo: range.lo, hi: range.hi }];
  if (!isObject(value)) return [];
  const start = rangeOf(text(own(value, 'start')) ?? '');
  const end = rangeOf(text(own(value, 'end')) ?? '');
  return start || end
    ? [{ lo: start?.lo ?? Number.NEGATIVE_INFINITY, hi: end?.hi ?? Number.POSITIVE_INFINITY }]
    : [];
}

function references(value: Json, parameter: SearchParameter, base: string): Value[] {
  const reference = isObject(value) ? text(own(value, 'reference')) : undefined;
  if (reference === undefined || reference.startsWith('#')) return [];
  const local = relativeReference(reference, base);
  const isWanted = !parameter.targets || (local !== undefined && parameter.targets.includes(local.type));
  return isWanted ? [{ a: local ? `${local.type}/${local.id}` : reference }] : [];
}

function valuesOf(value: Json, parameter: SearchParameter, base: string): Value[] {
  switch (parameter.type) {
    case 'token':
      return tokens(value, parameter);
    case 'string':
      return strings(value);
    case 'date':
      return dates(value);
    case 'reference':
      return references(value, parameter, base);
    case 'uri':
      return typeof value === 'string' ? [{ a: value, b: value.split('|')[0] ?? value }] : [];
  }
}

/** @param base the tenant's own base URL: references under it are the same as relative ones */
export function entriesOf(type: ResourceType, resource: Resource, base: string): IndexEntry[] {
  const entries: IndexEntry[] = [];
  for (const [param, parameter] of parametersOf(type)) {
    for (const path of parameter.paths) {
      for (const value of follow(resource, path)) {
        for (const found of valuesOf(value, parameter, base)) entries.push({ param, ...found });
      }
    }
  }
  return entries;
}
