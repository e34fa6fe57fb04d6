import { GraphError } from './errors.ts';

/** Readers of one field each, which refuse as Meta does. `path` is what the error names: `text['body']`. */

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function required(path: string): GraphError {
  return new GraphError(100, undefined, { message: `(#100) The parameter ${path} is required.` });
}

export function invalid(details: string): GraphError {
  return new GraphError(131009, details);
}

export function object(value: unknown, path: string): Json {
  if (value === undefined) throw required(path);
  if (!isObject(value)) throw new GraphError(100, `Param ${path} must be a JSON object.`);
  return value;
}

export function list(value: unknown, path: string): readonly unknown[] {
  if (value === undefined) throw required(path);
  if (!Array.isArray(value)) throw new GraphError(100, `Param ${path} must be an array.`);
  return value;
}

/** A text of 1 to `max` characters; blank counts as missing. Longer → `code`. */
export function text(value: unknown, path: string, max: number, code: 100 | 131009 = 131009): string {
  if (value === undefined || value === null) throw required(path);
  if (typeof value !== 'string') throw new GraphError(100, `Param ${path} must be a string.`);
  if (value.trim() === '' || value.length > max) {
    throw new GraphError(code, `${path} length invalid. Min length: 1, Max length: ${max}`);
  }
  return value;
}

export function optionalText(value: unknown, path: string, max: number): string | undefined {
  return value === undefined ? undefined : text(value, path, max);
}

export function number(value: unknown, path: string, min: number, max: number): number {
  if (value === undefined) throw required(path);
  if (typeof value !== 'number' || !Number.isFinite(value) || value < min || value > max) {
    throw invalid(`Param ${path} must be a number between ${min} and ${max}.`);
  }
  return value;
}

export function webUrl(value: unknown, path: string, max = 2000): string {
  const url = text(value, path, max);
  if (!/^https?:\/\/[^\s/]+/.test(url)) throw invalid(`Param ${path} must be a valid URI.`);
  return url;
}

/** Every value once. `what` names them in the error: `Reply button ids`. */
export function unique(values: readonly string[], what: string): void {
  if (new Set(values).size !== values.length) throw invalid(`${what} must be unique.`);
}
