import { enabledSteps } from '#intake/form.ts';
import { summaryLines } from '#intake/summary.ts';
import { type DataClass, dataClasses } from '#kernel/phi.ts';
import { languageOf, type Turn } from './turn-in-progress.ts';

/** Characters of a value in the summary: the longest limit with which all of them fit is taken. */
const valueLimits = [200, 120, 80, 50, 30, 20];

/** Characters for all values together: a message with buttons holds 1,024 (Meta: interactive messages). */
const allValuesChars = 900;

/**
 * The answers, for the patient to correct or confirm, and the highest class of data among them. Each stands in a bidi
 * isolate, so that a name written from right to left does not turn its neighbours round.
 */
export function summaryText(turn: Turn): { readonly lines: string; readonly dataClass: DataClass } {
  const { form } = turn.input;
  if (form === undefined || turn.intake.status === 'none') return { lines: '', dataClass: 'none' };
  const { answers } = turn.intake;
  const values = summaryLines(form, answers, languageOf(turn))
    .map(({ value }) => harmless(value))
    .filter((value) => value !== '');
  const answered = enabledSteps(form, answers).filter(({ linkId }) => Object.hasOwn(answers, linkId));
  return { lines: fitted(values), dataClass: highest(answered.map((step) => step.dataClass)) };
}

/** The highest of the classes, as the kernel orders them. */
export function highest(classes: readonly DataClass[]): DataClass {
  return dataClasses.findLast((each) => classes.includes(each)) ?? 'none';
}

/** On one line, without control characters and marks that turn the direction of what stands around. */
export function harmless(value: string): string {
  return value
    .replace(/\s+/gu, ' ')
    .replace(/[\p{Cc}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu, '')
    .trim();
}

export function isolated(value: string): string {
  return `\u2068${value}\u2069`;
}

function fitted(values: readonly string[]): string {
  const joined = valueLimits.map((limit) => values.map((value) => isolated(cut(value, limit))).join(' · '));
  return joined.find((lines) => lines.length <= allValuesChars) ?? joined.at(-1) ?? '';
}

function cut(value: string, limit: number): string {
  const signs = [...value];
  return signs.length <= limit
    ? value
    : `${signs
        .slice(0, limit - 1)
        .join('')
        .trimEnd()}…`;
}
