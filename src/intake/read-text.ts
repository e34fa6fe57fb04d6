import type { ProblemCode } from './problem.ts';
import type { AnswerValue } from './step.ts';
import { characters, tidy, tidyLine, westernDigits } from './tidy.ts';

type Read<Kind extends AnswerValue['kind'], Code extends ProblemCode> =
  | { readonly answer: Extract<AnswerValue, { kind: Kind }> }
  | { readonly problem: Code; readonly limit?: number };

/** Any words: what is asked freely is taken as it is said, tidied, up to `maxLength` characters. */
export function readText(text: string, maxLength: number): Read<'text', 'EMPTY' | 'TOO_LONG'> {
  const said = tidy(text);
  if (said === '') return { problem: 'EMPTY' };
  if (characters(said) > maxLength) return { problem: 'TOO_LONG', limit: maxLength };
  return { answer: { kind: 'text', text: said } };
}

/** Postal codes by country, where their form is plain enough to be told from a house number. */
const postalCodes: Readonly<Record<string, RegExp>> = {
  BR: /\b\d{5}-?\d{3}\b/g,
  US: /\b\d{5}(-\d{4})?\b/g,
  PT: /\b\d{4}-\d{3}\b/g,
  GB: /\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b/gi,
  CA: /\b[A-Z]\d[A-Z] ?\d[A-Z]\d\b/gi,
  ES: /\b\d{5}\b/g,
  MX: /\b\d{5}\b/g,
  DE: /\b\d{5}\b/g,
  FR: /\b\d{5}\b/g,
  IT: /\b\d{5}\b/g,
};

/** Shorter than this no house can be found by it. */
const minAddressChars = 5;

/** A postal address, on one line; the postal code is read out of it where its form is known. */
export function readAddress(
  text: string,
  jurisdiction: string,
  maxLength: number,
): Read<'address', 'EMPTY' | 'TOO_LONG' | 'NOT_AN_ADDRESS'> {
  const address = tidyLine(westernDigits(text), ', ');
  if (address === '') return { problem: 'EMPTY' };
  if (characters(address) > maxLength) return { problem: 'TOO_LONG', limit: maxLength };
  if (characters(address) < minAddressChars || !/\p{L}{2}|\p{Lo}/u.test(address))
    return { problem: 'NOT_AN_ADDRESS' };
  const form = Object.hasOwn(postalCodes, jurisdiction) ? postalCodes[jurisdiction] : undefined;
  // The last one: a house number of five digits stands before the postal code.
  const postalCode = form ? address.match(form)?.at(-1) : undefined;
  const answer = { kind: 'address', text: address } as const;
  return { answer: postalCode === undefined ? answer : { ...answer, postalCode } };
}

/** The sign of an insurance card: letters and digits, at least one digit, kept as written. */
export function readMemberNumber(
  text: string,
  maxLength: number,
): Read<'text', 'EMPTY' | 'TOO_LONG' | 'NOT_A_MEMBER_NUMBER'> {
  const number = westernDigits(tidyLine(text)).replace(/^(#|n[º°o]\.? ?(?=\d))\s*/iu, '');
  if (number === '') return { problem: tidyLine(text) === '' ? 'EMPTY' : 'NOT_A_MEMBER_NUMBER' };
  if (characters(number) > maxLength) return { problem: 'TOO_LONG', limit: maxLength };
  if (!/^[\p{L}\d .\-/+]{3,}$/u.test(number) || !/\d/.test(number)) return { problem: 'NOT_A_MEMBER_NUMBER' };
  return { answer: { kind: 'text', text: number } };
}

/** A whole number; "3 children" holds one, "2 or 3" does not. */
export function readInteger(text: string): Read<'integer', 'EMPTY' | 'NOT_A_NUMBER'> {
  const said = westernDigits(tidyLine(text));
  if (said === '') return { problem: 'EMPTY' };
  const numbers = said.match(/[-−]?\d+([.,]\d+)*/g) ?? [];
  const [number, another] = numbers;
  if (number === undefined || another !== undefined || !/^[-−]?\d{1,9}$/.test(number))
    return { problem: 'NOT_A_NUMBER' };
  return { answer: { kind: 'integer', value: Number(number.replace('−', '-')) } };
}
