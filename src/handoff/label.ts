import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js';

/** How a list names a patient: enough to tell them apart, no more than is needed for that. */

/** "Maria da Silva" → "Maria S."; one word stays one word. */
export function shortName(name: string): string {
  const [first = '', ...rest] = name.trim().split(/\s+/u);
  const last = rest.at(-1);
  const initial = last === undefined ? undefined : [...last].find((sign) => /\p{L}/u.test(sign));
  return initial === undefined ? first : `${first} ${initial.toLocaleUpperCase()}.`;
}

export function firstName(name: string): string {
  return name.trim().split(/\s+/u)[0] ?? '';
}

/** How many digits stay at either end of the national number. */
const shownDigits = { first: 3, last: 4 };

/** `5511987654321` → "+55 11 9…-4321": enough to recognise, not enough to call. */
export function maskedNumber(phone: string): string {
  const e164 = phone.startsWith('+') ? phone : `+${phone}`;
  const international = parsePhoneNumberFromString(e164)?.formatInternational() ?? e164;
  const [country = '', ...rest] = international.split(' ');
  const digits = rest.join('').replace(/\D/g, '');
  if (digits.length <= shownDigits.first + shownDigits.last) return `${country} …${digits.slice(-2)}`;
  return `${country} ${coveredStart(rest)}…-${digits.slice(-shownDigits.last)}`;
}

/** The area code and one digit more, spaced as the country writes them. */
function coveredStart(groups: readonly string[]): string {
  const spaced = groups.join(' ');
  let left = shownDigits.first;
  let end = 0;
  for (const sign of spaced) {
    if (left === 0) break;
    if (/\d/.test(sign)) left -= 1;
    end += sign.length;
  }
  return spaced.slice(0, end);
}

/** Digits that a whole number has at least, with or without its country. */
const fewestDigits = 8;

/**
 * The forms in which a channel may know the number that was typed, as digits with country code; none where it is no whole number.
 * Brazilian mobiles are also looked for with and without their ninth digit: old accounts still have the shorter form.
 */
export function numberForms(text: string, country: string): readonly string[] {
  const digits = text.replace(/\D/g, '');
  if (/\p{L}/u.test(text) || digits.length < fewestDigits) return [];
  const home: CountryCode | undefined = isSupportedCountry(country) ? country : undefined;
  const parsed = [text, `+${digits}`].flatMap((form) => {
    const number = parsePhoneNumberFromString(form, home)?.number;
    return number === undefined ? [] : [number.slice(1)];
  });
  return [...new Set([digits, ...parsed].flatMap(brazilianForms))];
}

function brazilianForms(digits: string): readonly string[] {
  const [, area, ninth, rest] = /^55(\d{2})(9?)(\d{8})$/.exec(digits) ?? [];
  if (area === undefined || rest === undefined) return [digits];
  return ninth === '9' ? [digits, `55${area}${rest}`] : [digits, `55${area}9${rest}`];
}
