import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import type { InboundContent } from '#channels/channel.ts';
import { e164Of } from '#channels/phone-variants.ts';
import type { ProblemCode } from './problem.ts';
import type { AnswerValue } from './step.ts';
import { fold, tidyLine, westernDigits } from './tidy.ts';

export type ReadPhone =
  | { readonly answer: Extract<AnswerValue, { kind: 'phone' }> }
  | { readonly problem: Extract<ProblemCode, 'EMPTY' | 'NOT_A_PHONE' | 'OWN_PHONE_UNKNOWN'> };

/** The id of the tap that says "this number": the one that the patient writes from. */
export const ownNumberTap = 'own-number';

/** "This number", folded, as patients type it in the shipped languages. */
const ownNumberWords = new Set(
  (
    'this,this one,this number,this phone,this whatsapp,same,the same,the same one,same number,the same number,' +
    'my number,mine,my own,whatsapp,my whatsapp,on this number,yes,yes this number,yes this one,' +
    'este,esse,este mesmo,esse mesmo,nesse,neste,nesse mesmo,neste mesmo,este numero,esse numero,este aqui,esse aqui,mesmo,o mesmo,' +
    'mesmo numero,o mesmo numero,meu numero,o meu,meu whatsapp,sim,sim este,sim esse,sim este mesmo,sim esse mesmo,' +
    'este mismo,ese,ese mismo,en este,a este,ese numero,a este numero,en este numero,mismo,el mismo,mismo numero,el mismo numero,' +
    'mi numero,el mio,mi whatsapp,si,si este,si este mismo,si el mismo'
  ).split(','),
);

/**
 * Reads a phone number, written in the country's own way or internationally, with or without `+` or `00`; "this number"
 * and the tap `own-number` mean the one that the patient writes from. Numbers are checked against the full numbering
 * plans of libphonenumber: the short ones take a Brazilian number without its area code for one of another area.
 */
export function readPhone(text: string, jurisdiction: string, ownPhone: string | undefined): ReadPhone {
  if (tidyLine(text) === '') return { problem: 'EMPTY' };
  if (ownNumberWords.has(fold(text))) return ownNumber(ownPhone);
  const e164 = toE164(text, jurisdiction);
  return e164 === undefined ? { problem: 'NOT_A_PHONE' } : { answer: { kind: 'phone', e164 } };
}

export function ownNumber(ownPhone: string | undefined): ReadPhone {
  return ownPhone === undefined
    ? { problem: 'OWN_PHONE_UNKNOWN' }
    : { answer: { kind: 'phone', e164: ownPhone } };
}

/** The first good number of a shared contact: the sender's own before anybody else's. */
export function sharedPhone(
  { contacts }: Extract<InboundContent, { kind: 'contacts' }>,
  jurisdiction: string,
): ReadPhone {
  const ownFirst = contacts.toSorted((a, b) => Number(b.requested) - Number(a.requested));
  for (const phone of ownFirst.flatMap((contact) => contact.phones)) {
    const e164 = toE164(phone, jurisdiction);
    if (e164 !== undefined) return { answer: { kind: 'phone', e164 } };
  }
  return { problem: 'NOT_A_PHONE' };
}

/** Fewer digits without a `+` are a local number that lacks its area code, whatever country they would fit by chance. */
const minForeignDigits = 11;

function toE164(text: string, jurisdiction: string): string | undefined {
  const country: CountryCode | undefined = isSupportedCountry(jurisdiction) ? jurisdiction : undefined;
  const typed = westernDigits(tidyLine(text));
  const digits = typed.replace(/\D/g, '').replace(/^00/, '');
  // The plan knows `+` and the country's own habits; a foreign number without `+` is tried as if it had one.
  const foreign = /^[\d ().\-/]+$/.test(typed) && digits.length >= minForeignDigits;
  for (const candidate of foreign ? [typed, `+${digits}`] : [typed]) {
    const number = parsePhoneNumberFromString(candidate, country ? { defaultCountry: country } : {});
    if (number?.isValid()) return number.number;
    // As a messenger writes it: `+5215555550101`.
    const dialled = number && e164Of(number.number.slice(1));
    if (dialled !== undefined && parsePhoneNumberFromString(dialled)?.isValid()) return dialled;
  }
  return undefined;
}
