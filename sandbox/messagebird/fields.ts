import { invalid, missing } from './errors.ts';

export type Json = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function object(value: unknown, path: string): Json {
  if (value === undefined || value === null) throw missing(path);
  if (!isObject(value)) throw invalid(path, 'must be an object');
  return value;
}

/** A filled text of at most `max` UTF-16 units. */
export function text(value: unknown, path: string, max: number): string {
  if (value === undefined || value === null || value === '') throw missing(path);
  if (typeof value !== 'string') throw invalid(path, 'must be a string');
  if (value.trim() === '') throw invalid(path, 'must not be blank');
  if (value.length > max) throw invalid(path, `must have at most ${max} characters`);
  return value;
}

export function list(value: unknown, path: string, max: number): readonly unknown[] {
  if (value === undefined || value === null) throw missing(path);
  if (!Array.isArray(value)) throw invalid(path, 'must be a list');
  if (value.length === 0) throw missing(path);
  if (value.length > max) throw invalid(path, `must have at most ${max} items`);
  return value;
}

export function distinct(values: readonly string[], path: string): void {
  if (new Set(values).size !== values.length) throw invalid(path, 'must differ from each other');
}
