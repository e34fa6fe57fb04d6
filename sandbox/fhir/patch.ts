/** JSON Patch (RFC 6902): add, remove, replace, test, move, copy. Pure: it answers with a new document. */
import { isDeepStrictEqual } from 'node:util';
import { isObject, type Json, own, text } from './json.ts';
import { FhirError, issue } from './outcome.ts';

/** More than any person's edit of a chart needs. */
const maxOperations = 200;

function refuse(status: number, index: number, problem: string): FhirError {
  return new FhirError(
    status,
    issue(status === 400 ? 'invalid' : 'business-rule', `Patch operation ${index}: ${problem}`),
  );
}

function tokensOf(pointer: string, index: number): string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/')) throw refuse(400, index, 'a path is a JSON pointer');
  const tokens = pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
  if (tokens.includes('__proto__')) throw refuse(400, index, 'no element has this name');
  return tokens;
}

function indexIn(array: Json[], token: string, limit: number, index: number): number {
  const position = token === '-' ? array.length : /^(0|[1-9]\d{0,6})$/.test(token) ? Number(token) : -1;
  if (position < 0 || position > limit) throw refuse(422, index, 'the path leads to no element');
  return position;
}

function get(document: Json, tokens: readonly string[], index: number): Json {
  let value: Json | undefined = document;
  for (const token of tokens) {
    if (Array.isArray(value)) value = value[indexIn(value, token, value.length - 1, index)];
    else value = isObject(value) ? own(value, token) : undefined;
    if (value === undefined) throw refuse(422, index, 'the path leads to no element');
  }
  return value;
}

/** `add` inserts into arrays, `replace` needs what it replaces. Changes `document`, which is a copy. */
function set(document: Json, tokens: readonly string[], value: Json, replaces: boolean, index: number): Json {
  const last = tokens.at(-1);
  if (last === undefined) return value;
  const parent = get(document, tokens.slice(0, -1), index);
  if (Array.isArray(parent)) {
    const position = indexIn(parent, last, replaces ? parent.length - 1 : parent.length, index);
    parent.splice(position, replaces ? 1 : 0, value);
  } else if (isObject(parent)) {
    if (replaces && own(parent, last) === undefined) throw refuse(422, index, 'the path leads to no element');
    parent[last] = value;
  } else {
    throw refuse(422, index, 'the path leads to no element');
  }
  return document;
}

function remove(document: Json, tokens: readonly string[], index: number): Json {
  const last = tokens.at(-1);
  if (last === undefined) throw refuse(422, index, 'the whole resource cannot be removed');
  get(document, tokens, index);
  const parent = get(document, tokens.slice(0, -1), index);
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (isObject(parent)) delete parent[last];
  return document;
}

function applyOne(document: Json, operation: Json, index: number): Json {
  if (!isObject(operation)) throw refuse(400, index, 'expected an object');
  const path = text(own(operation, 'path'));
  if (path === undefined) throw refuse(400, index, 'path is required');
  const tokens = tokensOf(path, index);
  const value = own(operation, 'value');
  const kind = own(operation, 'op');
  if (kind === 'remove') return remove(document, tokens, index);
  if (kind === 'move' || kind === 'copy') {
    const from = tokensOf(text(own(operation, 'from')) ?? '-', index);
    const moved = structuredClone(get(document, from, index));
    return set(kind === 'move' ? remove(document, from, index) : document, tokens, moved, false, index);
  }
  if (kind !== 'add' && kind !== 'replace' && kind !== 'test') throw refuse(400, index, 'unknown op');
  if (value === undefined) throw refuse(400, index, 'value is required');
  if (kind !== 'test') return set(document, tokens, structuredClone(value), kind === 'replace', index);
  if (!isDeepStrictEqual(get(document, tokens, index), value)) throw refuse(422, index, 'the test failed');
  return document;
}

/**
 * @throws FhirError 400 for a malformed patch, 422 when it does not fit the document or a test in it fails
 */
export function applyPatch(document: Json, patch: Json): Json {
  if (!Array.isArray(patch) || patch.length === 0 || patch.length > maxOperations) {
    throw new FhirError(
      400,
      issue('structure', `Expected an array of 1 to ${maxOperations} patch operations`),
    );
  }
  return patch.reduce<Json>(applyOne, structuredClone(document));
}
