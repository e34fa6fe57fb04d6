import { createHash } from 'node:crypto';
import type pg from 'pg';

/**
 * Statements are parsed once per connection and not at each run, and soon planned once too: planning cost the database as much as
 * running them (docs/performance.md).
 */

/** Connection option: what compiling a statement costs, none of ours earns back. */
export const neverCompiled = '-c jit=off';

const names = new Map<string, string>();

/** Statements with names at most; each is kept by every connection that ran it. */
const maxNames = 1_000;

/** The name under which a connection keeps a statement; undefined when there are too many texts, and it is not kept. */
function statementName(text: string): string | undefined {
  const known = names.get(text);
  if (known !== undefined || names.size >= maxNames) return known;
  const name = createHash('sha256').update(text).digest('hex').slice(0, 24);
  names.set(text, name);
  return name;
}

/** More than one statement in a text cannot be prepared. */
const isSeveral = /;\s*\S/;

/** A statement for the driver, prepared where it can be. */
export function prepared(text: string, values: readonly unknown[] = []): pg.QueryConfig {
  const name = values.length === 0 && isSeveral.test(text) ? undefined : statementName(text);
  return { text, values: [...values], ...(name === undefined ? {} : { name }) };
}
