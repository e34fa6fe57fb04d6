import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/**
 * The spellings of a mobile subscriber's number. In three countries one WhatsApp number is seen under several, depending on when its
 * account was made and on which system tells of it. All spellings of one subscriber are found here, and never another subscriber's
 * number: a spelling counts only where the numbering plan gives it to nobody else. Numbers are digits with their country code and
 * without a plus.
 *
 * https://faq.whatsapp.com/1294841057948784 (Argentina, Mexico)
 */
type Spellings = (digits: string) => readonly string[] | undefined;

/**
 * Mobiles got a ninth digit, a 9 before the local number; WhatsApp's own ids lack it in most areas. Landlines have eight digits that
 * begin with 2 to 5, and the mobile with the same digits behind its 9 is somebody else's: those are never joined; nor are the
 * eight-digit numbers of trunked radio, which are valid as they stand.
 */
const brazil: Spellings = (digits) => {
  const [, area = '', local = ''] = /^55([1-9][1-9])9?([6-9]\d{7})$/.exec(digits) ?? [];
  if (local === '') return undefined;
  const long = `55${area}9${local}`;
  const short = `55${area}${local}`;
  return typeOf(long) === 'MOBILE' && typeOf(short) === undefined ? [long, short] : undefined;
};

/**
 * A 1 after the country code marked mobiles until 2019, and still stands in WhatsApp's ids. Of ten digits there is one subscriber,
 * with or without it.
 */
const mexico: Spellings = (digits) => {
  const [, national] = /^521?([2-9]\d{9})$/.exec(digits) ?? [];
  return national === undefined ? undefined : [`52${national}`, `521${national}`];
};

/**
 * A 9 after the country code says that a mobile is called; at home that is a 15 after the area code. The ten digits are given once, to
 * a mobile or to a landline.
 */
const argentina: Spellings = (digits) => {
  const national = /^549?([1-3]\d{9})$/.exec(digits)?.[1] ?? withoutPrefix15(digits);
  if (national === undefined) return undefined;
  const area = areaOf(national);
  const domestic = area === undefined ? [] : [`54${area}15${national.slice(area.length)}`];
  return [`549${national}`, `54${national}`, ...domestic];
};

const countries: Readonly<Record<string, Spellings>> = { '52': mexico, '54': argentina, '55': brazil };

/** What kind of number the plan says this is; undefined where it gives the number to nobody. */
function typeOf(digits: string) {
  const number = parsePhoneNumberFromString(`+${digits}`);
  // A number that is read as another one (a prefix was taken off it) is not the number that was asked about.
  return number?.number === `+${digits}` && number.isValid() ? number.getType() : undefined;
}

/** The ten digits of `area 15 local`. */
function withoutPrefix15(digits: string): string | undefined {
  if (!/^54[1-3]\d{11}$/.test(digits)) return undefined;
  for (const length of [2, 3, 4]) {
    const area = digits.slice(2, 2 + length);
    const rest = digits.slice(2 + length);
    const national = `${area}${rest.slice(2)}`;
    if (rest.startsWith('15') && areaOf(national) === area) return national;
  }
  return undefined;
}

/** The area code of ten digits: `0xx 15-…` is how the plan writes a mobile at home. */
function areaOf(national: string): string | undefined {
  const number = parsePhoneNumberFromString(`+549${national}`);
  return number?.isValid() === true ? /^0(\d{2,4}) 15/.exec(number.formatNational())?.[1] : undefined;
}

/**
 * Every number under which the subscriber of this one may be seen, this one among them, in the same order whichever was given: the first
 * is the one that is dialled from abroad (`dialable`). Of most numbers in the world it is the number alone.
 */
export function phoneVariants(digits: string): readonly string[] {
  return countries[digits.slice(0, 2)]?.(digits) ?? [digits];
}

/**
 * The number as a person dials it, `+5531996550101`: as it stands where the plan knows it so (a landline of Argentina keeps what it has), else
 * under the spelling that is dialled from abroad. A messenger's own id of a number is at times no number that can be dialled.
 */
export function e164Of(digits: string): string {
  return `+${typeOf(digits) === undefined ? dialable(digits) : digits}`;
}

/** The one spelling that stands for all: `553196550101` → `5531996550101`. */
export function dialable(digits: string): string {
  return phoneVariants(digits)[0] ?? digits;
}
