import { createHash } from 'node:crypto';

/** Guards and readers for JSON that somebody else wrote. A field of the wrong type reads as a missing one. */

export type Json = Readonly<Record<string, unknown>>;

/** Deeper answers than this no form of ours has; nesting without end would overflow whoever walks the value next. */
const maxDepth = 32;

/** Words of the provider's (types, fields, events) that may stand in a log: no free text, no numbers of people. */
const wordShape = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;

const idShape = /^[\x21-\x7e]{1,512}$/;

export function isRecord(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The record, or an empty one, so that a missing object reads as an object of missing fields. */
export function record(value: unknown): Json {
  return isRecord(value) ? value : {};
}

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Any script and any emoji stay as they are; only what no database text can hold (half a surrogate pair, NUL) is replaced. */
export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value.toWellFormed().replaceAll('\0', '\uFFFD') : undefined;
}

/** A non-empty text. */
export function filled(value: unknown): string | undefined {
  return text(value) || undefined;
}

/** An id of the provider's: printable, no spaces, at most 512 characters. */
export function id(value: unknown): string | undefined {
  return typeof value === 'string' && idShape.test(value) ? value : undefined;
}

export function word(value: unknown): string | undefined {
  return typeof value === 'string' && wordShape.test(value) ? value : undefined;
}

type Present<T> = { [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** Leaves out what is undefined, so that an absent field is absent in the result as well. */
export function present<T extends object>(fields: T): Present<T> {
  const kept = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(kept) as Present<T>; // fromEntries forgets the keys' own types
}

/**
 * A copy that is safe to hand on: every string as `text` makes it, no `__proto__` key, no more than 32 levels.
 * Undefined where it nests deeper.
 */
export function tidy(value: unknown, depth = 0): { readonly value: unknown } | undefined {
  if (typeof value === 'string') return { value: text(value) };
  if (typeof value !== 'object' || value === null) return { value };
  if (depth >= maxDepth) return undefined;
  if (Array.isArray(value)) {
    const items = value.map((item) => tidy(item, depth + 1));
    return items.every((item) => item !== undefined) ? { value: items.map((item) => item.value) } : undefined;
  }
  const fields: [string, unknown][] = [];
  for (const [key, item] of Object.entries(value)) {
    if (key === '__proto__') continue;
    const copy = tidy(item, depth + 1);
    if (copy === undefined) return undefined;
    fields.push([text(key) ?? key, copy.value]);
  }
  return { value: Object.fromEntries(fields) };
}

/**
 * One and the same hash (SHA-256, hex) for the same JSON, whatever the order of its keys. Walks with a stack of its
 * own: JSON.stringify gives up on values that JSON.parse still takes.
 */
export function fingerprint(value: unknown): string {
  let canonical = '';
  const waiting: ({ literal: string } | { value: unknown })[] = [{ value }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if ('literal' in next) {
      canonical += next.literal;
    } else if (Array.isArray(next.value)) {
      waiting.push({ literal: ']' });
      for (const item of next.value.toReversed()) waiting.push({ literal: ',' }, { value: item });
      waiting.push({ literal: '[' });
    } else if (isRecord(next.value)) {
      waiting.push({ literal: '}' });
      const fields = Object.entries(next.value).toSorted(([a], [b]) => (a < b ? 1 : -1));
      for (const [key, item] of fields) {
        waiting.push({ literal: ',' }, { value: item }, { literal: `${JSON.stringify(key)}:` });
      }
      waiting.push({ literal: '{' });
    } else {
      canonical += JSON.stringify(next.value) ?? 'null';
    }
  }
  return createHash('sha256').update(canonical).digest('hex');
}
