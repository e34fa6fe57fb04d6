/** References: what they point to, and rewriting them. Pure. */
import { isObject, type Json, type JsonObject } from './json.ts';
import { idFormat } from './primitives.ts';

export type LocalReference = { readonly type: string; readonly id: string };

const relative = /^([A-Z][A-Za-z]{2,63})\/([^/?#]+)(?:\/_history\/[^/?#]+)?$/;

/**
 * @param base the tenant's own base URL, no slash at the end
 * @returns the resource of this server it points to; undefined for another server's, a `urn:` or a fragment
 */
export function relativeReference(reference: string, base: string): LocalReference | undefined {
  const path = reference.startsWith(`${base}/`) ? reference.slice(base.length + 1) : reference;
  const [, type, id] = relative.exec(path) ?? [];
  return type !== undefined && id !== undefined && idFormat.test(id) ? { type, id } : undefined;
}

/** The elements of type Reference, uri and url in which a Bundle's fullUrls are rewritten; never an Identifier's value. */
const rewritten: ReadonlySet<string> = new Set(['reference', 'url', 'valueUri', 'valueUrl']);

/**
 * @param rewrite the new text of a link, or the same
 * @returns a copy; the original stays as it was
 */
export function rewriteLinks<T extends Json>(
  value: T,
  rewrite: (link: string, element: string) => string,
): T {
  function visit(one: Json): Json {
    if (Array.isArray(one)) return one.map(visit);
    if (!isObject(one)) return one;
    const copy: JsonObject = {};
    for (const [key, inner] of Object.entries(one)) {
      const next = typeof inner === 'string' && rewritten.has(key) ? rewrite(inner, key) : visit(inner);
      // Assigning to `__proto__` would set the prototype; the validator must see it as the element it was sent as.
      Object.defineProperty(copy, key, { value: next, writable: true, enumerable: true, configurable: true });
    }
    return copy;
  }
  // A copy with the same shape: only strings differ.
  return visit(value) as T;
}
