import { createHash } from 'node:crypto';
import type { Identifier } from '../pms.ts';

export type Reference = { readonly resourceType: string; readonly id: string };

/** FHIR R4, "Data Types: id". Dots alone would climb a path, so they are no id to us. */
const idPattern = /^(?!\.+$)[A-Za-z0-9\-.]{1,64}$/;

const typePattern = /^[A-Z][A-Za-z]{1,63}$/;

/** Escapes within a path (`%2F`, `%2e`, `%5C`) that some servers read as the character itself. */
const hiddenPath = /%(2f|2e|5c)/i;

export function isId(value: unknown): value is string {
  return typeof value === 'string' && idPattern.test(value);
}

export function isResourceType(value: unknown): value is string {
  return typeof value === 'string' && typePattern.test(value);
}

/** The base without a slash at its end. */
export function trimBase(baseUrl: string): string {
  return baseUrl.replace(/\/+$/, '');
}

/**
 * The URL that a server names, where it lies within the base; undefined otherwise.
 *
 * A server's word is not enough to send a token or a patient's name elsewhere.
 */
export function withinBase(url: string, baseUrl: string): URL | undefined {
  const root = `${trimBase(baseUrl)}/`;
  if (!URL.canParse(url, root)) return undefined;
  const base = new URL(root);
  const target = new URL(url, root);
  const inside = target.pathname.startsWith(base.pathname) || `${target.pathname}/` === base.pathname;
  const plain = target.username === '' && target.password === '' && !hiddenPath.test(target.pathname);
  return target.origin === base.origin && inside && plain ? target : undefined;
}

/**
 * Reads `Patient/123`, `Patient/123/_history/1`, or the same as an absolute URL or path within the base.
 *
 * Serves `Reference.reference`, the `Location` header and `Bundle.entry.response.location`.
 */
export function parseReference(text: unknown, baseUrl: string): Reference | undefined {
  if (typeof text !== 'string') return undefined;
  const url = withinBase(text, baseUrl);
  if (url === undefined) return undefined;
  const path = url.pathname.slice(new URL(`${trimBase(baseUrl)}/`).pathname.length);
  const [resourceType, id, history, , ...rest] = path.split('/');
  if (!isResourceType(resourceType) || !isId(id) || rest.length > 0) return undefined;
  return history === undefined || history === '_history' ? { resourceType, id } : undefined;
}

/**
 * The `urn:uuid:` by which entries of one transaction refer to each other.
 *
 * It is made from the identifier (UUID version 8 of its SHA-256), so that the same entry is rendered to the same
 * bytes when it is sent again.
 */
export function fullUrlOf(identifier: Identifier): string {
  const bytes = createHash('sha256')
    .update(`${identifier.system}|${identifier.value}`)
    .digest()
    .subarray(0, 16);
  bytes.writeUInt8((bytes.readUInt8(6) & 0x0f) | 0x80, 6);
  bytes.writeUInt8((bytes.readUInt8(8) & 0x3f) | 0x80, 8);
  const hex = bytes.toString('hex');
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)];
  return `urn:uuid:${groups.join('-')}`;
}
