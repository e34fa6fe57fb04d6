import type { Identifier } from '../pms.ts';

/**
 * The escaping of search values: `\`, `$`, `,` and `|` have a meaning of their own in a value, and are escaped by a
 * backslash; after that, the whole is percent-encoded as any parameter is.
 * Source: FHIR R4, "Search: Escaping Search Parameters".
 */
export function escapeValue(value: string): string {
  return value.replace(/[\\$,|]/g, '\\$&');
}

/** A token value: `system|value`. */
export function token(identifier: Identifier): string {
  return `${escapeValue(identifier.system)}|${escapeValue(identifier.value)}`;
}

/**
 * Parameters as a query or a form body. Spaces become `%20`, which both readings of a query agree on; a half
 * surrogate pair, which cannot be encoded, becomes U+FFFD.
 */
export function encodeParameters(parameters: readonly (readonly [string, string])[]): string {
  return parameters
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value.toWellFormed())}`)
    .join('&');
}

/** The condition of a conditional create, for `If-None-Exist` and `ifNoneExist`. ASCII only. */
export function matchByIdentifier(identifier: Identifier): string {
  return encodeParameters([['identifier', token(identifier)]]);
}
