import { isRecord, text } from '../meta/json.ts';

/** Twilio's own encoding: `application/x-www-form-urlencoded`. */

/** Far more than any webhook has; what reads them is linear, and so this only bounds the memory. */
const maxParams = 2000;

/** A `%` without its digits, and digits in either case: an encoder writes them in one. */
const brokenEscape = /%(?![0-9A-Fa-f]{2})/;
const lowerEscape = /%(?:[a-f]|.[a-f])/;
const upperEscape = /%(?:[A-F]|.[A-F])/;

/**
 * What Twilio signs of a form: name and value of every parameter, sorted by name; of a name that comes more than once, its distinct
 * values, sorted. Over bytes and not over text, for two broken texts can look the same. Undefined where the body is no form as
 * an encoder writes it (a parameter without `=`, a `%` without its digits, digits in both cases): then nothing in it can be relied on.
 */
export function readSignedParams(body: Uint8Array): Buffer | undefined {
  if (body.length === 0) return Buffer.alloc(0);
  // Latin-1: every byte is one character, and comes back as the same byte.
  const raw = Buffer.from(body.buffer, body.byteOffset, body.length).toString('latin1');
  if (raw.includes('%') && isBroken(raw)) return undefined;
  const written = raw.split('&', maxParams + 1);
  if (written.length > maxParams) return undefined;
  const params: Param[] = [];
  for (const pair of written) {
    const at = pair.indexOf('=');
    if (at < 1) return undefined;
    params.push({ name: decoded(pair.slice(0, at)), value: decoded(pair.slice(at + 1)) });
  }
  params.sort(byNameThenValue);
  let signed = '';
  let before: Param | undefined;
  for (const param of params) {
    if (before?.name !== param.name || before.value !== param.value) signed += param.name + param.value;
    before = param;
  }
  return Buffer.from(signed, 'latin1');
}

const isBroken = (raw: string) => brokenEscape.test(raw) || (lowerEscape.test(raw) && upperEscape.test(raw));

type Param = { readonly name: string; readonly value: string };

function byNameThenValue(a: Param, b: Param): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
}

/** What two hexadecimal digits stand for, in either case; never in both, which no encoder writes. */
const charOf: ReadonlyMap<string, string> = new Map(
  Array.from({ length: 256 }, (_, code) => {
    const hex = code.toString(16).padStart(2, '0');
    return [hex, hex.toUpperCase()].map((each): [string, string] => [each, String.fromCharCode(code)]);
  }).flat(),
);

/** To characters that stand for bytes. Every `%` has its digits: that was looked at before. */
function decoded(value: string): string {
  const spaced = value.includes('+') ? value.replaceAll('+', ' ') : value;
  if (!spaced.includes('%')) return spaced;
  let text = '';
  let from = 0;
  for (let at = spaced.indexOf('%'); at >= 0; at = spaced.indexOf('%', from)) {
    text += spaced.slice(from, at) + (charOf.get(spaced.slice(at + 1, at + 3)) ?? '');
    from = at + 3;
  }
  return text + spaced.slice(from);
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
