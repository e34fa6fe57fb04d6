/** The primitive types of FHIR R4 and their formats (https://hl7.org/fhir/R4/datatypes.html#primitive). */
import type { Json } from './json.ts';

/** FHIR: "Strings SHALL NOT exceed 1MB (1024*1024 characters) in size". */
const maxStringChars = 1024 * 1024;
const maxInt = 2 ** 31 - 1;

const date = /^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/;
const clock = '([01]\\d|2[0-3]):[0-5]\\d:([0-5]\\d|60)(\\.\\d+)?';
const zone = '(Z|[+-]((0\\d|1[0-3]):[0-5]\\d|14:00))';
const time = new RegExp(`^${clock}$`);
const instant = new RegExp(`^\\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\\d|3[01])T${clock}${zone}$`);
const code = /^\S+( \S+)*$/;
const noSpace = /^\S+$/;
const base64 = /^[0-9A-Za-z+/]+={0,2}$/;
const printable = /^[\s\S]*\S[\s\S]*$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: FHIR forbids exactly these in a string
const control = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/;

export const idFormat = /^[A-Za-z0-9\-.]{1,64}$/;

/** A month may have fewer days than the format allows: 2026-02-30 has the shape of a date and is none. */
function dayExists(value: string): boolean {
  const [year, month, day] = value.slice(0, 10).split('-').map(Number);
  if (year === undefined || month === undefined || day === undefined) return true;
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function isText(value: Json): value is string {
  return (
    typeof value === 'string' &&
    value.length <= maxStringChars &&
    !control.test(value) &&
    printable.test(value)
  );
}

function matches(format: RegExp): (value: Json) => boolean {
  return (value) => isText(value) && format.test(value);
}

function whole(from: number): (value: Json) => boolean {
  return (value) => Number.isInteger(value) && Number(value) >= from && Number(value) <= maxInt;
}

const isDate = (value: Json) => isText(value) && date.test(value) && dayExists(value);
const isInstant = (value: Json) => isText(value) && instant.test(value) && dayExists(value);

const checks = new Map<string, (value: Json) => boolean>([
  ['boolean', (value) => typeof value === 'boolean'],
  ['integer', whole(-maxInt - 1)],
  ['unsignedInt', whole(0)],
  ['positiveInt', whole(1)],
  ['decimal', (value) => typeof value === 'number'],
  ['string', isText],
  ['markdown', isText],
  ['xhtml', isText],
  ['uri', matches(noSpace)],
  ['url', matches(noSpace)],
  ['canonical', matches(noSpace)],
  ['oid', matches(/^urn:oid:[0-2](\.(0|[1-9]\d*))+$/)],
  ['uuid', matches(/^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/)],
  ['id', matches(idFormat)],
  ['code', matches(code)],
  ['base64Binary', (value) => typeof value === 'string' && base64.test(value.replace(/\s/g, ''))],
  ['date', isDate],
  ['dateTime', (value) => isDate(value) || isInstant(value)],
  ['instant', isInstant],
  ['time', matches(time)],
]);

export function isPrimitive(type: string): boolean {
  return checks.has(type);
}

/** @param type a primitive type's name; the answer for any other is false */
export function hasFormat(type: string, value: Json): boolean {
  return checks.get(type)?.(value) ?? false;
}
