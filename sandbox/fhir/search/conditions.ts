/** One search parameter with its values → SQL over the entries. Pure. */
import { FhirError, issue } from '../outcome.ts';
import { relativeReference } from '../references.ts';
import { isResourceType, type ResourceType } from '../resource-types.ts';
import type { Condition } from '../store.ts';
import { rangeOf } from './dates.ts';
import { anySystem, fold } from './entries.ts';
import { parametersOf, type SearchParameter } from './parameters.ts';

type Prefix = 'eq' | 'ne' | 'gt' | 'lt' | 'ge' | 'le' | 'sa' | 'eb' | 'ap';

/** How a resource's range (lo, hi) relates to the searched one, `?1` its start and `?2` its end. */
const comparisons: Record<Prefix, { sql: string; args: (lo: number, hi: number) => number[] }> = {
  eq: { sql: 'LO >= ? and HI <= ?', args: (lo, hi) => [lo, hi] },
  ne: { sql: 'not (LO >= ? and HI <= ?)', args: (lo, hi) => [lo, hi] },
  gt: { sql: 'HI > ?', args: (_, hi) => [hi] },
  lt: { sql: 'LO < ?', args: (lo) => [lo] },
  ge: { sql: '(HI > ? or (LO >= ? and HI <= ?))', args: (lo, hi) => [hi, lo, hi] },
  le: { sql: '(LO < ? or (LO >= ? and HI <= ?))', args: (lo, hi) => [lo, lo, hi] },
  sa: { sql: 'LO > ?', args: (_, hi) => [hi] },
  eb: { sql: 'HI < ?', args: (lo) => [lo] },
  ap: { sql: 'HI >= ? and LO <= ?', args: (lo, hi) => [lo, hi] },
};

function refuse(name: string, expected: string): FhirError {
  return new FhirError(400, issue('invalid', `Search parameter ${name}: ${expected}`));
}

/** Splits at unescaped separators and undoes the escapes `\,` `\|` `\$` `\\`. */
export function splitEscaped(value: string, separator: ',' | '|'): string[] {
  const parts = [''];
  for (let i = 0; i < value.length; i++) {
    const char = value.charAt(i);
    // Only the last level is unescaped: a `\|` must reach the split at `|` as it is.
    if (char === '\\' && i + 1 < value.length) parts.push(parts.pop() + char + value.charAt(++i));
    else if (char === separator) parts.push('');
    else parts.push(parts.pop() + char);
  }
  return parts;
}

function unescaped(value: string): string {
  return value.replace(/\\([,|$\\])/g, '$1');
}

/** @param lo,hi SQL columns of the resource's range */
export function dateCondition(name: string, value: string, lo: string, hi: string): Condition {
  const [, prefix = 'eq', rest = ''] = /^([a-z]{2})?(.*)$/s.exec(value) ?? [];
  const range = rangeOf(rest);
  if (!Object.hasOwn(comparisons, prefix)) throw refuse(name, 'unknown prefix');
  if (!range) throw refuse(name, 'expected a date, or a time with its offset (+ is sent as %2B)');
  const { sql, args } = comparisons[prefix as Prefix]; // an own key of the table
  return { sql: `(${sql.replaceAll('LO', lo).replaceAll('HI', hi)})`, args: args(range.lo, range.hi) };
}

function tokenCondition(value: string): Condition {
  const [first = '', second] = splitEscaped(value, '|').map(unescaped);
  if (second === '') return { sql: 'e.b = ?', args: [first] };
  if (second !== undefined) {
    // Addresses of e-mail are kept in small letters; all other tokens as they are.
    const wanted = first === 'email' ? second.toLowerCase() : second;
    return { sql: 'e.a = ? and e.b in (?, ?)', args: [wanted, first, anySystem] };
  }
  const small = first.toLowerCase();
  if (small === first) return { sql: 'e.a = ?', args: [first] };
  return { sql: "e.a in (?, ?) and (e.a = ? or e.b = 'email')", args: [first, small, first] };
}

function stringCondition(name: string, value: string, modifier: string | undefined): Condition {
  const wanted = unescaped(value);
  if (modifier === 'exact') return { sql: 'e.b = ?', args: [wanted] };
  const folded = fold(wanted);
  if (folded === '') throw refuse(name, 'expected text');
  if (modifier === 'contains') return { sql: 'instr(e.a, ?) > 0', args: [folded] };
  return { sql: 'e.a >= ? and e.a < ?', args: [folded, `${folded}\u{10ffff}`] };
}

