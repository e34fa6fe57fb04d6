import { parsePhoneNumberFromString } from 'libphonenumber-js';
import { enabledSteps, type Form, type FormStep } from './form.ts';
import type { Answers, AnswerValue, Language } from './step.ts';

export type SummaryLine = {
  readonly linkId: string;
  /** "date of birth" */
  readonly label: string;
  /** The answer written out, for the patient's eyes. Empty for a question that was skipped. */
  readonly value: string;
};

/**
 * What was answered, in the order in which it was asked, for "Do I have this right?". A date's month is a word, so that
 * a swapped day shows; a phone number is partly covered, for others may look at the screen.
 */
export function summaryLines(form: Form, answers: Answers, language: Language): readonly SummaryLine[] {
  return enabledSteps(form, answers).flatMap((step) => {
    const answer = Object.hasOwn(answers, step.linkId) ? answers[step.linkId] : undefined;
    if (!answer) return [];
    const label = step.label[language] ?? step.linkId;
    return [{ linkId: step.linkId, label, value: writtenOut(step, answer, language) }];
  });
}

/** One answer as it is read back to the patient. */
export function writtenOut(step: FormStep, answer: AnswerValue, language: Language): string {
  switch (answer.kind) {
    case 'coding': {
      const option = step.options.find(({ code }) => code === answer.code);
      return option?.display[language] ?? answer.code;
    }
    case 'date':
      return writtenDate(answer.date, language);
    case 'phone':
      return coveredPhone(answer.e164);
    case 'integer':
      return new Intl.NumberFormat(language).format(answer.value);
    case 'skipped':
      return '';
    default:
      return answer.text;
  }
}

/** `1984-05-03` → "3 May 1984", "3 de maio de 1984". */
export function writtenDate(date: string, language: Language): string {
  // English alone would put the month first, as in the United States; with the month as a word, both orders are clear.
  const locale = language === 'en' ? 'en-GB' : language;
  const format = new Intl.DateTimeFormat(locale, {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
  return format.format(new Date(`${date}T00:00:00Z`));
}

/** How many digits stay at either end of the national number. */
const shownDigits = { first: 3, last: 4 };

/** `+5511987654321` → "+55 11 9…-4321": enough to recognise, not enough to call. */
function coveredPhone(e164: string): string {
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
