/** A whole search query, parsed: what to look for, in which order, how much at a time, and what comes along. Pure. */
import { FhirError, issue } from '../outcome.ts';
import { isResourceType, type ResourceType } from '../resource-types.ts';
import type { Condition } from '../store.ts';
import { chainCondition, conditionOf, dateCondition, splitEscaped } from './conditions.ts';
import { parametersOf } from './parameters.ts';

export type Pair = readonly [name: string, value: string];

export type Include = {
  readonly type: ResourceType;
  readonly param: string;
  readonly target: string | undefined;
};

export type Query = {
  readonly conditions: readonly Condition[];
  readonly order: string;
  /** Matches per page; 0: only the total. */
  readonly count: number;
  readonly includes: readonly Include[];
  readonly revIncludes: readonly Include[];
  /** What was understood, as it was sent: the self link. */
  readonly used: readonly Pair[];
  /** How many of `used` narrow the result: a conditional write needs one at least. */
  readonly criteria: number;
};

export const defaultCount = 50;
export const maxCount = 500;

/** Parameters that change nothing here because the server always does so. */
const harmless: ReadonlyMap<string, readonly string[]> = new Map([
  ['_format', ['json', 'application/json', 'application/fhir+json']],
  ['_total', ['accurate', 'estimate', 'none']],
]);

function invalid(name: string, expected: string): FhirError {
  return new FhirError(400, issue('invalid', `Search parameter ${name}: expected ${expected}`));
}

function idCondition(value: string): Condition {
  const ids = splitEscaped(value, ',');
  return { sql: `r.id in (${ids.map(() => '?').join(', ')})`, args: ids };
}

function lastUpdatedCondition(value: string): Condition {
  const all = splitEscaped(value, ',').map((one) => dateCondition('_lastUpdated', one, 'r.at_ms', 'r.at_ms'));
  return { sql: `(${all.map((one) => one.sql).join(' or ')})`, args: all.flatMap((one) => one.args) };
}

function filterOf(type: ResourceType, key: string, value: string, base: string): Condition | undefined {
  if (key === '_id') return idCondition(value);
  if (key === '_lastUpdated') return lastUpdatedCondition(value);
  const [head = '', tail] = key.split('.', 2);
  const [name = '', modifier] = head.split(':', 2);
  if (tail === undefined) return conditionOf(type, name, modifier, value, base);
  const [restName = '', restModifier] = tail.split(':', 2);
  return chainCondition(type, name, modifier, { name: restName, modifier: restModifier }, value, base);
}

/** @returns undefined when a key cannot be sorted by */
function orderOf(type: ResourceType, value: string): string | undefined {
  const keys: string[] = [];
  for (const key of value.split(',')) {
    const direction = key.startsWith('-') ? 'desc' : 'asc';
    const name = key.replace(/^-/, '');
    const parameter = parametersOf(type).get(name);
    if (name === '_lastUpdated') keys.push(`r.at_ms ${direction}`);
    else if (name === '_id') keys.push(`r.id ${direction}`);
    else if (parameter?.type === 'date' || parameter?.type === 'string') {
      // `name` and `type` are keys of the parameter table here, not the client's text.
      const column = parameter.type === 'date' ? 'lo' : 'a';
      const least = direction === 'asc' ? 'min' : 'max';
      const select = `select ${least}(e.${column}) from entries e where e.type = '${type}' and e.id = r.id and e.param = '${name}'`;
      keys.push(`(${select}) ${direction} nulls last`);
    } else return undefined;
  }
  return [...keys, 'r.id'].join(', ');
}

function includeOf(value: string): Include | undefined {
  const [type = '', param = '', target] = value.split(':');
  if (!isResourceType(type) || parametersOf(type).get(param)?.type !== 'reference') return undefined;
  return { type, param, target };
}

type Draft = {
  conditions: Condition[];
  order: string;
  count: number;
  includes: Include[];
  revIncludes: Include[];
};

type Reading = 'criterion' | 'control' | 'unknown';

function readCount(draft: Draft, value: string): Reading {
  if (!/^\d{1,6}$/.test(value)) throw invalid('_count', 'a whole number');
  draft.count = Math.min(Number(value), maxCount);
  return 'control';
}

function readInclude(list: Include[], type: ResourceType | undefined, value: string): Reading {
  const include = includeOf(value);
  if (!include || (type !== undefined && include.type !== type)) return 'unknown';
  list.push(include);
  return 'control';
}

function read(draft: Draft, type: ResourceType, key: string, value: string, base: string): Reading {
  switch (key) {
    case '_count':
      return readCount(draft, value);
    case '_include':
      return readInclude(draft.includes, type, value);
    case '_revinclude':
      return readInclude(draft.revIncludes, undefined, value);
    case '_summary':
      if (value !== 'count') return value === 'false' ? 'control' : 'unknown';
      draft.count = 0;
      return 'control';
    case '_sort': {
      const order = orderOf(type, value);
      if (order === undefined) return 'unknown';
      draft.order = order;
      return 'control';
    }
    default: {
      if (harmless.get(key)?.includes(value)) return 'control';
      const condition = filterOf(type, key, value, base);
      if (!condition) return 'unknown';
      draft.conditions.push(condition);
      return 'criterion';
    }
  }
}

/**
 * @param pairs as sent, decoded; a parameter without a value is ignored, as the specification says
 * @param strict an unknown parameter is an error instead of being left out of the self link
 * @throws FhirError 400 for a malformed value, an unsupported modifier, or (strict) an unknown parameter
 */
export function parseQuery(type: ResourceType, pairs: readonly Pair[], strict: boolean, base: string): Query {
  const draft: Draft = {
    conditions: [],
    // The plus keeps SQLite from walking the whole type in this order to find the few that match.
    order: '+r.at_ms desc, r.id',
    count: defaultCount,
    includes: [],
    revIncludes: [],
  };
  const used: Pair[] = [];
  let criteria = 0;
  for (const [key, value] of pairs) {
    if (value === '') continue;
    const reading = read(draft, type, key, value, base);
    if (reading === 'unknown') {
      if (strict)
        throw new FhirError(400, issue('not-supported', `Unknown search parameter ${key.slice(0, 64)}`));
      continue;
    }
    if (reading === 'criterion') criteria++;
    used.push([key, value]);
  }
  return { ...draft, used, criteria };
}