function referenceCondition(
  name: string,
  parameter: SearchParameter,
  value: string,
  type: string | undefined,
  base: string,
): Condition {
  const wanted = unescaped(value);
  const local = relativeReference(wanted, base);
  if (local) return { sql: 'e.a = ?', args: [`${local.type}/${local.id}`] };
  if (/^(https?|urn):/.test(wanted)) return { sql: 'e.a = ?', args: [wanted] };
  const targets = type !== undefined ? [type] : parameter.targets;
  if (!targets) return { sql: "e.a like '%/' || ? escape '\\'", args: [wanted.replace(/[\\%_]/g, '\\$&')] };
  if (wanted.includes('/')) throw refuse(name, 'expected Type/id, an id or an absolute URL');
  return {
    sql: `e.a in (${targets.map(() => '?').join(', ')})`,
    args: targets.map((target) => `${target}/${wanted}`),
  };
}

function valueCondition(
  name: string,
  parameter: SearchParameter,
  modifier: string | undefined,
  value: string,
  base: string,
): Condition {
  switch (parameter.type) {
    case 'token':
      return tokenCondition(value);
    case 'string':
      return stringCondition(name, value, modifier);
    case 'date':
      return dateCondition(name, value, 'e.lo', 'e.hi');
    case 'uri':
      return { sql: '(e.a = ? or e.b = ?)', args: [unescaped(value), unescaped(value)] };
    case 'reference':
      return referenceCondition(name, parameter, value, modifier, base);
  }
}

const modifiers: Record<SearchParameter['type'], readonly string[]> = {
  token: ['not'],
  string: ['exact', 'contains'],
  date: [],
  uri: [],
  reference: [],
};

function any(conditions: readonly Condition[]): Condition {
  return {
    sql: `(${conditions.map((one) => `(${one.sql})`).join(' or ')})`,
    args: conditions.flatMap((one) => one.args),
  };
}

function isAllowed(parameter: SearchParameter, modifier: string): boolean {
  if (parameter.type !== 'reference') return modifiers[parameter.type].includes(modifier);
  return isResourceType(modifier) && (!parameter.targets || parameter.targets.includes(modifier));
}

/**
 * @param type the type searched; trusted text, as are the parameter names
 * @param modifier after the colon: `exact`, `contains`, `not`, `missing`, a type
 * @param value commas separate alternatives
 * @throws FhirError 400 for a modifier or a value that the parameter does not have
 */
export function conditionOf(
  type: ResourceType,
  name: string,
  modifier: string | undefined,
  value: string,
  base: string,
): Condition | undefined {
  const parameter = parametersOf(type).get(name);
  if (!parameter) return undefined;
  if (modifier === 'missing') {
    if (value !== 'true' && value !== 'false') throw refuse(name, ':missing expects true or false');
    return foundBy(type, name, value === 'true' ? 'not exists' : 'exists', undefined);
  }
  if (modifier !== undefined && !isAllowed(parameter, modifier)) throw refuse(name, 'unsupported modifier');
  const alternatives = any(
    splitEscaped(value, ',').map((one) => valueCondition(name, parameter, modifier, one, base)),
  );
  return foundBy(
    type,
    name,
    modifier === 'not' ? 'not exists' : parameter.isBroad ? 'exists' : 'in',
    alternatives,
  );
}

/**
 * `in` begins from the entries, `exists` asks of each resource; they say the same and cost differently. The index is
 * named because the planner keeps no statistics: left alone it took the other one for `status=free` (6 s instead of 30 ms
 * at 6,000 free slots).
 */
function foundBy(
  type: ResourceType,
  name: string,
  form: 'in' | 'exists' | 'not exists',
  entry: Condition | undefined,
): Condition {
  const test = entry ? ` and ${entry.sql}` : '';
  const args = [type, name, ...(entry?.args ?? [])];
  const where = `where e.type = ? and e.param = ?${test}`;
  return form === 'in'
    ? { sql: `r.id in (select e.id from entries e indexed by entries_a ${where})`, args }
    : { sql: `${form} (select 1 from entries e indexed by entries_id ${where} and e.id = r.id)`, args };
}

/**
 * `schedule.actor=Practitioner/1` on a Slot: one link, then a parameter of the type it leads to.
 * @returns undefined when the chain leads nowhere that this server knows
 */
export function chainCondition(
  type: ResourceType,
  link: string,
  linkType: string | undefined,
  rest: { name: string; modifier: string | undefined },
  value: string,
  base: string,
): Condition | undefined {
  const parameter = parametersOf(type).get(link);
  if (parameter?.type !== 'reference') return undefined;
  const targets = (linkType ? [linkType] : (parameter.targets ?? [])).filter(isResourceType);
  const ends = targets.flatMap((target) => {
    const condition = conditionOf(target, rest.name, rest.modifier, value, base);
    if (!condition) return [];
    const sql = `e.a in (select r.type || '/' || r.id from resources r where r.type = ? and r.deleted = 0 and ${condition.sql})`;
    return [{ sql, args: [target, ...condition.args] }];
  });
  if (ends.length === 0) return undefined;
  const reached = any(ends);
  return foundBy(type, link, 'in', reached);
}
