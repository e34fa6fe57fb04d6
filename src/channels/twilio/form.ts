import { isRecord, text } from '../json.ts';

/** Twilio's own encoding: `application/x-www-form-urlencoded`. */

/** Far more than any webhook has; what reads them is linear, and so this only bounds the memory. */
const maxParams = 2000;

/**
 * What Twilio signs of a form: name and value of every parameter, sorted by name; of a name that comes more than once, its distinct
 * values, sorted. Over bytes and not over text, for two broken texts can look the same. Undefined where the body is no form as
 * an encoder writes it (a parameter without `=`, a `%` without its digits, digits in both cases): then nothing in it can be relied on.
 *
 * Every delivery pays for it, so the form is gone through once.
 */
export function readSignedParams(body: Uint8Array): Buffer | undefined {
  if (body.length === 0) return Buffer.alloc(0);
  const params = decodedParams(body);
  if (params === undefined) return undefined;
  params.sort(byNameThenValue);
  let signed = '';
  let before: Param | undefined;
  for (const param of params) {
    if (before === undefined || byNameThenValue(before, param) !== 0) signed += param.name + param.value;
    before = param;
  }
  return Buffer.from(signed, 'latin1');
}

/** Each character stands for a byte. */
type Param = { readonly name: string; readonly value: string };

function byNameThenValue(a: Param, b: Param): number {
  if (a.name !== b.name) return a.name < b.name ? -1 : 1;
  return a.value < b.value ? -1 : a.value > b.value ? 1 : 0;
}

const [ampersand, equals, percent, plus, space] = [0x26, 0x3d, 0x25, 0x2b, 0x20];

function decodedParams(body: Uint8Array): Param[] | undefined {
  const decoded = Buffer.allocUnsafe(body.length);
  const params: Param[] = [];
  let length = 0;
  /** Bytes of the name; -1 until its `=` came. */
  let nameLength = -1;
  /** Of all escapes together: an encoder writes the letters in one case. */
  let letters = 0;
  for (let i = 0; i <= body.length; i += 1) {
    const byte = body[i] ?? ampersand;
    if (byte === ampersand) {
      if (nameLength < 1 || params.length === maxParams) return undefined;
      const text = decoded.toString('latin1', 0, length);
      params.push({ name: text.slice(0, nameLength), value: text.slice(nameLength) });
      length = 0;
      nameLength = -1;
    } else if (byte === equals && nameLength < 0) nameLength = length;
    else if (byte === percent) {
      const high = hexDigits[body[i + 1] ?? 0] ?? noDigit;
      const low = hexDigits[body[i + 2] ?? 0] ?? noDigit;
      letters |= (high | low) & bothCases;
      if (((high | low) & noDigit) !== 0 || letters === bothCases) return undefined;
      decoded[length++] = ((high & 15) << 4) | (low & 15);
      i += 2;
    } else decoded[length++] = byte === plus ? space : byte;
  }
  return params;
}

const [lowerCase, upperCase, noDigit] = [16, 32, 64];
const bothCases = lowerCase | upperCase;

/** What a byte stands for as a hexadecimal digit, with the case of a letter. */
const hexDigits = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase());
  if (digit < 0) return noDigit;
  return digit < 10 ? digit : digit | (byte >= 0x61 ? lowerCase : upperCase);
});

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
