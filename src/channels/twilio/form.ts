import { isRecord, text } from '../meta/json.ts';

/** Twilio's own encoding: `application/x-www-form-urlencoded`. */

/** Far more than any webhook has; what reads them is linear, and so this only bounds the memory. */
const maxParams = 2000;

/**
 * What Twilio signs of a form: name and value of every parameter, sorted by name; of a name that comes more than once, its distinct
 * values, sorted. Over bytes and not over text, for two broken texts can look the same. Undefined where the body is no form as
 * an encoder writes it (a parameter without `=`, a `%` without its digits, digits in both cases): then nothing in it can be relied on.
 */
export function readSignedParams(body: Uint8Array): Buffer | undefined {
  if (body.length === 0) return Buffer.alloc(0);
  // Latin-1: every byte is one character, and comes back as the same byte.
  const raw = Buffer.from(body).toString('latin1');
  const digits = raw.match(/%../gs)?.join('') ?? '';
  if (/%(?![0-9A-Fa-f]{2})/.test(raw) || (/[a-f]/.test(digits) && /[A-F]/.test(digits))) return undefined;
  const byName = new Map<string, Set<string>>();
  const pairs = raw.split('&', maxParams + 1);
  if (pairs.length > maxParams) return undefined;
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) return undefined;
    const name = decoded(pair.slice(0, at));
    const values = byName.get(name) ?? new Set<string>();
    byName.set(name, values.add(decoded(pair.slice(at + 1))));
  }
  const signed = [...byName]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, values]) => [...values].toSorted().map((value) => name + value));
  return Buffer.from(signed.join(''), 'latin1');
}

/** To characters that stand for bytes. */
function decoded(value: string): string {
  return value
    .replaceAll('+', ' ')
    .replaceAll(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** The parameters of a webhook, the first of each name. A `Map`: a name may be `__proto__`. */
export type Params = ReadonlyMap<string, string>;

/**
 * The parameters of a delivery; of a form, or of a flat JSON object, as Twilio sends where it signs the body's hash. What is neither
 * has no parameters. One broken byte does not cost the rest.
 */
export function readParams(body: Uint8Array): Params {
  const written = new TextDecoder().decode(body);
  const params = new Map<string, string>();
  for (const [name, value] of written.trimStart().startsWith('{')
    ? jsonFields(written)
    : formFields(written)) {
    if (params.size >= maxParams) break;
    if (!params.has(name)) params.set(name, text(value) ?? '');
  }
  return params;
}

function formFields(written: string): Iterable<[string, string]> {
  return new URLSearchParams(written);
}

function jsonFields(written: string): [string, string][] {
  const fields = parsedJson(written);
  if (!isRecord(fields)) return [];
  return Object.entries(fields).flatMap(([name, value]): [string, string][] => {
    if (typeof value === 'string') return [[name, value]];
    if (typeof value === 'number' || typeof value === 'boolean') return [[name, String(value)]];
    return [];
  });
}

/** The JSON in a string; undefined where there is none. */
export function parsedJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
