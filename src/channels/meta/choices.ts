import type { Choice } from '../channel.ts';
import {
  maxButtonBodyChars,
  maxButtonIdChars,
  maxButtons,
  maxButtonTitleChars,
  maxListBodyChars,
  maxListDescriptionChars,
  maxListIdChars,
  maxListLabelChars,
  maxListRows,
  maxListTitleChars,
} from './limits.ts';

export type Question = {
  readonly text: string;
  readonly choices: readonly Choice[];
  readonly listLabel: string;
};

/** Whether the question can be shown as reply buttons as it stands: nothing is ever cut off to make it fit. */
export function fitsButtons(question: Question): boolean {
  return (
    question.choices.length <= maxButtons &&
    question.text.length <= maxButtonBodyChars &&
    haveDistinctTitles(question.choices) &&
    question.choices.every(
      (choice) =>
        isLabel(choice.title, maxButtonTitleChars) &&
        choice.id.length <= maxButtonIdChars &&
        !choice.description?.trim(),
    )
  );
}

export function fitsList(question: Question): boolean {
  return (
    question.choices.length <= maxListRows &&
    question.text.length <= maxListBodyChars &&
    isLabel(question.listLabel, maxListLabelChars) &&
    haveDistinctTitles(question.choices) &&
    question.choices.every(
      (choice) =>
        isLabel(choice.title, maxListTitleChars) &&
        choice.id.length <= maxListIdChars &&
        (choice.description ?? '').length <= maxListDescriptionChars,
    )
  );
}

/** The question as plain text, one numbered line per choice, so that it can be answered with a number. */
export function numbered(question: Question): string {
  const lines = question.choices.map(({ title, description }, index) => {
    const name = `${index + 1}. ${oneLine(title)}`;
    return description?.trim() ? `${name} – ${oneLine(description)}` : name;
  });
  return [question.text, '', ...lines].join('\n');
}

/** Controls show one line; Meta refuses line breaks in them. */
function isLabel(title: string, maxChars: number): boolean {
  return title.trim() !== '' && title.length <= maxChars && !/[\n\r\t]/.test(title);
}

/** Meta refuses a message with the same title twice, and nobody could tell the two apart. */
function haveDistinctTitles(choices: readonly Choice[]): boolean {
  return new Set(choices.map((choice) => choice.title.trim())).size === choices.length;
}

function oneLine(value: string): string {
  return value.replaceAll(/\s+/g, ' ').trim();
}
